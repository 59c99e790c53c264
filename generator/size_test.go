package generator_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
)

// A small API without limits is a small package: what every API needs stands in the run-time's
// packages, and nothing in its own says a word of limits.
func TestSmallAPIsAreSmall(t *testing.T) {
	result, diags := generator.Generate(context.Background(), generator.Options{
		Spec: "petstore.yaml", Data: read(t, "testdata/sizes/petstore.yaml"), Package: "petstore", Emit: []string{"client"},
		ImportPath: "example.com/petstore", RuntimePath: "example.com/runtime",
	})
	if len(diags) > 0 || result == nil {
		t.Fatal(diags)
	}
	lines := 0
	for _, f := range result.Files {
		lines += bytes.Count(f.Data, []byte("\n"))
		for line := range strings.Lines(string(f.Data)) {
			if l := strings.ToLower(line); strings.Contains(l, "ratelimit") ||
				strings.Contains(l, "limits") {
				t.Errorf("%s: %s", f.Name, line)
			}
		}
	}
	if lines >= 350 || len(result.Files) >= 8 || len(result.API.Operations) != 4 {
		t.Errorf("%d lines in %d files for %d operations", lines, len(result.Files),
			len(result.API.Operations))
	}
}
