package generator_test

import (
	"context"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
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
			"\n      parameters: [{name: " + name + ", in: path, required: true, schema: " + schema + "}]\n" +
			"      responses: {\"200\": {description: ok}, \"429\": {description: many}}\n"
	}
	const id, text, number, other = "{type: string, format: uuid}", "{type: string}", "{type: integer}", "{type: string, pattern: '^x'}"
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
		result, diags := generator.Generate(context.Background(), generator.Options{Spec: "a.yaml", Data: []byte(data), Package: "api"})
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
		if got := said.String(); !strings.Contains(got, c.said) || c.said == "" && strings.Contains(got, "ambiguous-path") {
			t.Errorf("%q: %s", c.schemas, got)
		}
	}
}
