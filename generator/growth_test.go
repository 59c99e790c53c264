package generator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// manyOperations returns a spec of n operations. Kinds: "shared", all use one limit; "own", each
// has a limit of its own; "counted", all cost what their bodies list; "twins", pairs of paths that
// differ in case alone; "webhooks", one operation, and n webhooks each of which has a type of its
// own.
func manyOperations(n int, kind string) []byte {
	if kind == "webhooks" {
		return append(manyOperations(1, "shared"), manyWebhooks(n)...)
	}
	var limits, paths strings.Builder
	for i := range n {
		use, method, body, literal := "each: 1", "get", "", fmt.Sprintf("res%d", i)
		switch kind {
		case "own":
			fmt.Fprintf(&limits, "    l%d: {quota: %d, window: 1m, per: [app]}\n", i, i%90+10)
			use = fmt.Sprintf("l%d: 1", i)
		case "counted":
			use, method = "each: {count: '$request.body#/to'}", "post"
			body = ", requestBody: {content: {application/json: {schema: {type: object, properties: {to: {type: array, maxItems: 5, items: {type: string}}}}}}}"
		case "twins":
			literal = fmt.Sprintf("%cES%d", "rR"[i%2], i/2)
		}
		fmt.Fprintf(&paths, "  /{app}/%s/{id}:\n    parameters: [{name: app, in: path, required: true, schema: {type: string}}, {name: id, in: path, required: true, schema: {type: string}}]\n", literal)
		fmt.Fprintf(&paths, "    %s: {operationId: op%d, x-rate-limit: {use: {%s}}%s, responses: {'200': {description: ok}}}\n", method, i, use, body)
	}
	return []byte(`openapi: 3.0.3
info: {title: many, version: "1"}
x-rate-limits:
  version: 1
  keys: {app: [$request.path.app]}
  limits:
    each: {quota: 100, window: 1s, per: [app, operation]}
` + limits.String() + "  default: {each: 1}\npaths:\n" + paths.String())
}

func manyWebhooks(n int) []byte {
	var out strings.Builder
	out.WriteString("webhooks:\n")
	for i := range n {
		fmt.Fprintf(&out, "  hook%d: {post: {requestBody: {required: true, content: {application/json: {schema: {type: object, required: [type], properties: {type: {type: string, enum: [t%d]}, to: {type: string}}}}}}, responses: {'204': {description: ok}}}}\n", i, i)
	}
	return []byte(out.String())
}

func emitMany(t testing.TB, spec []byte, target string) {
	t.Helper()
	o := generator.Options{Spec: "many.yaml", Data: spec, Package: "many", Emit: []string{target}, Config: config.Defaults()}
	o.Config.AllowApproximate = true
	if result, diags := generator.Generate(context.Background(), o); result == nil {
		t.Fatal(diags[0])
	}
}

// TestGrowth counts what is allocated, which is the same on every machine, for a spec and for one
// four times as large: it is about four times as much. What compares all operations with all others
// takes sixteen times as much.
func TestGrowth(t *testing.T) {
	for _, kind := range []string{"shared", "own", "counted", "twins", "webhooks"} {
		small, large := manyOperations(60, kind), manyOperations(240, kind)
		for _, target := range emit.Targets() {
			if kind == "twins" && target.Name == "nginx" {
				continue // which refuses them
			}
			allocated := func(spec []byte) float64 {
				return testing.AllocsPerRun(1, func() { emitMany(t, spec, target.Name) })
			}
			if growth := allocated(large) / allocated(small); growth > 5.5 {
				t.Errorf("%s, %s: four times the operations allocate %.1f times as often", kind, target.Name,
					growth)
			}
		}
	}
}

// BenchmarkOperations is the time for 3,000 operations, by target.
func BenchmarkOperations(b *testing.B) {
	for _, kind := range []string{"shared", "own", "counted"} {
		spec := manyOperations(3000, kind)
		for _, target := range emit.Targets() {
			b.Run(kind+"/"+target.Name, func(b *testing.B) {
				for b.Loop() {
					emitMany(b, spec, target.Name)
				}
			})
		}
	}
}
