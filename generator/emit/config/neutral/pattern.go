package neutral

import (
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// pattern returns a regular expression that the canonical path of a request must match, see package
// config. It keeps to what RE2, PCRE, ECMAScript and Python read alike, and needs no flags: a flag
// for letters of either case is spelt another way in each, some take it beyond ASCII, and omitting
// it lets requests through uncounted.
func pattern(segments []config.Segment) string {
	var b strings.Builder
	b.WriteByte('^')
	for _, s := range segments {
		b.WriteByte('/')
		for i, text := range s.Texts {
			if i > 0 {
				// A parameter takes as little as it can, save the last, which has the rest of the
				// segment.
				b.WriteString("([^/]+")
				if i < len(s.Names) {
					b.WriteByte('?')
				}
				b.WriteByte(')')
			}
			literal(&b, text)
		}
	}
	if len(segments) == 0 {
		b.WriteByte('/')
	}
	b.WriteByte('$')
	return b.String()
}

// literal writes text that ASCII letters of either case match.
func literal(b *strings.Builder, text string) {
	for _, r := range text {
		switch {
		case 'a' <= r && r <= 'z':
			b.WriteString(`[` + string(r-'a'+'A') + string(r) + `]`)
		case 'A' <= r && r <= 'Z':
			b.WriteString(`[` + string(r) + string(r-'A'+'a') + `]`)
		case strings.ContainsRune(`\.+*?()|[]{}^$`, r):
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
}

// parameters returns the names of what the pattern's groups hold, in order.
func parameters(segments []config.Segment) list {
	out := list{}
	for _, s := range segments {
		out = append(out, texts(s.Names)...)
	}
	return out
}
