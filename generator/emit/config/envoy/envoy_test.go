package envoy_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/config/envoy"
	"github.com/limitgen/limitgen/generator/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

func generate(t *testing.T, data []byte, approximate bool) map[string]string {
	t.Helper()
	o := config.Defaults()
	o.AllowApproximate = approximate
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: "limits.yaml", Data: data, Package: "windows", Emit: []string{"ratelimit", "envoy", "envoy-local"}, Config: o,
	})
	out := map[string]string{}
	for _, d := range diags {
		out["diagnostics"] += d.String() + "\n"
	}
	if result != nil {
		for _, f := range result.Files {
			out[strings.TrimPrefix(f.Name, "config/")] = string(f.Data)
		}
	}
	return out
}

// TestGolden shows what is particular to a spec: the parts of the Lua filter that are always the
// same are left out.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/limits.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := generate(t, data, true)
	files["errors"] = generate(t, data, false)["diagnostics"]
	same := regexp.MustCompile(`(?s)( +-- Finds each request's operation.*?)( +-- What callers are counted by)`)
	for name, golden := range map[string]string{
		"errors": "errors.txt", "ratelimit/limits.yaml": "ratelimit.golden", "envoy/limits.yaml": "envoy.golden",
		"envoy-local/limits.yaml": "envoy-local.golden",
	} {
		got := same.ReplaceAllString(files[name], "$2")
		if *update {
			if err := os.WriteFile("testdata/"+golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, _ := os.ReadFile("testdata/" + golden); string(want) != got {
			t.Errorf("%s differs; go test -update writes it anew. Got\n%s", golden, got)
		}
	}
}

// TestBoundHolds tries every alignment of the service's fixed windows: what the bound says can
// pass, and no more.
func TestBoundHolds(t *testing.T) {
	service := envoy.Service()
	for _, l := range []model.Limit{
		{Quota: 100, Seconds: 1}, {Quota: 10, Seconds: 60}, {Quota: 1000, Seconds: 10}, {Quota: 7, Seconds: 90}, {Quota: 5, Seconds: 1800}, {Quota: 1, Seconds: 7200}, {Quota: 300, Seconds: 150},
	} {
		in := config.NewInput(&model.API{Limits: []*model.Limit{&l}, Operations: []*model.Operation{
			{Operation: "x", HTTPMethod: "GET", Path: "/x", Rates: []*model.Rate{{Limit: &l, Cost: 1}}},
		}})
		l.Name, l.Unit = "x", "requests"
		files, err := service.Render(in, config.Defaults())
		if err != nil {
			t.Fatal(err)
		}
		var parsed struct {
			Descriptors []struct {
				RateLimit struct {
					Unit  string
					Quota int64 `yaml:"requests_per_unit"`
				} `yaml:"rate_limit"`
			}
		}
		if err := yaml.Unmarshal(files[0].Data, &parsed); err != nil {
			t.Fatal(err)
		}
		rate := parsed.Descriptors[0].RateLimit
		unit := map[string]int64{"second": 1, "minute": 60, "hour": 3600, "day": 86400}[rate.Unit]
		// All of a window's quota passes at any moment of it: at its end, then at the start of the
		// next. Times in halves.
		most := int64(0)
		for begin := range 2 * unit {
			first, last := begin/(2*unit), (begin+2*l.Seconds-1)/(2*unit)
			most = max(most, (last-first+1)*rate.Quota)
		}
		if b := service.Bound(&l, config.Defaults()); b.Most != most || b.Least > l.Quota {
			t.Errorf("%d per %d s: bound %d, but %d can pass; at least %d", l.Quota, l.Seconds, b.Most, most,
				b.Least)
		}
	}
}

// hostileInput has texts wherever a spec's can come.
func hostileInput(id, literal, name, query, header, source string) *config.Input {
	l := &model.Limit{Name: "each", Quota: 5, Seconds: 1, Unit: "requests", Per: []string{"k", "operation"}, Description: literal}
	key := &model.Key{Dimensions: []*model.Dimension{
		{Expr: &model.Expr{In: model.InPath, Name: name}}, {Expr: &model.Expr{In: model.InHeader, Name: header}},
		{Expr: &model.Expr{In: model.InBody, Pointer: "/" + strings.ReplaceAll(query, "/", "~1")}},
	}}
	op := &model.Operation{
		ID: id, Operation: id, HTTPMethod: "POST", Path: "/a/" + strings.NewReplacer("/", "%2F", "{", "%7B", "}", "%7D").Replace(literal) + "/{" + strings.NewReplacer("/", "", "{", "", "}", "").Replace(name) + "}",
		Counter: "x", Body: &model.Body{Kind: model.JSON},
		Rates: []*model.Rate{{Limit: l, Key: key, Count: &model.Expr{In: model.InQuery, Name: query}, Times: 2}},
	}
	return config.NewInput(&model.API{Package: "api", Source: source, Title: literal, Limits: []*model.Limit{l}, Operations: []*model.Operation{op}})
}

var (
	texts    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	comments = regexp.MustCompile(` *--[^\n]*`)
)

// shape returns a file without what texts may change: the keys of its YAML, and the Lua without
// texts and comments.
func shape(t *testing.T, data []byte) string {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	var b strings.Builder
	var visit func(*yaml.Node)
	visit = func(n *yaml.Node) {
		switch {
		case n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "envoy_on_request"):
			b.WriteString(comments.ReplaceAllString(texts.ReplaceAllString(n.Value, "TEXT"), ""))
		case n.Kind == yaml.MappingNode:
			for i := 0; i < len(n.Content); i += 2 {
				b.WriteString(n.Content[i].Value + ":")
				visit(n.Content[i+1])
			}
		default:
			for _, c := range n.Content {
				b.WriteString("-")
				visit(c)
			}
		}
	}
	visit(&node)
	return b.String()
}

// own returns what a target's fragment holds of its spec: the part of the Lua that is always the
// same is cut out.
func own(t *testing.T, target *config.Target, in *config.Input) []byte {
	t.Helper()
	files, err := target.Render(in, config.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := bytes.Cut(files[0].Data, []byte("-- Finds each request's operation"))
	_, after, _ := bytes.Cut(rest, []byte("-- What callers are counted by."))
	if !found {
		return files[0].Data
	}
	return slices.Concat(before, []byte("-- envoy_on_request\n"), after)
}

// FuzzTexts puts any texts where a spec's can come: they add no key to the YAML and no word to the
// Lua.
func FuzzTexts(f *testing.F) {
	f.Add("id", "literal", "name", "query", "X-Header", "source.yaml")
	f.Add("a\nb: c", "\") os.exit() --", "]]", "x\"\\", "h: #", "s\n- key: x")
	f.Add("--[[", "%}{{", "\\\"", "\u2028\u0085\x00", "\xff", "\r\n  foo: bar")
	f.Fuzz(func(t *testing.T, id, literal, name, query, header, source string) {
		for _, target := range []*config.Target{envoy.Service(), envoy.Global(), envoy.Local()} {
			want := shape(t, own(t, target, hostileInput("id", "literal", "name", "query", "header",
				"source")))
			got := shape(t, own(t, target, hostileInput(id, "l"+literal, name, query, header, source)))
			if got != want {
				t.Errorf("%s: %s", target.Name, difference(got, want))
			}
		}
	})
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-60):min(len(a), i+60)] + "\ninstead of\n" + b[max(0, i-60):min(len(b), i+60)]
}

// TestStable renders often and compares.
func TestStable(t *testing.T) {
	data, err := os.ReadFile("testdata/limits.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first := generate(t, data, true)
	for range 20 {
		again := generate(t, data, true)
		for name, text := range first {
			if again[name] != text {
				t.Fatalf("%s differs from run to run", name)
			}
		}
	}
	var names []string
	for name := range first {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := "envoy-local/example.yaml envoy-local/istio.yaml envoy-local/limits.yaml envoy/example.yaml envoy/istio.yaml envoy/limits.yaml ratelimit/limits.yaml"; strings.Join(names, " ") != want {
		t.Error(names)
	}
}
