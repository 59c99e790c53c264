package grafana

import (
	"strings"

	"github.com/limitgen/limitgen/generator/emit/quote"
)

// variableSigns begin what Grafana replaces by the value of a variable, in queries as well as in
// titles.
var variableSigns = strings.NewReplacer("$", `\x24`, "[[", `\x5b\x5b`)

// promString returns a string of PromQL, whose escapes are Go's, in which Grafana finds no
// variable.
func promString(s string) string { return variableSigns.Replace(quote.PromQL(s)) }

// literal keeps Grafana from finding variables in a text for people, which has no escape for them:
// a character of no width comes between.
func literal(s string) string {
	return strings.NewReplacer("$", "$\u2060", "[[", "[\u2060[").Replace(s)
}
