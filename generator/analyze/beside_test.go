package analyze

import (
	"slices"
	"testing"
)

// TestPropertiesBesideWhatLimitsRead finds the properties that differ only by case from one that a
// limit or a variant reads, in all parts of a body's schema, and no others.
func TestPropertiesBesideWhatLimitsRead(t *testing.T) {
	api, found := built(t, `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits:
  version: 1
  keys: {to: ['$request.body#/list/0/to']}
  limits: {l: {quota: 9, window: 1s, per: [to]}}
components:
  schemas:
    More: {type: object, properties: {List: {type: string}, Other: {type: string}, more: {$ref: '#/components/schemas/More'}}}
paths:
  /a:
    post:
      operationId: send
      x-rate-limit: {use: {l: {value: '$request.body#/n'}}}
      requestBody:
        content:
          application/json:
            schema:
              allOf:
                - $ref: '#/components/schemas/More'
                - type: object
                  properties:
                    list: {type: array, items: {type: object, properties: {to: {type: string}, To: {type: string}, TOO: {type: string}}}}
                    n: {type: integer}
                    N: {type: integer}
                    other: {type: string}
      responses: {"204": {description: ok}, "429": {description: too many}}
    put:
      operationId: free
      x-rate-limit: {use: {}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {n: {type: string}, N: {type: string}}}}}}
      responses: {"204": {description: ok}}
`)
	if found.HasErrors() {
		t.Fatal(found)
	}
	if got := api.Operations[0].Body.Beside; !slices.Equal(got, []string{"List", "N", "To"}) {
		t.Error(got)
	}
	if got := api.Operations[1].Body.Beside; got != nil {
		t.Error(got)
	}
}
