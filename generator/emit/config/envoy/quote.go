package envoy

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// escape percent-encodes all but letters, digits, ".", "~" and "-", as the Lua filter does with
// values.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '~' ||
			c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// pathTemplate returns a path template in which only parameters have braces.
func pathTemplate(segments []config.Segment) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		for i, text := range s.Texts {
			b.WriteString(spell(text))
			if i < len(s.Names) {
				b.WriteString("{" + spell(s.Names[i]) + "}")
			}
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// spell is escape with the "_" left in.
func spell(s string) string { return strings.ReplaceAll(escape(s), "%5F", "_") }

// indent puts every line of a text that many columns to the right, as a block of YAML needs it.
func indent(columns int, text string) string {
	space := strings.Repeat(" ", columns)
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString(space)
		}
		b.WriteString(line)
	}
	return strings.TrimRight(b.String(), "\n")
}
