package analyze

import (
	"strings"
	"testing"
)

// TestErrorForm holds what a server makes of the API's errors.
func TestErrorForm(t *testing.T) {
	const text = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits:
  version: 1
  limits: {l: {quota: 9, window: 1s, per: []}}
  default: {l: 1}
  exceeded:
    - {status: 429, body: {/code: gone}, retry: false}
    - {status: 503, body: {/code: busy}}
    - {status: 429, body: {/code: slow}}
x-client: {error: {code: "$response.body#/CODE", message: "$response.body#/TEXT"}}
x-server: {trailing-slash: true}
paths:
  /a:
    get:
      operationId: get
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: object, properties: {code: {type: string}}}}}}
        "400": {description: html, content: {text/html: {schema: {type: string}}}}
        "404": {description: other, content: {application/json: {schema: {type: object, properties: {other: {type: string}}}}}}
        default: {description: bad, content: {application/vnd.e+json: {schema: {$ref: '#/components/schemas/E'}}}}
components:
  schemas:
    E:
      allOf:
        - {type: object, required: [at, level], properties: {at: {type: string}, level: {type: string, enum: [error, fatal]}, code: {type: integer}}}
        - type: object
          required: [causes]
          properties:
            causes: {type: array, items: {$ref: '#/components/schemas/E'}}
            errors: {type: array, items: {type: object, required: [n], properties: {n: {type: number}, text: {type: string}}}}
            text: {type: string}
            self: {$ref: '#/components/schemas/E'}
`
	for _, c := range []struct{ code, text, want string }{
		{"code", "text", `{"at":"","causes":[],"code":0,"level":"error","text":""}`},
		{"code", "errors/0/text", `{"at":"","causes":[],"code":0,"errors":[{"n":0,"text":""}],"level":"error"}`},
		{"self/code", "text", `{"at":"","causes":[],"level":"error","self":{"at":"","causes":[],"code":0,"level":"error"},"text":""}`},
		{"code", "nowhere", ""},
	} {
		api, diags := built(t, strings.NewReplacer("CODE", c.code, "TEXT", c.text).Replace(text))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if api.ErrorForm != c.want || c.want != "" && api.ErrorMedia != "application/vnd.e+json" {
			t.Errorf("%s, %s: %s as %q", c.code, c.text, api.ErrorForm, api.ErrorMedia)
		}
		if len(api.ErrorExceeded) != 1 || api.ErrorExceeded[0].Value != "slow" || !api.TrailingSlash {
			t.Errorf("%+v", api.ErrorExceeded)
		}
	}
	if _, diags := built(t, strings.Replace(text, "trailing-slash: true", "trailing-slash: maybe", 1)); !diags.HasErrors() {
		t.Error("trailing-slash: maybe")
	}
	if _, diags := built(t, strings.Replace(text, "trailing-slash: true", "slashes: true", 1)); !diags.HasErrors() {
		t.Error("an unknown word")
	}
}
