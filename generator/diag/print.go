package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Style is how findings are printed for people.
type Style struct{ Color bool }

// Text prints one finding per line: file:line:col: severity: message [rule].
func Text(w io.Writer, l List) error { return Style{}.Text(w, l) }

// Text prints one finding per line: file:line:col: severity: message [rule].
func (s Style) Text(w io.Writer, l List) error {
	for _, d := range l {
		if _, err := fmt.Fprintln(w, s.line(d.Pos.String(), d.Severity, d.Message, d.Rule)); err != nil {
			return err
		}
	}
	return nil
}

// mostOfARule is how many lines Brief prints for one rule.
const mostOfARule = 5

// Brief prints findings next to other output: of a rule with many findings, only the first few and
// a count.
func (s Style) Brief(w io.Writer, l List) error {
	count, shown := map[string]int{}, map[string]int{}
	for _, d := range l {
		count[d.Rule]++
	}
	for _, d := range l {
		shown[d.Rule]++
		n, place := shown[d.Rule], d.Pos.String()
		switch {
		case n > mostOfARule:
			continue
		case n == mostOfARule && count[d.Rule] > mostOfARule:
			place = d.Pos.File
			d.Message = fmt.Sprintf("%d more of these; 'limitgen lint' lists them all", count[d.Rule]-n+1)
		}
		if _, err := fmt.Fprintln(w, s.line(place, d.Severity, d.Message, d.Rule)); err != nil {
			return err
		}
	}
	return nil
}

// line formats one finding. Text from a spec is made safe before colours are added.
func (s Style) line(place string, severity Severity, message, rule string) string {
	place, message = Printable(place), Printable(message)
	if !s.Color {
		return fmt.Sprintf("%s: %s: %s [%s]", place, severity, message, rule)
	}
	color := map[Severity]string{Error: "31", Warning: "33", Note: "36"}[severity] // red, yellow, cyan
	return fmt.Sprintf("\x1b[1m%s:\x1b[0m \x1b[%sm%s:\x1b[0m %s \x1b[2m[%s]\x1b[0m", place, color,
		severity, message, rule)
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
		out = append(out, jsonFinding{
			d.Pos.File, d.Pos.Line, d.Pos.Col, d.Severity.String(), d.Rule, d.Message,
		})
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
		command := map[Severity]string{Error: "error", Warning: "warning", Note: "notice"}[d.Severity]
		_, err := fmt.Fprintf(w, "::%s file=%s%s,title=%s::%s\n", command,
			commandProperty.Replace(d.Pos.File), place, commandProperty.Replace("limitgen "+d.Rule),
			commandData.Replace(d.Message+" ["+d.Rule+"]"))
		if err != nil {
			return err
		}
	}
	return nil
}
