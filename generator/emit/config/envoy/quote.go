package envoy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// plain is text that YAML takes for a string as it stands, save the words below.
var (
	plain = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	words = map[string]bool{"true": true, "false": true, "null": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true}
)

// yamlString quotes where YAML 1.1 or 1.2 would need it. A string of JSON in ASCII is one in both.
func yamlString(s string) string {
	if plain.MatchString(s) && !words[s] {
		return s
	}
	quoted, _ := json.Marshal(s) // a string cannot fail
	var b strings.Builder
	for _, r := range string(quoted) {
		switch {
		case r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// luaString quotes any bytes for Lua, in ASCII.
func luaString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if c := s[i]; c >= ' ' && c <= '~' && c != '"' && c != '\\' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03d`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// escape percent-encodes all but letters, digits, ".", "~" and "-", as the Lua filter does with
// values.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '~' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// pathTemplate is a path template in which only parameters have braces.
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
