package generator_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
)

const nullSpec = `openapi: 3.1.0
info: {title: Nulls, version: "1"}
components:
  schemas:
    Thing: {type: object, properties: {id: {type: string}}}
    Other: {type: object, properties: {name: {type: string}}}
    Maybe: {type: [object, "null"], properties: {id: {type: string}}}
    Either: {oneOf: [{$ref: '#/components/schemas/Thing'}, {$ref: '#/components/schemas/Other'}]}
    EitherOrNull: {oneOf: [{$ref: '#/components/schemas/Thing'}, {type: "null"}]}
paths:
  /thing: {get: {operationId: thing, responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}}}
  /maybe: {get: {operationId: maybe, responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Maybe'}}}}}}}
  /either: {get: {operationId: either, responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Either'}}}}}}}
  /orNull: {get: {operationId: orNull, responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/EitherOrNull'}}}}}}}
  /open: {get: {operationId: open, responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}}}
  /kinds: {get: {operationId: kinds, responses: {"200": {description: ok, content: {application/json: {schema: {type: [string, integer]}}}}}}}
  /list: {get: {operationId: list, responses: {"200": {description: ok, content: {application/json: {schema: {type: array, items: {type: string}}}}}}}}
  /several:
    get:
      operationId: several
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        "203": {description: other, content: {application/json: {schema: {$ref: '#/components/schemas/Maybe'}}}}
        "204": {description: nothing}
  /nothing:
    get:
      operationId: nothing
      responses:
        "202": {description: nothing}
        "203": {description: other, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
`

const nullTest = `package api

import (
	"context"
	"net/http/httptest"
	"testing"

	"api/rest"
)

type nothing struct{ Unimplemented }

var chosen *SeveralResult

func (nothing) Thing(context.Context) (*Thing, error)         { return nil, nil }
func (nothing) Maybe(context.Context) (*Maybe, error)         { return nil, nil }
func (nothing) Either(context.Context) (*Either, error)       { return &Either{}, nil }
func (nothing) Open(context.Context) (any, error)             { return nil, nil }
func (nothing) Kinds(context.Context) (any, error)            { return nil, nil }
func (nothing) List(context.Context) ([]string, error)        { return nil, nil }
func (nothing) Several(context.Context) (*SeveralResult, error) { return chosen, nil }
func (nothing) Nothing(context.Context) (*NothingResult, error) { return nil, nil }

func TestNull(t *testing.T) {
	s, err := NewServer(Handlers{API: nothing{}}, rest.WithErrorLog(nil))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string, status int, body string) {
		t.Helper()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != status || status < 300 && w.Body.String() != body {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	ask("/thing", 500, "")
	ask("/maybe", 200, "null")
	ask("/either", 500, "")
	ask("/open", 200, "null")
	ask("/kinds", 500, "")
	ask("/list", 200, "[]")
	ask("/several", 500, "")
	ask("/nothing", 202, "")
	chosen = &SeveralResult{StatusCode: 200}
	ask("/several", 500, "")
	chosen = &SeveralResult{StatusCode: 203}
	ask("/several", 203, "null")
	chosen = &SeveralResult{StatusCode: 204}
	ask("/several", 204, "")
}
`

// TestAnswersWithoutValue has handlers give nil, nil: null is an answer where the schema admits it,
// and a failure of the server elsewhere.
func TestAnswersWithoutValue(t *testing.T) {
	result, diags := generator.Generate(context.Background(),
		generator.Options{Spec: "a.yaml", Data: []byte(nullSpec), Package: "api"})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	dir := t.TempDir()
	files := map[string][]byte{"go.mod": []byte("module api\n\ngo 1.25\n"), "null_test.go": []byte(nullTest)}
	for _, f := range result.Files {
		files[f.Name] = f.Data
		if f.Name != "server_api.go" {
			continue
		}
		null := 0
		for _, endpoint := range strings.Split(string(f.Data), "\nfunc ") { // each calls its handler in two ways
			if strings.Contains(endpoint, "x.JSONOrNull(") {
				null++
			}
		}
		if null != 4 {
			t.Errorf("not four answers may be null, but %d:\n%s", null, f.Data)
		}
	}
	if files["server_api.go"] == nil {
		t.Error("there is no server_api.go")
	}
	writeAll(t, dir, files)
	cmd := exec.Command("go", "test", "-vet=all", ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
