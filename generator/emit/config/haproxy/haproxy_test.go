package haproxy_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/emit/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

const specs = "../../../../spec"

// emit renders the files of the target for a spec, by name.
func emit(name string, spec []byte, o config.Options) (map[string]string, diag.List) {
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: name, Data: spec, Package: "api", Emit: []string{"haproxy"}, Config: o,
	})
	if result == nil {
		return nil, diags
	}
	files := make(map[string]string)
	for _, f := range result.Files {
		files[filepath.Base(f.Name)] = string(f.Data)
	}
	return files, diags
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestGolden writes the examples. Their engine reads and obeys them in cmd/internal/proof.
func TestGolden(t *testing.T) {
	for _, name := range []string{"alike", "concurrency", "costs", "keys", "several-limits", "templates", "windows"} {
		t.Run(name, func(t *testing.T) {
			files, diags := emit(name+".yaml", read(t, filepath.Join(specs, "valid", name+".yaml")),
				config.Defaults())
			if files == nil {
				t.Fatal(diags)
			}
			for _, file := range []string{"limits.cfg", "limits.lua", "api_limits.map", "api_operations.map"} {
				golden := filepath.Join("testdata", name, file)
				if *update {
					if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(golden, []byte(files[file]), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if want := string(read(t, golden)); files[file] != want {
					t.Errorf("%s has changed; look at it after go test -update", golden)
				}
			}
		})
	}
}

// TestStable renders the table many times, since nothing may depend on the order of a map.
func TestStable(t *testing.T) {
	spec := read(t, specs+"/valid/keys.yaml")
	first, diags := emit("keys.yaml", spec, config.Defaults())
	if first == nil {
		t.Fatal(diags)
	}
	for range 50 {
		again, _ := emit("keys.yaml", spec, config.Defaults())
		for name, text := range first {
			if again[name] != text {
				t.Fatal(name, "differs from run to run")
			}
		}
	}
}

const fourLimits = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits:
  version: 1
  limits:
    a: {quota: 1, window: 1s, per: []}
    b: {quota: 1, window: 1m, per: []}
    c: {quota: 1, window: 1h, per: []}
    d: {quota: 1, window: 1d, per: []}
paths:
  /x:
    get: {operationId: x, x-rate-limit: {use: {a: 1, b: 1, c: 1, d: 1}}, responses: {"200": {description: ok}}}
`

// TestGaps has what cannot be expressed: more than three limits in tables, which no flag helps, and
// variants.
func TestGaps(t *testing.T) {
	o := config.Defaults()
	o.AllowApproximate = true
	files, diags := emit("four.yaml", []byte(fourLimits), o)
	const want = "haproxy cannot express limit \"d\" at x (four.yaml:13:5): HAProxy 2.6 counts a request in 3 tables at most, and 4 limits apply here"
	if files != nil || len(diags) != 1 || diags[0].Pos.Line != 10 ||
		!strings.HasPrefix(diags[0].Message, want) {
		t.Errorf("%+v", diags)
	}
	variants := read(t, specs+"/valid/variants.yaml")
	if files, _ := emit("variants.yaml", variants, config.Defaults()); files != nil {
		t.Error("variants that differ in use were accepted")
	}
	files, diags = emit("variants.yaml", variants, o)
	if files == nil {
		t.Fatal(diags)
	}
	if !strings.Contains(files["example.cfg"], "Not expressed, and allowed by --allow-approximate:") {
		t.Error("the head does not say what is approximate")
	}
}

const nestedKeys = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits:
  version: 1
  keys: {who: [$request.body#/who], id: [$request.body#/who/id]}
  limits: {a: {quota: 1, window: 1s, per: [who]}, b: {quota: 1, window: 1s, per: [id]}}
paths:
  /x:
    post:
      operationId: x
      x-rate-limit: {use: {a: 1, b: 1}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {who: {type: object, properties: {id: {type: integer}}}}}}}}
      responses: {"200": {description: ok}}
`

// TestNestedKeys has keys that are an object, which Lua does not compare, and a number in it.
func TestNestedKeys(t *testing.T) {
	o := config.Defaults()
	files, diags := emit("nested.yaml", []byte(nestedKeys), o)
	if files != nil || len(diags) != 1 || !strings.Contains(diags[0].Message, `limit "a" at x`) ||
		!strings.Contains(diags[0].Message, "many spellings") {
		t.Errorf("%+v", diags)
	}
	o.AllowApproximate = true
	if files, diags = emit("nested.yaml", []byte(nestedKeys), o); files == nil {
		t.Fatal(diags)
	}
	if !strings.Contains(files["limits.lua"], `found.kind == "object") then return ""`) {
		t.Error(files["limits.lua"])
	}
}

const plannedLimits = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits:
  version: 1
  limits:
    each: {quota: 10, window: 1s, per: []}
    bucket: {quota: 10, window: 1m, burst: 5, per: []}
  plans: {gold: {each: {quota: 20}, bucket: {burst: 50}}}
paths:
  /x:
    get: {operationId: x, x-rate-limit: {use: {each: 1, bucket: 1}}, responses: {"200": {description: ok}}}
`

// TestPlans has quotas by a header: those of plans stand in the map.
func TestPlans(t *testing.T) {
	o := config.Defaults()
	o.PlanHeader = "X-Plan"
	files, diags := emit("plans.yaml", []byte(plannedLimits), o)
	if files == nil {
		t.Fatal(diags)
	}
	for name, wants := range map[string][]string{
		"api_limits.map": {"\neach 10\n", "\neach@gold 20\n", "\nbucket@gold 10\n"},
		"limits.lua":     {`burst = 5, bursts = { ["gold"] = 50 }`},
		"limits.cfg":     {"req.fhdr(X-Plan,1)", "concat(@,txn.api_plan)"},
	} {
		for _, want := range wants {
			if !strings.Contains(files[name], want) {
				t.Errorf("%s lacks %q in\n%s", name, want, files[name])
			}
		}
	}
}
