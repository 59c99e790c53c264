package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible makes text of a spec safe to show on one line. Whitespace of every kind becomes spaces,
// and hidden replaces control characters, characters that change the direction of text, and invalid
// bytes. A negative hidden drops them.
//
// This is the only definition of that set; further escaping depends on the output's language.
func Visible(s string, hidden rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Z, r):
			return ' '
		case r == utf8.RuneError, !unicode.IsPrint(r):
			return hidden
		}
		return r
	}, s)
}

// Printable makes a finding one line without terminal control characters.
func Printable(s string) string { return Visible(s, '?') }

// Line turns any text into one line that is safe in a comment.
func Line(s string) string { return strings.Join(strings.Fields(Visible(s, ' ')), " ") }
