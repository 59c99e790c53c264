package generator_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
)

// errorsOf returns the errors among findings.
func errorsOf(found diag.List) []string {
	var out []string
	for _, d := range found.Sorted() {
		if d.Severity == diag.Error {
			out = append(out, d.String())
		}
	}
	return out
}

// agree holds that the commands refuse the same specs for the same reasons, each at a place.
func agree(t *testing.T, name string, data []byte) (failed bool) {
	t.Helper()
	o := generator.Options{Spec: name, Data: data, Package: "api"}
	lint := generator.Lint(context.Background(), o)
	for _, d := range lint {
		if d.Pos.Line == 0 || d.Pos.Col == 0 {
			t.Errorf("%s: no place: %v", name, d)
		}
	}
	_, listed := generator.Effective(context.Background(), o)
	_, generated := generator.Generate(context.Background(), o)
	want := errorsOf(lint)
	if got := errorsOf(listed); !slices.Equal(got, want) {
		t.Errorf("%s: list says %q, lint %q", name, got, want)
	}
	if got := errorsOf(generated); !slices.Equal(got, want) {
		t.Errorf("%s: generate says %q, lint %q", name, got, want)
	}
	return len(want) > 0
}

func TestCommandsAgree(t *testing.T) {
	for _, pattern := range []string{"../spec/valid/*.yaml", "../spec/invalid/*.yaml", "testdata/reading/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if failed := agree(t, filepath.Base(file), data); failed &&
				filepath.Base(filepath.Dir(file)) == "valid" {
				t.Errorf("%s is not valid", file)
			}
		}
	}
}
