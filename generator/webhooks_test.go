package generator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
)

// TestWebhooksThatAreAlike warns of two webhooks that one body may be.
func TestWebhooksThatAreAlike(t *testing.T) {
	const spec = `openapi: 3.1.0
info: {title: W, version: "1"}
paths: {}
webhooks:
  created: {post: {requestBody: {required: true, content: {%s}}, responses: {"204": {description: ok}}}}
  gone: {post: {requestBody: {required: true, content: {%s}}, responses: {"204": {description: ok}}}}
`
	object := func(required, properties string) string {
		return "application/json: {schema: {type: object, required: [" + required + "], properties: {" +
			properties + "}}}"
	}
	id, total, reason := "id: {type: string, minLength: 1}", "total: {type: integer}",
		"reason: {type: string}"
	for _, c := range []struct {
		one, other string
		alike      bool
	}{
		{object("id", id), object("id", id), true},
		{object("id", id+", "+total), object("id", id+", "+reason), true},
		{object("id, total", id+", "+total), object("id", id+", "+total), true},
		{object("id, total", id+", "+total), object("id, reason", id+", "+reason), false},
		{object("type", "type: {const: a}"), object("type", "type: {const: b}"), false},
		{object("type", "type: {enum: [a, b]}"), object("type", "type: {enum: [b, c]}"), true},
		{object("", "type: {const: a}"), object("", "type: {const: b}"), true},
		{object("id", id), "application/json: {schema: {type: array, items: {type: string}}}", false},
		{object("id", id), "application/json: {}", true},
		{object("id", id), "text/plain: {schema: {type: string}}", false},
		{"text/plain: {schema: {type: string}}", "text/plain: {schema: {type: string, maxLength: 3}}", true},
	} {
		text := fmt.Sprintf(spec, c.one, c.other)
		_, diags := generator.Model(t.Context(), generator.Options{Spec: "w.yaml", Data: []byte(text)})
		said := strings.Contains(fmt.Sprint(diags),
			`w.yaml:6:10: warning: webhooks "created" and "gone" accept the same bodies`)
		if diags.HasErrors() || said != c.alike {
			t.Errorf("%s\n%s\n%v", c.one, c.other, diags)
		}
	}
}

// TestCallbacksWithoutAURL warns of callbacks of which no function returns the URL.
func TestCallbacksWithoutAURL(t *testing.T) {
	const spec = `openapi: 3.1.0
info: {title: W, version: "1"}
paths:
  /orders:
    post:
      parameters: [{name: to, in: query, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {url: {type: string}, n: {type: integer}}}}}}
      responses: {"204": {description: ok}}
      callbacks:
        done:
          %q:
            post: {responses: {"204": {description: ok}}}
`
	for to, found := range map[string]bool{
		"{$request.body#/url}": true, "$request.body#/url": true, "{$request.query.to}/x": true, "https://example.com/": true,
		"https://{$request.body#/url}/x{$request.body#/url}": true,
		"{$request.body#/n}": false, "{$request.body#/none}": false, "{$request.header.X-To}/x": false,
		"{$request.body#/url}{$request.query.to}": false, "{$request.body#/url": false, "{$response.body#/url}": false, "{$url}": false,
	} {
		_, diags := generator.Model(t.Context(), generator.Options{Spec: "w.yaml", Data: []byte(fmt.Sprintf(spec, to))})
		said := strings.Contains(fmt.Sprint(diags),
			"w.yaml:12:13: warning: no function returns the URL "+to)
		if diags.HasErrors() || said == found {
			t.Error(to, diags)
		}
	}
}
