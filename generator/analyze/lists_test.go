package analyze

import (
	"strings"
	"testing"
)

const listSpec = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits: {version: 1, limits: {}}
paths:
  /a:
    post:
      operationId: send
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/B'}}}}}
components:
  schemas:
    A: {type: object, properties: {to: {type: array, items: {type: string}, WORD}}}
    B: {type: array, items: {$ref: '#/components/schemas/A'}, WORD}
`

func TestASingleListReadsItsOnlyItemWithoutBrackets(t *testing.T) {
	api, diags := built(t, strings.ReplaceAll(listSpec, "WORD", "x-list: {single: true}"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, d := range api.Types {
		got := ""
		switch d.Name {
		case "A":
			got = d.Fields[0].Type.String()
		case "B":
			got = d.Type.String()
		}
		if want := map[string]string{"A": "rest.ListOrOne[string]", "B": "rest.ListOrOne[A]"}[d.Name]; got != want {
			t.Errorf("%s is %s, want %s", d.Name, got, want)
		}
	}
	to := api.Schemas[api.Schemas[api.Operations[0].Body.Schema].Properties[0].Schema]
	if len(to.AnyOf) != 2 || api.Schemas[to.AnyOf[0]].Kinds[0] != "array" ||
		api.Schemas[to.AnyOf[1]].Kinds[0] != "string" {
		t.Errorf("the server asks for %+v", to)
	}
}

func TestAListIsAListWithoutTheWord(t *testing.T) {
	for _, word := range []string{"description: d", "x-list: {single: false}", "x-list: {}"} {
		api, diags := built(t, strings.ReplaceAll(listSpec, "WORD", word))
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		for _, d := range api.Types {
			if d.Name == "A" && d.Fields[0].Type.String() != "[]string" {
				t.Errorf("%s: A has %s", word, d.Fields[0].Type)
			}
		}
	}
}

func TestWhatXListDoesNotTakeIsAnError(t *testing.T) {
	for word, want := range map[string]string{
		"x-list: {sinlge: true}":        `unknown key "sinlge"; single is meant; x-list on a schema takes single`,
		"x-list: {single: 'yes'}":       "single must be true or false",
		"x-list: [single]":              "x-list must be a mapping",
		"x-list: true":                  "x-list must be a mapping",
		"x-list: {encoded-comma: true}": `unknown key "encoded-comma"; x-list on a schema takes single`,
	} {
		_, diags := built(t, strings.Replace(strings.Replace(listSpec, "WORD", word, 1), "WORD", "description: d", 1))
		if len(diags) != 1 || !strings.HasPrefix(diags[0].String(), "spec.yaml:13:") ||
			!strings.Contains(diags[0].String(), want) {
			t.Errorf("%s: %v, want %s", word, diags, want)
		}
	}
	_, diags := built(t, strings.ReplaceAll(strings.Replace(listSpec, "items: {type: string}, WORD", "items: {type: string, x-list: {single: true}}", 1), "WORD", "description: d"))
	if len(diags) != 1 ||
		!strings.Contains(diags[0].String(), "single is for lists; write it beside type: array") {
		t.Errorf("on a string: %v", diags)
	}
}

func TestAParametersListIsNotSingle(t *testing.T) {
	const parameter = "      parameters: [{name: q, in: query, schema: {type: array, items: {type: string}, x-list: {single: true}}}]\n      requestBody"
	text := strings.ReplaceAll(strings.Replace(listSpec, "      requestBody", parameter, 1), "WORD",
		"description: d")
	_, diags := built(t, text)
	if len(diags) != 1 || !strings.HasPrefix(diags[0].String(), "spec.yaml:9:") ||
		!strings.Contains(diags[0].String(), "single is for lists in JSON") {
		t.Error(diags)
	}
}
