package generator_test

import (
	"context"
	"slices"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/model"
)

// TestInheritanceInBothDirections holds that a base which is one of its children, each the base and
// more, is a union of them, and that the discriminator's value distinguishes them, for the server's
// check too.
func TestInheritanceInBothDirections(t *testing.T) {
	const text = `openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /a:
    post:
      operationId: postA
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"200": {description: ok}}
components:
  schemas:
    Pet:
      type: object
      required: [kind]
      properties: {kind: {type: string}, name: {type: string}}
      oneOf: [{$ref: "#/components/schemas/Cat"}, {$ref: "#/components/schemas/Dog"}]
      discriminator: {propertyName: kind, mapping: {hound: "#/components/schemas/Dog", cur: Dog}}
    Cat: {allOf: [{$ref: "#/components/schemas/Pet"}, {type: object, properties: {lives: {type: integer}}}]}
    Dog: {allOf: [{$ref: "#/components/schemas/Pet"}, {type: object, properties: {bark: {type: string}}}]}
`
	result, diags := generator.Generate(context.Background(),
		generator.Options{Spec: "a.yaml", Data: []byte(text), Package: "api"})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	types := make(map[string]*model.Decl)
	for _, d := range result.API.Types {
		types[d.Name] = d
	}
	if pet := types["Pet"]; pet.Kind != model.Union || len(pet.Members) != 2 {
		t.Errorf("%+v", pet)
	}
	for name, fields := range map[string]int{"Cat": 3, "Dog": 3} {
		if d := types[name]; d.Kind != model.Struct || len(d.Fields) != fields {
			t.Errorf("%+v", d)
		}
	}
	var enums [][]string
	for _, s := range result.API.Schemas {
		if len(s.Enum) > 0 {
			enums = append(enums, s.Enum)
		}
	}
	if len(enums) != 2 || !slices.Equal(enums[0], []string{`"Cat"`}) ||
		!slices.Equal(enums[1], []string{`"hound"`, `"cur"`}) {
		t.Errorf("the server tells the children apart by %q", enums)
	}
}
