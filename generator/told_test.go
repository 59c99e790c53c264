package generator_test

import (
	"context"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
)

// TestSamePaths holds that paths which differ in the names of parameters alone are told apart, or
// reported at their line.
func TestSamePaths(t *testing.T) {
	const head = `openapi: 3.0.3
info: {title: Files, version: "1"}
paths:
`
	path := func(name, schema string) string {
		return "  /files/{" + name + "}:\n    get:\n      operationId: by_" + name +
			"\n      parameters: [{name: " + name + ", in: path, required: true, schema: " + schema +
			"}]\n" +
			"      responses: {\"200\": {description: ok}, \"429\": {description: many}}\n"
	}
	const id, text, number, other = "{type: string, format: uuid}", "{type: string}",
		"{type: integer}", "{type: string, pattern: '^x'}"
	for _, c := range []struct {
		schemas [2]string
		told    [2]bool
		said    string
	}{
		{[2]string{id, text}, [2]bool{true, false}, ""},
		{[2]string{text, number}, [2]bool{false, true}, ""},
		{[2]string{id, number}, [2]bool{true, false}, ""},
		{[2]string{"{type: string, enum: [a, b]}", text}, [2]bool{true, false}, ""},
		{[2]string{text, other}, [2]bool{}, "a.yaml:9:3: warning: GET /files/{b} is /files/{a} (a.yaml:4:3) with other parameter names"},
		{[2]string{number, "{type: number}"}, [2]bool{}, "a.yaml:9:3: warning"},
	} {
		data := head + path("a", c.schemas[0]) + path("b", c.schemas[1])
		result, diags := generator.Generate(context.Background(),
			generator.Options{Spec: "a.yaml", Data: []byte(data), Package: "api"})
		if result == nil {
			t.Fatal(diags)
		}
		for i, op := range result.API.Operations {
			if (op.Told != nil) != c.told[i] {
				t.Errorf("%q: %s is told by %+v", c.schemas, op.ID, op.Told)
			}
		}
		var said strings.Builder
		for _, d := range append(diags, result.Lints...) {
			said.WriteString(d.String() + "\n")
		}
		if got := said.String(); !strings.Contains(got, c.said) ||
			c.said == "" && strings.Contains(got, "ambiguous-path") {
			t.Errorf("%q: %s", c.schemas, got)
		}
	}
}

// TestSamePathsAlike holds that such paths are said to have other limits where any variant of one
// is not counted as each of the other is.
func TestSamePathsAlike(t *testing.T) {
	const head = `openapi: 3.0.3
info: {title: Files, version: "1"}
x-rate-limits:
  version: 1
  limits: {each: {quota: 9, window: 1s, per: []}, all: {quota: 90, window: 1s, per: []}}
  default: {each: 1}
paths:
`
	path := func(name, schema, use string) string {
		return "  /files/{" + name + "}:\n    post:\n      operationId: by_" + name +
			"\n      x-rate-limit: " + use +
			"\n      parameters: [{name: " + name + ", in: path, required: true, schema: " + schema +
			"}]\n" +
			"      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {to: {type: array, items: {type: string}}, n: {type: integer}}}}}}\n" +
			"      responses: {\"200\": {description: ok}, \"429\": {description: many}}\n"
	}
	const counted = "{use: {each: {count: $request.body#/to, max: 5}}}"
	for _, c := range []struct {
		uses  [2]string
		alike bool
	}{
		{[2]string{"each", "each"}, true},
		{[2]string{"each", "all"}, false},
		{[2]string{counted, counted}, true},
		{[2]string{counted, "each"}, false},
		{[2]string{counted, "{use: {each: {count: $request.body#/to, max: 6}}}"}, false},
		{[2]string{"{use: {each: {value: $request.body#/n, max: 5}}}", "{use: {each: {value: $request.body#/n, max: 5}}}"}, true},
		{[2]string{"each", "{variants: [{name: a, when: {expr: $request.body#/n, is: present}, use: {all: 1}}, {name: b}]}"}, false},
		{[2]string{"each", "{variants: [{name: a, when: {expr: $request.body#/n, is: present}}, {name: b, use: {all: 1}}]}"}, false},
		{[2]string{"each", "{variants: [{name: a, when: {expr: $request.body#/n, is: present}}, {name: b}]}"}, true},
	} {
		data := head + path("id", "{type: string, format: uuid}", c.uses[0]) + path("name",
			"{type: string}", c.uses[1])
		diags := generator.Lint(context.Background(),
			generator.Options{Spec: "a.yaml", Data: []byte(data), Package: "api"})
		other := false
		for _, d := range diags {
			other = other || strings.Contains(d.Message, "has other limits")
			if d.Severity == diag.Error {
				t.Fatal(c.uses, diags)
			}
		}
		if other == c.alike {
			t.Errorf("%q: %v", c.uses, diags)
		}
	}
}
