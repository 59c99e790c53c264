package grafana

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// text is a string of JSON.
func text(s string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("grafana: " + err.Error()) // every string can be encoded
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// variableSigns begin what Grafana replaces by the value of a variable, in queries as well as in
// titles.
var variableSigns = strings.NewReplacer("$", `\x24`, "[[", `\x5b\x5b`)

// promString is a string of PromQL, whose escapes are Go's, in which Grafana finds no variable.
func promString(s string) string { return variableSigns.Replace(strconv.Quote(s)) }

// literal keeps Grafana from finding variables in a text for people, which has no escape for them:
// a character of no width comes between.
func literal(s string) string {
	return strings.NewReplacer("$", "$\u2060", "[[", "[\u2060[").Replace(s)
}

var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "!", `\!`, "|", `\|`, "~", `\~`,
)

// markdown makes a text show as it stands where Markdown and HTML are read.
func markdown(s string) string { return markup.Replace(s) }
