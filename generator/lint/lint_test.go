package lint_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
)

var update = flag.Bool("update", false, "write the golden diagnostics of spec/invalid anew")

func lintFile(t *testing.T, path string) diag.List {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return generator.Lint(context.Background(), generator.Options{Spec: filepath.Base(path), Data: data})
}

func specs(t *testing.T, kind string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "spec", kind, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s specs: %v", kind, err)
	}
	return files
}

func TestValid(t *testing.T) {
	for _, path := range specs(t, "valid") {
		for _, d := range lintFile(t, path) {
			t.Errorf("%v", d)
		}
	}
}

func TestInvalid(t *testing.T) {
	for _, path := range specs(t, "invalid") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			var got bytes.Buffer
			if err := diag.Text(&got, lintFile(t, path)); err != nil {
				t.Fatal(err)
			}
			if got.Len() == 0 {
				t.Fatal("nothing found")
			}
			golden := strings.TrimSuffix(path, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); !bytes.Equal(got.Bytes(), want) {
				t.Errorf("got\n%swant\n%s", got.Bytes(), want)
			}
		})
	}
}

// TestRules holds that every rule has an invalid spec.
func TestRules(t *testing.T) {
	found := make(map[string]bool)
	for _, path := range specs(t, "invalid") {
		for _, d := range lintFile(t, path) {
			found[d.Rule] = true
		}
	}
	for _, rule := range strings.Fields(`extension-schema expression dialect misplaced unknown-name missing-parameter missing-count cost-kind no-credential
		path-template path-parameter ambiguous-path missing-429 max-beside-max-items unused-limit dead-variant name-collision no-limit
		cost-above-quota x-client example-mismatch`) {
		if !found[rule] {
			t.Errorf("no spec in spec/invalid breaks %s", rule)
		}
	}
}
