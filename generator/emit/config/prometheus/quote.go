package prometheus

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// promString is a string of PromQL, whose escapes are Go's.
func promString(s string) string { return strconv.Quote(s) }

var braces = regexp.MustCompile(`\{\{+`)

// plain is text that Prometheus' templates print as it stands: annotations are templates, and a
// description that holds "{{" would be run as one.
func plain(texts ...string) string {
	return braces.ReplaceAllStringFunc(strings.Join(texts, ""), func(run string) string {
		return "{{" + strconv.Quote(run) + "}}"
	})
}

var bare = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// words are what YAML would read as something other than a string.
var words = regexp.MustCompile(`(?i)^(y|yes|n|no|on|off|true|false|null)$`)

// scalar is a string of YAML on one line: bare where that is clear, else in single quotes, which
// need least escaping, and in double quotes, whose escapes are Go's, where something in it cannot
// be printed.
func scalar(s string) string {
	switch {
	case bare.MatchString(s) && !words.MatchString(s):
		return s
	case strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }):
		return strconv.Quote(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
