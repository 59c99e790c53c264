package prometheus

import (
	"regexp"
	"strconv"
	"strings"
)

var braces = regexp.MustCompile(`\{\{+`)

// plain is text that Prometheus' templates print as it stands: annotations are templates, and a
// description that holds "{{" would be run as one.
func plain(texts ...string) string {
	return braces.ReplaceAllStringFunc(strings.Join(texts, ""), func(run string) string {
		return "{{" + strconv.Quote(run) + "}}"
	})
}
