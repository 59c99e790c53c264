package limit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

const whole = `
version: 1
docs: {page: {title: Limits, date: "2024-01-31"}}
keys: {app: [$request.path.org, $request.path.app]}
limits:
  each: {quota: 100, window: 1s, per: [app, operation]}
  daily: {quota: 9, window: 1d, per: [], reset: utc, unit: messages, description: A day's.}
  bucket: {quota: 5, window: 2m, per: [client-ip], burst: 10, decide: before-auth, origin: {doc: page, rows: ["1", "2"]}}
  flight: {quota: 7, unit: concurrent-requests, per: [credential]}
default: {each: 1, daily: {count: $request.body#/to, times: 2, max: 60}}
plans: {large: {each: {quota: 1000}, bucket: {burst: 20}}}
exceeded: [{status: 429, body: {/code: "1"}, retry: true}]
client-ip: {ipv6: 56}
`

func TestTable(t *testing.T) {
	table, diags := ParseTable("spec.yaml", node(t, whole))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	each, daily, bucket, flight := table.Limits[0], table.Limits[1], table.Limits[2], table.Limits[3]
	for what, ok := range map[string]bool{
		"each":     each.Quota == 100 && each.Window == time.Second && each.Unit == UnitRequests && strings.Join(each.Per, " ") == "app operation",
		"place":    each.Pos.Line == 6 && each.Pos.Col == 3 && each.PerPos[1].Line == 6,
		"daily":    daily.Window == 24*time.Hour && daily.Reset == UTC && daily.Unit == "messages" && daily.Description == "A day's." && len(daily.Per) == 0,
		"bucket":   bucket.Burst == 10 && bucket.Decide == BeforeAuth && bucket.Origin.Doc == "page" && len(bucket.Origin.Rows) == 2,
		"flight":   flight.Quota == 7 && flight.Window == 0 && flight.Unit == UnitConcurrent,
		"default":  table.Default.Charges[0].Cost.Static == 1 && table.Default.Charges[1].Cost.Times == 2 && table.Default.Charges[1].Cost.Max == 60,
		"count":    table.Default.Charges[1].Cost.Count.From == FromBody && table.Default.Charges[1].Cost.Count.Pointer == "/to",
		"plans":    table.Plans[0].Amounts[0].Quota == 1000 && table.Plans[0].Amounts[1].Burst == 20,
		"exceeded": table.Exceeded[0].Status == 429 && table.Exceeded[0].Retry && table.Exceeded[0].Body[0] == Match{"/code", "1"},
		"ipv6":     table.IPv6 == 56,
	} {
		if !ok {
			t.Errorf("%s is read otherwise: %+v", what, table)
		}
	}
}

// TestMistakesHaveTheirPlace holds that what is wrong is found at its own place.
func TestMistakesHaveTheirPlace(t *testing.T) {
	for _, c := range []struct{ right, wrong, at, says string }{
		{"quota: 100", "quota: -1", "6:17", "quota"},
		{"quota: 100", "quota: 1.5", "6:17", "quota"},
		{"quota: 100", "quota: 99999999999999", "6:17", "quota"},
		{"quota: 100", "qouta: 100", "6:10", "quota is meant"},
		{"window: 1s", "window: 0s", "6:30", "window"},
		{"window: 1s", "window: 1w", "6:30", "window"},
		{"each: {quota", "Each: {quota", "6:3", `"Each"`},
		{"reset: utc", "reset: daily", "7:49", "reset"},
		{"window: 1d", "window: 7m", "7:29", "utc"},
		{"decide: before-auth", "decide: early", "8:71", "decide"},
		{"unit: concurrent-requests", "window: 1s, unit: concurrent-requests", "9:3", "no window"},
		{"$request.path.app]", "$request.cookie.app]", "4:33", "neither path, query, header nor body"},
		{"$request.body#/to", "$response.body#/to", "10:35", "reads the response"},
		{"times: 2", "times: 0", "10:61", "times"},
		{"status: 429", "status: four", "12:21", "status"},
		{"ipv6: 56", "ipv6: 129", "13:19", "128 at most"},
		{"version: 1", "version: 2", "2:10", "version"},
	} {
		text := strings.Replace(whole, c.right, c.wrong, 1)
		_, diags := ParseTable("spec.yaml", node(t, text))
		if len(diags) == 0 {
			t.Errorf("%s: nothing is found", c.wrong)
			continue
		}
		if !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
			return d.Pos.String() == "spec.yaml:"+c.at && strings.Contains(d.Message, c.says)
		}) || len(diags) > 2 {
			t.Errorf("%s: %v, want %s and %q", c.wrong, diags, c.at, c.says)
		}
	}
}

// TestResolve holds that the nearest use replaces the others whole, and keys merge by name.
func TestResolve(t *testing.T) {
	table, _ := ParseTable("spec.yaml", node(t, whole))
	rule := func(text string) *Rule {
		if text == "" {
			return nil
		}
		r, diags := ParseRule("spec.yaml", node(t, text))
		if len(diags) > 0 {
			t.Fatal(text, diags)
		}
		return r
	}
	for _, c := range []struct{ item, op, variant, want string }{
		{"", "", "", "each daily"},
		{"bucket", "", "", "bucket"},
		{"bucket", "{use: {}}", "", ""},
		{"bucket", "{use: {flight: 1, daily: 2}}", "", "flight daily"},
		{"bucket", "{variants: [{name: v}]}", "v", "bucket"},
		{"bucket", "{use: {each: 1}, variants: [{name: v, use: {flight: 1}}]}", "v", "flight"},
	} {
		op, v := rule(c.op), (*Variant)(nil)
		if c.variant != "" {
			v = &op.Variants[0]
		}
		resolved, diags := table.Resolve(rule(c.item), op, v)
		var names []string
		for _, charge := range resolved.Charges {
			names = append(names, charge.Limit.Name)
		}
		if got := strings.Join(names, " "); got != c.want || len(diags) > 0 {
			t.Errorf("%q, %q: %q, want %q (%v)", c.item, c.op, got, c.want, diags)
		}
	}
	resolved, _ := table.Resolve(rule("{keys: {app: [$request.header.X-A]}}"),
		rule("{keys: {app: [$request.query.b]}}"), nil)
	if parts := resolved.Charges[0].Per[0].Parts; len(parts) != 1 ||
		parts[0].Text != "$request.query.b" {
		t.Errorf("the operation's key is read as %v", parts)
	}
	_, diags := table.Resolve(nil, rule("eech"), nil)
	if len(diags) != 1 || !strings.Contains(diags[0].Message, "each is near") {
		t.Errorf("a misspelt limit: %v", diags)
	}
}

// FuzzParse holds that any YAML is read without a panic, and what is wrong in it is named in the
// file.
func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add("each")
	f.Add("{use: {each: {count: $request.body}}, variants: [{name: a, when: {expr: $request.query.q, is: present}}]}")
	f.Add("&a [*a]")
	f.Add("{limits: {a: &b {quota: 1, per: *b}}}")
	f.Fuzz(func(t *testing.T, text string) {
		var doc yaml.Node
		if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
			return
		}
		table, diags := ParseTable("spec.yaml", doc.Content[0])
		rule, more := ParseRule("spec.yaml", doc.Content[0])
		for _, d := range append(diags, more...) {
			if d.Pos.Line < 1 || d.Message == "" || d.Rule == "" {
				t.Fatalf("%q: %+v", text, d)
			}
		}
		table.Resolve(rule, rule, nil)
		for i := range rule.Variants {
			table.Resolve(nil, rule, &rule.Variants[i])
		}
	})
}
