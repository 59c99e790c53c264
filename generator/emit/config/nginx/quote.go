package nginx

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quote makes a text one word of nginx's configuration. Within quotes nginx knows \" \' \\ \t \r
// \n, and every other backslash is literal. A dollar sign cannot be escaped where variables are
// expanded: such texts must not contain text from a spec.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"':
			b.WriteString(`\"`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\\':
			b.WriteByte('\\')
			if i+1 == len(s) || strings.IndexByte("\\\"'trn", s[i+1]) >= 0 {
				b.WriteByte('\\')
			}
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// printable reports whether a text shows as what it is.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r)
	})
}

// pattern returns a regular expression for exactly a text, in printable ASCII.
func pattern(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			b.WriteString(`\x`)
			b.WriteByte("0123456789abcdef"[c>>4])
			b.WriteByte("0123456789abcdef"[c&15])
			continue
		}
		b.WriteString(regexp.QuoteMeta(s[i : i+1]))
	}
	return b.String()
}

// word keeps the characters of a name that are valid in a variable, a zone or an operation's name.
func word(s string, more string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) ||
			strings.ContainsRune(more, r) {
			return r
		}
		return '_'
	}, s)
}
