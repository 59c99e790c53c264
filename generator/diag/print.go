package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Text prints a finding a line: file:line:col: message [rule].
func Text(w io.Writer, l List) error {
	for _, d := range l {
		if _, err := fmt.Fprintln(w, printable(d.String())); err != nil {
			return err
		}
	}
	return nil
}

// mostOfARule is how many findings of one rule Brief prints before it counts the others.
const mostOfARule = 5

// Brief prints findings beside other work: warnings are called so, and of a rule with many findings
// it shows the first few and counts the others.
func Brief(w io.Writer, l List) error {
	count, shown := map[string]int{}, map[string]int{}
	for _, d := range l {
		count[d.Rule]++
	}
	for _, d := range l {
		shown[d.Rule]++
		switch n := shown[d.Rule]; {
		case n < mostOfARule || count[d.Rule] == mostOfARule:
			if d.Severity == Warning {
				d.Message = "warning: " + d.Message
			}
			if err := Text(w, List{d}); err != nil {
				return err
			}
		case n == mostOfARule:
			_, err := fmt.Fprintln(w, printable(fmt.Sprintf("%s: and %d more; 'limitgen lint' lists them all [%s]",
				d.Pos.File, count[d.Rule]-n+1, d.Rule)))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// printable keeps a finding on one line and free of what a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, s)
}

type jsonFinding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Rule     string `json:"rule"`
	Message  string `json:"message"`
}

// JSON prints an array of {file, line, column, severity, rule, message}.
func JSON(w io.Writer, l List) error {
	out := make([]jsonFinding, 0, len(l))
	for _, d := range l {
		out = append(out, jsonFinding{d.Pos.File, d.Pos.Line, d.Pos.Col, d.Severity.String(), d.Rule, d.Message})
	}
	return encode(w, out)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub prints workflow commands, which a workflow run shows as annotations.
func GitHub(w io.Writer, l List) error {
	for _, d := range l {
		place := ""
		if d.Pos.Line > 0 {
			place = fmt.Sprintf(",line=%d,col=%d", d.Pos.Line, d.Pos.Col)
		}
		_, err := fmt.Fprintf(w, "::%s file=%s%s,title=%s::%s\n", d.Severity, commandProperty.Replace(d.Pos.File),
			place, commandProperty.Replace("limitgen "+d.Rule), commandData.Replace(d.Message+" ["+d.Rule+"]"))
		if err != nil {
			return err
		}
	}
	return nil
}

type object = map[string]any

// SARIF prints a log of version 2.1.0.
func SARIF(w io.Writer, l List) error {
	var ids []string
	results := make([]object, 0, len(l))
	for _, d := range l {
		if !slices.Contains(ids, d.Rule) {
			ids = append(ids, d.Rule)
		}
		location := object{"artifactLocation": object{"uri": (&url.URL{Path: filepath.ToSlash(d.Pos.File)}).String()}}
		if d.Pos.Line > 0 {
			location["region"] = object{"startLine": d.Pos.Line, "startColumn": max(1, d.Pos.Col)}
		}
		results = append(results, object{
			"ruleId": d.Rule, "level": d.Severity.String(), "message": object{"text": d.Message},
			"locations": []object{{"physicalLocation": location}},
		})
	}
	slices.Sort(ids)
	rules := make([]object, 0, len(ids))
	for _, id := range ids {
		rules = append(rules, object{"id": id})
	}
	return encode(w, object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []object{{
			"tool":    object{"driver": object{"name": "limitgen", "rules": rules}},
			"results": results,
		}},
	})
}
