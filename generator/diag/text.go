package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible makes text of a spec safe to show on one line: blanks and line ends of every kind are
// spaces, and hidden takes the place of what is not shown as itself: control characters, those that
// turn the direction of text, and bytes that are not text. A negative hidden drops them.
//
// This is the one set of such characters; what else an output must escape is its language's matter.
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

// Printable keeps a finding on one line and free of what a terminal would obey.
func Printable(s string) string { return Visible(s, '?') }

// Line makes any text one line that a comment can hold.
func Line(s string) string { return strings.Join(strings.Fields(Visible(s, ' ')), " ") }
