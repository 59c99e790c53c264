package quote

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
)

// Markdown returns Markdown that shows a text literally. Characters that could begin a structure
// become character references. Addresses are broken by a comment, since sites turn even escaped
// ones into links.
func Markdown(s string) string {
	s = diag.Line(s)
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
	return address.ReplaceAllString(s, "$0<!-- -->")
}

var (
	numbered = regexp.MustCompile(`^([0-9]+)([.)])( |$)`) // would begin a list
	address  = regexp.MustCompile(`(?i)www|@|:/|(https?|ftp|mailto|xmpp):`)
)

// MarkdownCode returns a text as code. Backquotes cannot contain every text in a table, nor
// template syntax of site generators.
func MarkdownCode(s string) string {
	s = diag.Line(s)
	if s == "" {
		return ""
	}
	if strings.ContainsAny(s, "`|\\") || strings.Contains(s, "{{") || strings.Contains(s, "{%") {
		return "<code>" + Markdown(s) + "</code>"
	}
	return "`" + s + "`"
}
