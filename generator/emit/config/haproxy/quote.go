package haproxy

import (
	"fmt"
	"strings"
)

// encode returns the form in which segments of paths are compared and counted: decoded, except for
// what would end a word in a map or could be taken for another part of a key. normal in limits.lua
// does the same to requests.
func encode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ', c == 0x7f, c == '%', c == '/':
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// encodeName leaves only what is plain in every file and in the rows of the map.
func encodeName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// lower lowers ASCII letters only, as HAProxy's converter does.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
