package generator_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/model"
)

// TestSchemasToTheLetter holds keywords that servers once read otherwise than a validator does.
func TestSchemasToTheLetter(t *testing.T) {
	const text = `openapi: %s
info: {title: Letters, version: "1"}
paths:
  /put:
    post:
      operationId: put
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Put'}}}}
      responses: {"200": {description: ok}}
components:
  schemas:
    Put:
      type: object
      properties:
        bounds: {type: integer, minimum: 22, exclusiveMinimum: -7, maximum: 30, exclusiveMaximum: 25}
        reason: {type: string, nullable: true, enum: [null, red]}
        both: {allOf: [{oneOf: [{type: string}, {type: boolean}]}, {anyOf: [{type: string, enum: [red]}, {type: number}]}]}
`
	schemas := func(version string) (*generator.Result, func(string) *model.Schema) {
		r, diags := generator.Generate(context.Background(),
			generator.Options{Spec: "a.yaml", Data: []byte(strings.Replace(text, "%s", version, 1)), Package: "api"})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		put := r.API.Schemas[r.API.Operations[0].Body.Schema]
		return r, func(name string) *model.Schema {
			i := slices.IndexFunc(put.Properties, func(p model.SchemaProperty) bool { return p.Name == name })
			return r.API.Schemas[put.Properties[i].Schema]
		}
	}
	_, of := schemas("3.1.0")
	if s := of("bounds"); *s.Min != 22 || s.ExclMin || *s.Max != 25 || !s.ExclMax {
		t.Errorf("of an inclusive and an exclusive bound the tighter counts: %+v", s)
	}
	r, of := schemas("3.0.3")
	if s := of("reason"); slices.Contains(s.Enum, `"null"`) || !slices.Contains(s.Enum, "null") {
		t.Errorf("null is a value and no text: %q", s.Enum)
	}
	found := false
	for _, f := range r.Files {
		found = found || f.Name == "types.go"
		if f.Name == "types.go" && !strings.Contains(string(f.Data), "Both any ") &&
			!strings.Contains(string(f.Data), "Both   any ") {
			t.Errorf("what is one of two unions each holds any of their values:\n%s", f.Data)
		}
	}
	if !found {
		t.Error("there is no types.go")
	}
}
