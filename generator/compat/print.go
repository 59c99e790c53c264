package compat

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/quote"
)

// Text prints findings for people: each as file:line:col: severity: message [kind], followed by the
// old position and the effects.
func Text(w io.Writer, s diag.Style, list []Finding) error {
	var b strings.Builder
	for _, f := range list {
		d := f.Diagnostic()
		d.Message = f.Text
		if err := s.Text(&b, diag.List{d}); err != nil {
			return err
		}
		fmt.Fprintf(&b, "    was at:  %s\n", diag.Printable(f.Old.String()))
		fmt.Fprintf(&b, "    callers: %s\n", diag.Printable(f.Caller))
		fmt.Fprintf(&b, "    servers: %s\n", diag.Printable(f.Server))
	}
	fmt.Fprintln(&b, summary(list))
	_, err := io.WriteString(w, b.String())
	return err
}

// summary counts findings by severity.
func summary(list []Finding) string {
	if len(list) == 0 {
		return "no changes"
	}
	n := map[diag.Severity]int{}
	for _, f := range list {
		n[f.Severity]++
	}
	text := fmt.Sprintf("%d changes", len(list))
	if len(list) == 1 {
		text = "1 change"
	}
	return fmt.Sprintf("%s: %d breaking, %d possibly breaking, %d compatible", text, n[diag.Error],
		n[diag.Warning], n[diag.Note])
}

type jsonPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

type jsonChange struct {
	ID         string    `json:"id"`
	Severity   string    `json:"severity"`
	Old        jsonPlace `json:"old"`
	New        jsonPlace `json:"new"`
	Limit      string    `json:"limit,omitempty"`
	Operations []string  `json:"operations"`
	Was        string    `json:"was"`
	Is         string    `json:"is"`
	Message    string    `json:"message"`
	Callers    string    `json:"callers"`
	Servers    string    `json:"servers"`
}

func jsonOf(list []Finding) []jsonChange {
	place := func(p diag.Position) jsonPlace { return jsonPlace{p.File, p.Line, p.Col} }
	out := make([]jsonChange, 0, len(list))
	for _, f := range list {
		out = append(out, jsonChange{
			ID: string(f.Kind), Severity: f.Severity.String(), Old: place(f.Old), New: place(f.New),
			Limit: f.Limit, Operations: append([]string{}, f.Operations...), Was: f.Was, Is: f.Is,
			Message: f.Text, Callers: f.Caller, Servers: f.Server,
		})
	}
	return out
}

// JSON prints an array of findings. It is stable: members may be added, none is renamed or removed.
func JSON(w io.Writer, list []Finding) error { return encode(w, jsonOf(list)) }

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// headings are the sections of a report in Markdown.
var headings = []struct {
	severity diag.Severity
	title    string
}{{diag.Error, "Breaking"}, {diag.Warning, "Possibly breaking"}, {diag.Note, "Compatible"}}

// Markdown prints findings as a report for a pull request or release notes. level is that of its
// headings.
func Markdown(w io.Writer, list []Finding, level int) error {
	var b strings.Builder
	if len(list) == 0 {
		b.WriteString("No changes.\n")
	}
	for _, h := range headings {
		begun := false
		for _, f := range list {
			if f.Severity != h.severity {
				continue
			}
			if !begun {
				if b.Len() > 0 {
					b.WriteString("\n")
				}
				fmt.Fprintf(&b, "%s %s\n\n", strings.Repeat("#", level), h.title)
				begun = true
			}
			fmt.Fprintf(&b, "- **%s** (`%s`)\n", quote.Markdown(capital(f.Text)), f.Kind)
			fmt.Fprintf(&b, "  - Callers: %s.\n  - Servers: %s.\n", quote.Markdown(f.Caller),
				quote.Markdown(f.Server))
			fmt.Fprintf(&b, "  - %s, was %s\n", quote.MarkdownCode(f.New.String()),
				quote.MarkdownCode(f.Old.String()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
