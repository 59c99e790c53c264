package calls_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/limitgen/limitgen/cmd/internal/corpus/calls"
	"github.com/limitgen/limitgen/cmd/internal/corpus/drive"
	"github.com/limitgen/limitgen/cmd/internal/corpus/module"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/source"
)

const spec = `openapi: 3.0.3
info: {title: Answers, version: "1"}
paths:
  /a:
    get:
      operationId: getA
      responses:
        "200":
          description: ok
          headers:
            X-Count: {required: true, schema: {type: integer}}
            Link: {schema: {type: string}}
          content:
            application/json: {schema: {type: object, properties: {n: {type: string}}}}
            text/event-stream: {schema: {type: string}}
        "404": {description: no, content: {application/json: {schema: {$ref: '#/components/schemas/E'}}}}
        4XX: {description: no, headers: {X-Why: {schema: {type: string}}}, content: {application/json: {schema: {$ref: '#/components/schemas/F'}}}}
        default: {description: no, content: {application/json: {schema: {$ref: '#/components/schemas/E'}}}}
    post:
      operationId: postA
      requestBody:
        content:
          application/json: {schema: {type: object, properties: {n: {type: string}}}}
          text/plain: {schema: {type: string}}
          image/png: {schema: {type: string, format: binary}}
      responses:
        "200":
          description: ok
          content:
            application/json: {schema: {type: object, properties: {n: {type: string}}}}
            text/csv: {schema: {type: string}}
        "201": {description: made, content: {application/json: {schema: {type: array, items: {type: integer}}}}}
  /files/{id}:
    get:
      operationId: byID
      parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
      responses:
        "200": {description: ok, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
        "204": {description: nothing}
  /files/{name}:
    get:
      operationId: byName
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {text/plain: {schema: {type: integer}}}}}
components:
  schemas:
    E: {type: object, properties: {e: {type: string}}}
    F: {type: object, properties: {f: {type: string}}}
`

// TestEveryAnswer drives each media type, status, range, header and stream of a spec.
func TestEveryAnswer(t *testing.T) {
	dir := t.TempDir()
	if err := module.New(dir); err != nil {
		t.Fatal(err)
	}
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: "a.yaml", Data: []byte(spec), Package: "api", RuntimePath: module.Path,
	})
	if result == nil {
		t.Fatal(diags)
	}
	if err := module.Add(dir, "answers", result); err != nil {
		t.Fatal(err)
	}
	doc, _ := source.Load("a.yaml", []byte(spec), nil)
	all := calls.Of(doc, result.API)
	got := make(map[string]int)
	for _, c := range all {
		of := ""
		if c.Headers != "" {
			of = " with " + c.Headers
		}
		if c.Typed {
			of += " typed"
		}
		got[fmt.Sprint(c.Method, " ", c.Status, of)]++
	}
	for _, want := range []string{
		"GetA 200 with GetAHeaders", "GetAStream 200 with GetAHeaders", "GetA 404 typed", "GetA 418 with GetAErrorHeaders typed",
		"GetA 500 typed", "PostA 200", "PostA 201", "PostAText 200", "PostAText 201", "PostAPNG 200", "PostACSV 200", "ByID 200", "ByID 204", "ByName 200",
	} {
		if got[want] != 1 {
			t.Errorf("%d calls are %s: %v", got[want], want, got)
		}
	}
	found, err := module.Run(dir, map[string]drive.Work{"answers": {Calls: all}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found["answers"].Faults {
		t.Errorf("%s %d: %s", f.Method, f.Status, f.Why)
	}
}
