package generator_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
)

// TestMeaning generates a package from each spec below testdata/meaning and runs the tests that
// stand beside it there: what a spec says is what its client, its server and the wire between them
// do. Package slim, below a spec whose tests import it, is what is generated for limits alone.
// diagnostics.txt has the warnings of a spec that has any.
func TestMeaning(t *testing.T) {
	specs, err := filepath.Glob("testdata/meaning/*/spec.yaml")
	if err != nil || len(specs) == 0 {
		t.Fatal("no specs", err)
	}
	root := t.TempDir()
	put(t, filepath.Join(root, "go.mod"), []byte("module example.com/meaning\n\ngo 1.25\n"))
	for _, f := range emit.Runtime("example.com/meaning", []string{"rest"}) {
		put(t, filepath.Join(root, f.Name), f.Data)
	}
	for _, spec := range specs {
		name := filepath.Base(filepath.Dir(spec))
		result, diags := generator.Generate(context.Background(), generator.Options{
			Spec: "spec.yaml", Data: read(t, spec), Package: "api", ImportPath: "example.com/meaning/" + name,
			RuntimePath: "example.com/meaning",
		})
		var said strings.Builder
		for _, d := range diags {
			said.WriteString(d.String() + "\n")
		}
		wanted, err := os.ReadFile(filepath.Join(filepath.Dir(spec), "diagnostics.txt"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if said.String() != string(wanted) {
			t.Errorf("%s: the diagnostics are\n%s, and\n%s is expected", name, &said, wanted)
		}
		if result == nil {
			continue
		}
		for _, f := range result.Files {
			put(t, filepath.Join(root, name, f.Name), f.Data)
		}
		tests, err := filepath.Glob(filepath.Join(filepath.Dir(spec), "*_test.go"))
		if err != nil || len(tests) == 0 {
			t.Fatal("no tests of", name, err)
		}
		for _, file := range tests {
			text := read(t, file)
			put(t, filepath.Join(root, name, filepath.Base(file)), text)
			if bytes.Contains(text, []byte(name+"/slim")) {
				alone(t, root, name, spec)
			}
		}
	}
	cmd := exec.Command("go", "test", "-vet=all", "./...")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// alone generates the limits of a spec, and nothing else, as package slim.
func alone(t *testing.T, root, name, spec string) {
	t.Helper()
	slim, diags := generator.Generate(context.Background(), generator.Options{
		Spec: "spec.yaml", Data: read(t, spec), Package: "slim", Emit: []string{"limits"}, ImportPath: "example.com/meaning/" + name + "/slim",
		RuntimePath: "example.com/meaning",
	})
	if slim == nil {
		t.Fatal(diags)
	}
	for _, f := range slim.Files {
		put(t, filepath.Join(root, name, "slim", f.Name), f.Data)
	}
}

// put writes a file and the folders that it needs.
func put(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
