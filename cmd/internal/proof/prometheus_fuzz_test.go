package proof

import (
	"testing"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/config/prometheus"
	"github.com/limitgen/limitgen/generator/model"
)

// FuzzPrometheusRules puts any texts where a spec's can come and has Prometheus' own reader of
// rules, which also parses queries and templates, judge what comes out: there are as many rules as
// ever, about the same series.
func FuzzPrometheusRules(f *testing.F) {
	f.Add("each", "of {{ $value }}", "getA", "api.yaml", "requests")
	f.Add("a\"},limit=\"b", "{{{{`x`}}}} '\n  - alert: x", "x\\", "a\n- b", "{{")
	f.Add("yes", "{", "}}{{ end }}{", "# {{define \"x\"}}", "'")
	f.Add("{{1}}", "\u0085\u2028\ufeff\x00\x7f", "'", "%", "\\")
	f.Fuzz(func(t *testing.T, name, description, id, source, unit string) {
		for _, s := range []string{name, description, id, source, unit} {
			if !utf8.ValidString(s) {
				t.Skip("no spec has it")
			}
		}
		l := &model.Limit{Name: name, Quota: 5, Seconds: 1, Unit: unit, Per: []string{"app"}, Description: description}
		op := &model.Operation{ID: id, Operation: id, HTTPMethod: "GET", Path: "/", Counter: "GET /", Rates: []*model.Rate{{Limit: l, Cost: 1}}}
		in := config.NewInput(&model.API{Package: "api", Name: "api", Source: source, Limits: []*model.Limit{l}, Operations: []*model.Operation{op}})
		files, err := prometheus.Target().Render(in, config.Defaults())
		if err != nil {
			t.Fatal(err)
		}
		groups, errs := rulefmt.Parse(files[0].Data, false)
		if len(errs) > 0 || len(groups.Groups) != 1 || len(groups.Groups[0].Rules) != 9 {
			t.Fatalf("%v in\n%s", errs, files[0].Data)
		}
		for _, r := range groups.Groups[0].Rules[6:] {
			if len(r.Labels) != 2 || len(r.Annotations) != 2 || r.For == 0 {
				t.Errorf("%+v", r)
			}
			seriesOf(t, r.Expr, name)
		}
	})
}

// seriesOf checks that a query selects series of one limit alone.
func seriesOf(t *testing.T, query, limit string) {
	t.Helper()
	e, err := parser.ParseExpr(query)
	if err != nil {
		t.Fatal(err)
	}
	selected := 0
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		if v, ok := node.(*parser.VectorSelector); ok {
			selected++
			if len(v.LabelMatchers) < 3 || v.LabelMatchers[1].Name != "limit" || v.LabelMatchers[1].Value != limit {
				t.Errorf("%s selects %v, not of limit %q", query, v, limit)
			}
		}
		return nil
	})
	if selected == 0 || selected > 2 {
		t.Errorf("%s selects %d series", query, selected)
	}
}
