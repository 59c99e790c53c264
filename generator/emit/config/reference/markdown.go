package reference

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// text is any text as Markdown that shows it as it stands. What could begin a structure is a
// character reference, which never does, or is cut off from what it needs by a comment: sites make
// links of addresses however they are escaped.
func text(s string) string {
	s = config.Line(s)
	var b strings.Builder
	for i, r := range s {
		switch {
		case strings.ContainsRune("&<>`*_[]\\|~$#{}", r), i == 0 && strings.ContainsRune("-+=:", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	s = numbered.ReplaceAllString(b.String(), "$1<!-- -->$2$3")
	s = address.ReplaceAllString(s, "$0<!-- -->")
	return s
}

var (
	numbered = regexp.MustCompile(`^([0-9]+)([.)])( |$)`) // would begin a list
	address  = regexp.MustCompile(`(?i)www|@|:/|(https?|ftp|mailto|xmpp):`)
)

// code is any text as code. Backquotes cannot hold everything in a table, nor what engines of sites take for theirs.
func code(s string) string {
	s = config.Line(s)
	if s == "" {
		return ""
	}
	if strings.ContainsAny(s, "`|\\") || strings.Contains(s, "{{") || strings.Contains(s, "{%") {
		return "<code>" + text(s) + "</code>"
	}
	return "`" + s + "`"
}

// phrase writes words.
func phrase(words []word) string {
	var b strings.Builder
	for _, w := range words {
		switch trimmed := strings.TrimSpace(w.Text); {
		case w.Code:
			b.WriteString(code(w.Text))
		case trimmed != "":
			// The words between code are ours or plain numbers; the blanks around them count.
			before, after, _ := strings.Cut(w.Text, trimmed)
			b.WriteString(before + text(trimmed) + after)
		}
	}
	return b.String()
}

// link is a link to a published document, if it has an address.
func link(d *document) string {
	if d.URL == "" || strings.ContainsAny(d.URL, "<>\\|`\"'{}[]() ") {
		return text(d.Title)
	}
	return "[" + text(d.Title) + "](<" + strings.NewReplacer("&", "&amp;", "*", "%2A", "_", "%5F").Replace(d.URL) + ">)"
}

// Drawing is the diagram in letters.
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
		b.WriteString(strings.TrimRight(name+strings.Repeat(" ", width-len([]rune(name)))+" "+joint, " ") + "\n")
	}
	return b.String()
}
