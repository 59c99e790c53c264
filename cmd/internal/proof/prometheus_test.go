package proof

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	im "github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

// committedConfig is the configuration of the published table, as make check finds it.
const committedConfig = harness.Root + "/gen/easemob/config"

// hostileRules is a spec whose texts try to leave every quoting that rules stand in.
const hostileRules = `
openapi: 3.0.3
info: {title: "{{ $x }}", version: "1"}
x-rate-limits:
  version: 1
  limits:
    yes: {quota: 5, window: 1s, per: [], description: "{{ define \"x\" }}{{{ '\n  - alert: Injected\n    expr: vector(1)\n#"}
    "null": {quota: 5, window: 1d, per: [], unit: "on", description: "}}\"'\\ {{/* {{"}
  default: {"yes": 1, "null": 1}
paths:
  /a:
    get: {operationId: "{{ fail }} '\"\n- x: {y}", responses: {"200": {description: ok}}}
    put: {operationId: "{{", responses: {"200": {description: ok}}}
`

// TestPrometheusRules has promtool check the rules and run the unit tests that are written beside
// them.
func TestPrometheusRules(t *testing.T) {
	promtool := harness.Need(t, "promtool")
	windows := harness.Root + "/generator/emit/config/prometheus/testdata/limits.yaml"
	for name, dir := range map[string]string{
		"easemob": committedConfig + "/prometheus",
		"windows": harness.Generate(t, windows, "prometheus"),
		"hostile": harness.GenerateText(t, "{{ x }}\n.yaml", hostileRules, "prometheus"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runTool(t, dir, promtool, "check", "rules", "--lint-fatal", "rules.yml")
			runTool(t, dir, promtool, "test", "rules", "rules_test.yml")
		})
	}
}

// TestPrometheusTestsBite breaks each kind of rule, which the emitted unit tests must notice.
func TestPrometheusTestsBite(t *testing.T) {
	promtool := harness.Need(t, "promtool")
	windows := harness.Root + "/generator/emit/config/prometheus/testdata/limits.yaml"
	for name, change := range map[string][]string{
		"threshold":      {">= 0.8'", ">= 0.81'"},
		"a role":         {`,role="client"`, ""},
		"a share":        {">= 0.1 and", ">= 0.13 and"},
		"a low share":    {">= 0.1 and", ">= 0.07 and"},
		"few requests":   {`role="server"} >= 0.1'`, `role="server"} >= 0.01'`},
		"most requests":  {">= 0.5 and", ">= 0.61 and"},
		"long patience":  {"for: 15m", "for: 2m"},
		"strictness":     {">= 1'", "> 1'"},
		"patience":       {"for: 5m", "for: 1m"},
		"severity":       {"critical", "warning"},
		"a limit":        {`limit="day"`, `limit="flight"`},
		"the ratio":      {"/ limitgen_limit_quota", "/ 2 / limitgen_limit_quota"},
		"an escaped act": {`{{"{{"}}`, "{{"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := harness.Generate(t, windows, "prometheus")
			harness.Rewrite(t, filepath.Join(dir, "rules.yml"), change...)
			cmd := harness.Command(t, promtool, "test", "rules", "rules_test.yml")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err == nil {
				t.Errorf("the tests pass:\n%s", out)
			}
		})
	}
}

func runTool(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := harness.Command(t, program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
}

// scrapeMetrics asks for the metrics of sources and reads them as strictly as Prometheus' own
// library does.
func scrapeMetrics(t *testing.T, sources ...interface {
	LimitMetrics() []ratelimit.LimitMetrics
}) (string, map[string]*dto.MetricFamily) {
	t.Helper()
	w := httptest.NewRecorder()
	rest.PrometheusHandler(sources...).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	format := expfmt.ResponseFormat(w.Header())
	if format.FormatType() != expfmt.TypeTextPlain {
		t.Errorf("the content type %q is %v to Prometheus", w.Header().Get("Content-Type"), format)
	}
	var p expfmt.TextParser
	families, err := p.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return text, families
}

// TestExposition reads what a client and a server export, and has promtool judge the names.
func TestExposition(t *testing.T) {
	client, server := newEasemob(t)
	text, families := scrapeMetrics(t, client, server)
	kinds := make(map[dto.MetricType]int)
	for name, f := range families {
		kinds[f.GetType()]++
		if f.GetHelp() == "" || !strings.HasPrefix(name, "limitgen_limit_") {
			t.Errorf("%s: %q", name, f.GetHelp())
		}
		if total := f.GetType() == dto.MetricType_COUNTER; total != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %v", name, f.GetType())
		}
		for _, m := range f.Metric {
			var names []string
			for _, l := range m.Label {
				names = append(names, l.GetName())
			}
			if !slices.Equal(names, []string{"api", "role", "limit"}) {
				t.Errorf("%s has the labels %q", name, names)
			}
		}
		if n := len(f.Metric); n != len(im.Limits()) && n != 2*len(im.Limits()) {
			t.Errorf("%s has %d series", name, n)
		}
	}
	if kinds[dto.MetricType_GAUGE] != 3 || kinds[dto.MetricType_COUNTER] != 4 || len(families) != 7 {
		t.Errorf("%d families: %v", len(families), kinds)
	}
	cmd := harness.Command(t, harness.Need(t, "promtool"), "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestQueriesAskForWhatIsExported parses every query of the rules and the dashboard with
// Prometheus' parser: each metric and label in them is one that a client and a server export, or
// that the rules record.
func TestQueriesAskForWhatIsExported(t *testing.T) {
	client, server := newEasemob(t)
	_, families := scrapeMetrics(t, client, server)
	known := make(map[string]bool)
	for name := range families {
		known[name] = true
	}
	records, alerts := readRules(t, committedConfig+"/prometheus")
	for _, r := range records {
		asks(t, r.Expr, known)
	}
	for _, r := range records {
		known[r.Record] = true
	}
	for _, r := range alerts {
		asks(t, r.Expr, known)
	}
	queries := dashboardQueries(t, committedConfig+"/grafana")
	for _, q := range queries {
		asks(t, q, known)
	}
	// For each limit: two alerts of a client and one of a server; one of a server's for all.
	if len(records) != 5 || len(alerts) != 1+3*len(im.Limits()) || len(queries) != 6+3*len(im.Limits()) {
		t.Errorf("%d records, %d alerts, %d queries", len(records), len(alerts), len(queries))
	}
}

type promRule struct {
	Record, Alert, Expr, For string
	Labels, Annotations      map[string]string
}

func readRules(t *testing.T, dir string) (records, alerts []promRule) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []struct{ Rules []promRule } }
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, r := range file.Groups[0].Rules {
		if r.Record != "" {
			records = append(records, r)
		} else {
			alerts = append(alerts, r)
		}
	}
	return records, alerts
}

// dashboardQueries returns the expressions of all panels, with values for Grafana's own variables.
func dashboardQueries(t *testing.T, dir string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&d); err != nil {
		t.Fatal(err)
	}
	values := strings.NewReplacer("$__rate_interval", "1m", "$job", ".*", "$role", "server|client", "$instance", ".*")
	var out []string
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			out = append(out, values.Replace(q.Expr))
		}
	}
	return out
}

// asks checks that a query selects nothing but series that there are.
func asks(t *testing.T, query string, known map[string]bool) {
	t.Helper()
	e, err := parser.ParseExpr(query)
	if err != nil {
		t.Errorf("%v in %s", err, query)
		return
	}
	labels := []string{"__name__", "api", "role", "limit", "job", "instance"}
	limits := im.Limits()
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		if !known[v.Name] {
			t.Errorf("%s asks for %s, which nobody exports", query, v.Name)
		}
		api := false
		for _, m := range v.LabelMatchers {
			api = api || m.Name == "api"
			if !slices.Contains(labels, m.Name) {
				t.Errorf("%s asks for the label %s, which no series has", query, m.Name)
			}
			if m.Name == "limit" && !slices.ContainsFunc(limits, func(l ratelimit.Limit) bool { return l.Name == m.Value }) {
				t.Errorf("%s asks for the limit %q", query, m.Value)
			}
		}
		if !api {
			t.Errorf("%s asks about every API", query)
		}
		return nil
	})
}

// newEasemob returns a client of a server in this process, with two quotas that are not the
// table's.
func newEasemob(t *testing.T) (*im.Client, *rest.Server) {
	t.Helper()
	server, err := im.NewServer(im.Handlers{Users: alertUsers{}, Messages: alertMessages{}}, rest.WithOverrides(soldQuotas), rest.WithoutAuth())
	if err != nil {
		t.Fatal(err)
	}
	return newEasemobClient(t, serveMetrics(t, server), "app", rest.WithOverrides(soldQuotas)), server
}

func newEasemobClient(t *testing.T, url, app string, options ...rest.ClientOption) *im.Client {
	t.Helper()
	client, err := im.NewClient(url, "org", app, append(options, rest.WithToken(rest.StaticToken("secret")))...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func serveMetrics(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
