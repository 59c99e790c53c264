// Package quote writes any text as a string in an output's language, so that text from a spec stays
// text. Text for people must be made safe by diag.Line before.
package quote

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// JSON returns a string, a number or a truth value of JSON.
func JSON(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic("quote: " + err.Error()) // no other types are put in
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Lua returns a string of Lua for any bytes, in ASCII.
func Lua(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if c := s[i]; c >= ' ' && c <= '~' && c != '"' && c != '\\' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03d`, c) // three digits, so that a digit behind them is not one of them
		}
	}
	return b.String() + `"`
}

// PromQL returns a string of PromQL, whose escapes are Go's.
func PromQL(s string) string { return strconv.Quote(s) }

var (
	bare = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	// words are what YAML 1.1 or 1.2 reads as something other than a string.
	words = regexp.MustCompile(`(?i)^(y|yes|n|no|on|off|true|false|null)$`)
)

// YAML returns a string of YAML 1.1 and 1.2 on one line: bare where that is clear, else in single
// quotes, which need the least escaping, and in double quotes, whose escapes include Go's, where
// something in it cannot be printed.
func YAML(s string) string {
	switch {
	case bare.MatchString(s) && !words.MatchString(s):
		return s
	case strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }):
		return strconv.Quote(strings.ToValidUTF8(s, "\ufffd"))
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
