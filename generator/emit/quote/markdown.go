package quote

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
)

// Markdown returns any text as Markdown that shows it as it stands. What could begin a structure is
// a character reference, which never does, or is cut off from what it needs by a comment: sites
// make links of addresses however they are escaped.
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

// MarkdownCode returns any text as code. Backquotes cannot hold everything in a table, nor what engines of
// sites take for theirs.
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
