package generator_test

import (
	"context"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
)

// TestCodeBesideRange holds that a code and a range that includes it are two answers, each with its
// type.
func TestCodeBesideRange(t *testing.T) {
	const text = `openapi: 3.0.3
info: {title: Ranges, version: "1"}
paths:
  /both:
    get:
      operationId: both
      responses:
        "2XX": {description: other, content: {application/json: {schema: {type: integer}}}}
        "200": {description: ok, content: {application/json: {schema: {type: string}}}}
`
	result, diags := generator.Generate(context.Background(),
		generator.Options{Spec: "a.yaml", Data: []byte(text), Package: "api"})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	m := result.API.Operations[0].Result.Members
	if len(m) != 2 || m[0].Range || m[0].Status != 200 || !m[1].Range || m[1].Status == 200 ||
		m[0].Name == m[1].Name {
		t.Fatalf("%+v %+v", m[0], m[1])
	}
	for _, f := range result.Files {
		switch {
		case f.Name == "client_api.go" &&
			!strings.Contains(string(f.Data), "default:\n\t\tif res.Status != http.StatusNoContent {\n\t\t\terr = res.JSON(&out.Other)"):
			t.Errorf("the client does not read the range:\n%s", f.Data)
		case f.Name == "server_api.go" &&
			!strings.Contains(string(f.Data), "x.JSON(out.StatusCode, out.Other, nil)"):
			t.Errorf("the server does not answer the range:\n%s", f.Data)
		}
	}
}
