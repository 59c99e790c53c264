package prometheus_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path"
	"strings"
	"testing"
	"text/template"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/config/prometheus"
	"github.com/limitgen/limitgen/generator/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/limits.yaml")
	if err != nil {
		t.Fatal(err)
	}
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: "limits.yaml", Data: data, Package: "windows", Emit: []string{"prometheus"}, Config: config.Defaults(),
	})
	if result == nil || len(result.Files) != 2 {
		t.Fatal(diags)
	}
	for _, f := range result.Files {
		name := "testdata/" + path.Base(f.Name)
		if *update {
			if err := os.WriteFile(name, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, _ := os.ReadFile(name); !bytes.Equal(want, f.Data) {
			t.Errorf("%s differs; go test -update writes it anew. Got\n%s", name, f.Data)
		}
	}
}

// rules is rules.yml and no more than may stand in it.
type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Record, Alert, Expr, For string
			Labels, Annotations      map[string]string
		}
	}
}

// unitTests is rules_test.yml and no more than may stand in it.
type unitTests struct {
	RuleFiles          []string `yaml:"rule_files"`
	EvaluationInterval string   `yaml:"evaluation_interval"`
	Tests              []struct {
		Interval    string
		InputSeries []struct{ Series, Values string } `yaml:"input_series"`
		PromqlExpr  []struct {
			Expr     string
			EvalTime string `yaml:"eval_time"`
			Samples  []struct {
				Labels string
				Value  float64
			} `yaml:"exp_samples"`
		} `yaml:"promql_expr_test"`
		Alerts []struct {
			EvalTime  string `yaml:"eval_time"`
			Alertname string
			Expected  []struct {
				Labels      map[string]string `yaml:"exp_labels"`
				Annotations map[string]string `yaml:"exp_annotations"`
			} `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
}

func parse(t *testing.T, data []byte, into any) {
	t.Helper()
	d, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithKnownFields(true),
		yaml.WithUniqueKeys(true))
	if err == nil {
		err = d.Load(into)
	}
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
}

// expand runs an annotation as Prometheus does.
func expand(t *testing.T, text string, labels map[string]string) string {
	t.Helper()
	functions := template.FuncMap{"humanizePercentage": func(float64) string { return "80%" }}
	parsed, err := template.New("").Funcs(functions).Option("missingkey=error").Parse("{{$labels := .Labels}}{{$value := .Value}}" + text)
	var out strings.Builder
	if err == nil {
		err = parsed.Execute(&out, map[string]any{"Labels": labels, "Value": 0.8})
	}
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return out.String()
}

// FuzzTexts puts any texts where a spec's can come: they must arrive as they are, and be nothing
// else.
func FuzzTexts(f *testing.F) {
	f.Add("each", "of {{ $value }}", "getA", "api.yaml", int64(1))
	f.Add("a\"},limit=\"b", "{{{{`x`}}}} '\n  - alert: x", "x\\", "a\n- b", int64(86400))
	f.Add("yes", "{", "}}{{ end }}{", "# {{define \"x\"}}", int64(0))
	f.Add("{{1}}", "\u0085\u2028\ufeff\x00\x7f\xff", "'", "%", int64(60))
	f.Fuzz(func(t *testing.T, name, description, id, source string, seconds int64) {
		if !utf8.ValidString(name+description+id+source) || seconds < 0 || name == "" {
			t.Skip("no spec has it")
		}
		l := &model.Limit{Name: name, Quota: 5, Seconds: seconds, Unit: "requests", Per: []string{"app"}, Description: description}
		op := &model.Operation{ID: id, Operation: id, HTTPMethod: "GET", Path: "/", Counter: "GET /", Rates: []*model.Rate{{Limit: l, Cost: 1}}}
		in := config.NewInput(&model.API{Package: "api", Name: "api", Source: source, Limits: []*model.Limit{l}, Operations: []*model.Operation{op}})
		files, err := prometheus.Target().Render(in, config.Defaults())
		if err != nil {
			t.Fatal(err)
		}
		var r rules
		var u unitTests
		parse(t, files[0].Data, &r)
		parse(t, files[1].Data, &u)
		if len(r.Groups) != 1 || len(r.Groups[0].Rules) != 9 {
			t.Fatalf("%d groups in\n%s", len(r.Groups), files[0].Data)
		}
		tests := 5
		if seconds <= 120 {
			tests = 6
		}
		if len(u.Tests) != tests || len(u.RuleFiles) != 1 {
			t.Fatalf("%d tests in\n%s", len(u.Tests), files[1].Data)
		}
		fired := u.Tests[0].Alerts[2].Expected[0]
		nearly := r.Groups[0].Rules[6]
		if fired.Labels["limit"] != name || expand(t, nearly.Labels["limit"], nil) != name {
			t.Errorf("limit %q is %q and %q", name, fired.Labels["limit"], nearly.Labels["limit"])
		}
		for _, annotation := range []string{"summary", "description"} {
			if got := expand(t, nearly.Annotations[annotation], fired.Labels); got != fired.Annotations[annotation] {
				t.Errorf("%s is %q, and expected %q", annotation, got, fired.Annotations[annotation])
			}
		}
		for _, text := range []string{description, id} {
			if !strings.Contains(fired.Annotations["description"], config.Line(text)) {
				t.Errorf("%q is not in %q", text, fired.Annotations["description"])
			}
		}
	})
}
