package reference

import (
	"strings"

	"github.com/limitgen/limitgen/generator/emit/quote"
)

// phrase writes words.
func phrase(words []word) string {
	var b strings.Builder
	for _, w := range words {
		switch trimmed := strings.TrimSpace(w.Text); {
		case w.Code:
			b.WriteString(quote.MarkdownCode(w.Text))
		case trimmed != "":
			// The words between code are ours or plain numbers; the blanks around them count.
			before, after, _ := strings.Cut(w.Text, trimmed)
			b.WriteString(before + quote.Markdown(trimmed) + after)
		}
	}
	return b.String()
}

// link returns a link to a published document, if it has an address.
func link(d *document) string {
	if d.URL == "" || strings.ContainsAny(d.URL, "<>\\|`\"'{}[]() ") {
		return quote.Markdown(d.Title)
	}
	return "[" + quote.Markdown(d.Title) + "](<" +
		strings.NewReplacer("&", "&amp;", "*", "%2A", "_", "%5F").Replace(d.URL) + ">)"
}

// Drawing returns the diagram in letters.
func (l *published) Drawing() string {
	names, _ := drawn(l)
	width := 0
	for i, name := range names {
		names[i] = strings.NewReplacer("{", "(", "}", ")").Replace(name)
		width = max(width, len([]rune(names[i])))
	}
	what := l.Rate + " " + strings.TrimPrefix(poolNote(l), "one counter")
	if l.Own {
		what = l.Rate + " " + strings.TrimPrefix(strings.TrimPrefix(ownNote(l), "each "), "one each")
	}
	var b strings.Builder
	for i, name := range names {
		joint := "─┤"
		switch {
		case l.Own, len(names) == 1:
			joint = "─── " + what
		case i == 0:
			joint = "─┐"
		case i == len(names)-1:
			joint = "─┴─ " + what
		}
		b.WriteString(strings.TrimRight(name+strings.Repeat(" ", width-len([]rune(name)))+" "+joint,
			" ") + "\n")
	}
	return b.String()
}
