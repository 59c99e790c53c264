package generator_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/limitgen/limitgen/generator"
)

// TestVariantErrors holds that a variant's own responses say of which type and media type its
// errors are, and the operation's the rest.
func TestVariantErrors(t *testing.T) {
	const spec = `openapi: 3.0.3
info: {title: Variants, version: "1"}
x-rate-limits: {version: 1, limits: {each: {quota: 9, window: 1s, per: []}}, default: {each: 1}}
paths:
  /users:
    post:
      x-rate-limit:
        variants:
          - {name: addUsers, when: {expr: $request.body, is: array}, responses: {"409": {$ref: '#/components/responses/Several'}}}
          - {name: addUser}
      requestBody: {required: true, content: {application/json: {schema: {}}}}
      responses:
        "204": {description: ok}
        "409": {$ref: '#/components/responses/One'}
        "429": {description: too many}
        "410": {$ref: '#/components/responses/Either'}
        "500": {$ref: '#/components/responses/One'}
        "503": {$ref: '#/components/responses/Both'}
components:
  responses:
    One: {description: taken, content: {application/json: {schema: {$ref: '#/components/schemas/Taken'}}}}
    Several: {description: taken, content: {application/problem+json: {schema: {$ref: '#/components/schemas/AllTaken'}}}}
    Either: {description: gone, content: {application/json: {schema: {$ref: '#/components/schemas/Taken'}}, application/problem+json: {schema: {$ref: '#/components/schemas/AllTaken'}}}}
    Both: {description: down, content: {application/json: {schema: {$ref: '#/components/schemas/Taken'}}, application/problem+json: {schema: {$ref: '#/components/schemas/Taken'}}}}
  schemas:
    Taken: {type: object, properties: {name: {type: string}}}
    AllTaken: {type: object, properties: {names: {type: array, items: {type: string}}}}
`
	o := generator.Options{Spec: "a.yaml", Data: []byte(spec), Package: "api"}
	result, diags := generator.Generate(context.Background(), o)
	if result == nil {
		t.Fatal(diags)
	}
	want := map[string]string{
		"addUsers": "503 Taken as a problem, 500 Taken, 410 Taken, 409 AllTaken as a problem, [{409 application/problem+json}]",
		"addUser":  "503 Taken as a problem, 500 Taken, 410 Taken, 409 Taken, []",
	}
	for _, op := range result.API.Operations {
		got := ""
		for _, e := range op.Errors {
			got += fmt.Sprintf("%d %s", e.Status, e.Type.Name)
			if e.Problem {
				got += " as a problem"
			}
			got += ", "
		}
		if got += fmt.Sprint(op.ErrorMedia); got != want[op.ID] {
			t.Errorf("%s: %s, want %s", op.ID, got, want[op.ID])
		}
	}
}
