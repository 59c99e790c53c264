package compat

import (
	"fmt"
	"io"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/quote"
	"github.com/limitgen/limitgen/generator/model"
)

// Release is the changes in one version of a spec.
type Release struct {
	From, To    string // revisions or files
	Date, Title string // of a commit; "" if files were compared
	Changes     []Finding
	First       string // a summary of a spec's first version; "" for later ones
}

// Census describes the size of an API.
func Census(api *model.API) string {
	number := func(n int, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %ss", n, one)
	}
	return fmt.Sprintf("the first version: %s, %s", number(len(api.Operations), "operation"),
		number(len(api.Limits), "limit"))
}

// heading returns the heading of a release.
func (r Release) heading() string {
	switch {
	case r.Date == "":
		return "Changes from " + r.From + " to " + r.To
	case r.Title == "":
		return r.Date + " (" + r.To + ")"
	}
	return r.Date + ": " + r.Title + " (" + r.To + ")"
}

// MarkdownNotes prints release notes with one heading for each release.
func MarkdownNotes(w io.Writer, notes []Release) error {
	if len(notes) == 0 {
		return Markdown(w, nil, 2)
	}
	for i, r := range notes {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "## %s\n\n", quote.Markdown(r.heading())); err != nil {
			return err
		}
		if r.First != "" {
			if _, err := fmt.Fprintf(w, "%s.\n", capital(r.First)); err != nil {
				return err
			}
			continue
		}
		if err := Markdown(w, r.Changes, 3); err != nil {
			return err
		}
	}
	return nil
}

// TextNotes prints release notes for a terminal.
func TextNotes(w io.Writer, s diag.Style, notes []Release) error {
	var b strings.Builder
	for i, r := range notes {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s\n", diag.Printable(r.heading()))
		if r.First != "" {
			fmt.Fprintf(&b, "%s\n", r.First)
			continue
		}
		if err := Text(&b, s, r.Changes); err != nil {
			return err
		}
	}
	if len(notes) == 0 {
		b.WriteString("no changes\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type jsonRelease struct {
	From    string       `json:"from"` // "" for a first version
	To      string       `json:"to"`
	Date    string       `json:"date,omitempty"`
	Title   string       `json:"title,omitempty"`
	First   string       `json:"first,omitempty"`
	Changes []jsonChange `json:"changes"`
}

// JSONNotes prints {"releases": [...]}. It is stable as JSON is.
func JSONNotes(w io.Writer, notes []Release) error {
	out := make([]jsonRelease, 0, len(notes))
	for _, r := range notes {
		out = append(out, jsonRelease{r.From, r.To, r.Date, r.Title, r.First, jsonOf(r.Changes)})
	}
	return encode(w, map[string][]jsonRelease{"releases": out})
}
