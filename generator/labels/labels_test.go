package labels

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
)

// load reads a spec with rules of labels and one operation's fields.
func load(t *testing.T, rules, fields string) *source.Document {
	t.Helper()
	doc, diags := source.Load("api.yaml", []byte(`openapi: 3.0.3
info: {title: T, version: "1"}
x-rate-limits:
  version: 1
  limits: {light: {quota: 1, window: 1s, per: []}}
  labels: `+rules+`
paths: {/a: {get: {operationId: getA, responses: {"200": {description: ok}}, `+fields+"}}}\n"), nil)
	if doc == nil {
		t.Fatal(diags)
	}
	return doc
}

// TestVariantsHaveTheirOwn holds that an operation each of whose variants has limits needs no
// label.
func TestVariantsHaveTheirOwn(t *testing.T) {
	for fields, findings := range map[string]int{
		"x-rate-limit: {variants: [{name: a, use: {light: 1}}, {name: b, use: {}}]}": 1, // the rule finds nothing
		"x-rate-limit: {variants: [{name: a, use: {light: 1}}, {name: b}]}":          2,
		"x-rate-limit: {variants: []}":                                               2,
	} {
		if _, diags := Apply(load(t, "[{from: x-a}]", fields), false); len(diags) != findings {
			t.Errorf("%s: %v", fields, diags)
		}
	}
}

func TestWhole(t *testing.T) {
	for figure, want := range map[string]string{
		"1": "1 1s", "2.5": "5 2s", "0.5": "1 2s", "0.0167": "1 1m0s", "0.3": "1 4s", "10": "10 1s", "1.25": "5 4s", "33.33": "333 10s", "0.000001": "1 277h46m40s",
	} {
		r, ok := decimal(figure)
		if !ok {
			t.Fatal(figure)
		}
		quota, window := whole(r, time.Second)
		if got := big.NewInt(quota).String() + " " + window.String(); got != want {
			t.Errorf("%s a second is %s, want %s", figure, got, want)
		}
		if over := new(big.Rat).Quo(big.NewRat(quota, int64(window/time.Second)), r); over.Cmp(big.NewRat(1, 1)) > 0 {
			t.Errorf("%s a second becomes more", figure)
		}
	}
	for _, text := range []string{"", "0", "-1", "Variable", "1e3", "0.0", "1/2", "1.", "99999999999999999999"} {
		if n, ok := decimal(text); ok {
			t.Errorf("%q is read as %v", text, n)
		}
	}
}

// TestRules reads labels as vendors print them.
func TestRules(t *testing.T) {
	zoom := "[{from: description, match: 'Rate Limit Label\\]\\([^)]*\\):\\*\\* `(?<limit>[A-Za-z-]+)`'}]"
	for name, tt := range map[string]struct{ rules, fields, want string }{
		"extension":       {"[{from: x-a}]", "x-a: LIGHT", "light 1"},
		"match in a text": {zoom, "description: 'x **[Rate Limit Label](https://a.example/#b):** `Light`'", "light 1"},
		"first rule wins": {"[{from: x-a, match: 'n(?<limit>.*)'}, {from: x-a}]", "x-a: light", "light 1"},
		"nothing matches": {"[{from: x-a, match: 'n(?<limit>.*)'}]", "x-a: light", "nothing"},
		"empty":           {"[{from: x-a}]", "x-a: ''", "nothing"},
		"tags":            {"[{from: tag}]", "tags: [admin, Light]", "light 1"},
		"own use":         {"[{from: x-a}]", "x-a: light, x-rate-limit: {use: {}}", "own"},
		"origin alone":    {"[{from: x-a}]", "x-a: light, x-rate-limit: {origin: {quote: q}}", "light 1"},
		"alias":           {"[{from: x-a, as: {Big One: {light: 3}}}]", "x-a: big_one", "light 3"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := load(t, tt.rules, tt.fields)
			found, diags := Apply(doc, false)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			got := "nothing"
			if use := doc.Node("paths", "/a", "get", "x-rate-limit", "use"); use != nil {
				if got = "own"; len(use.Content) > 0 {
					got = use.Content[0].Value + " " + use.Content[1].Value
				}
			}
			if got != tt.want || (len(found) > 0) != strings.HasPrefix(got, "light") {
				t.Errorf("got %s and %v, want %s", got, found, tt.want)
			}
		})
	}
}

// TestTableCorrected holds that a limit of the table's name takes the place of what a description
// prints.
func TestTableCorrected(t *testing.T) {
	doc := load(t, "[{from: description, table: {quota: Rate per minute}}]",
		`description: "| Rate per minute | Burst |\n|--|--|\n| 15 | 30 |\n"`)
	if _, diags := Apply(doc, true); len(diags) > 0 {
		t.Fatal(diags)
	}
	table, diags := limit.ParseTable("api.yaml", doc.Node("x-rate-limits"))
	if l := table.Limit("get-a"); len(diags) > 0 || l == nil || l.Quota != 15 ||
		l.Window != time.Minute || l.Burst != 0 {
		t.Errorf("%+v %v", l, diags)
	}
	doc = load(t, "[{from: description, table: {quota: Rate per minute}, per: [identity]}]",
		`description: "| Rate per minute |\n|--|\n| 15 |\n"`)
	limits := doc.Node("x-rate-limits", "limits")
	limits.Content = append(limits.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "get-a"}, limits.Content[1])
	if _, diags := Apply(doc, true); len(diags) > 0 || len(limits.Content) != 4 {
		t.Errorf("%v, %d limits", diags, len(limits.Content)/2)
	}
}

func FuzzLabels(f *testing.F) {
	f.Add("[{from: x-a, match: '(?<limit>.*)', as: {b: light}}]", "light", "")
	f.Add("[{from: description, table: {quota: Rate, burst: Burst}, window: 1h, per: [identity]}]", "",
		"| Rate | Burst |\n|---|---|\n| 1.5 | 3 |")
	f.Add("[{from: tag}, {from: summary, match: a}]", "x",
		"<table><tr><th>Rate</th></tr><tr><td>1</td></tr></table>")
	f.Fuzz(func(t *testing.T, rules, word, text string) {
		var tree, label, prose yaml.Node
		if yaml.Unmarshal([]byte(rules), &tree) != nil || len(tree.Content) == 0 {
			return
		}
		label.SetString(word)
		prose.SetString(text)
		doc := load(t, "[]", "tags: [t], summary: s, description: d, x-a: a")
		op := doc.Node("paths", "/a", "get")
		for i := 0; i+1 < len(op.Content); i += 2 {
			switch op.Content[i].Value {
			case "x-a":
				op.Content[i+1].Value = label.Value
			case "description":
				op.Content[i+1].Value = prose.Value
			}
		}
		table := doc.Node("x-rate-limits")
		for i := 0; i+1 < len(table.Content); i += 2 {
			if table.Content[i].Value == "labels" {
				table.Content[i+1] = tree.Content[0]
			}
		}
		_, diags := Apply(doc, false)
		if again, more := Apply(doc, false); !diags.HasErrors() && len(again) > 0 {
			t.Errorf("a second reading finds %v, %v", again, more)
		}
	})
}
