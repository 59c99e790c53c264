package generator_test

import (
	"context"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
)

var update = flag.Bool("update", false, "write the golden files of spec/features anew")

const features = "../spec/features"

// TestFeatures generates from small specs, one feature each. Beside each spec stands what comes
// out: the findings and the API's own Go files.
func TestFeatures(t *testing.T) {
	specs, err := filepath.Glob(filepath.Join(features, "*.yaml"))
	if err != nil || len(specs) < 8 {
		t.Fatal(specs, err)
	}
	root := t.TempDir()
	for _, spec := range specs {
		name := strings.TrimSuffix(filepath.Base(spec), ".yaml")
		t.Run(name, func(t *testing.T) {
			result, diags := generator.Generate(context.Background(), generator.Options{
				Spec: filepath.Base(spec), Data: read(t, spec), Package: "api",
				ImportPath: "example.com/features/" + name, RuntimePath: "example.com/features",
			})
			if result == nil {
				t.Fatal(diags)
			}
			archive := &txtar.Archive{}
			for _, d := range append(diags, result.Lints...).Sorted() {
				archive.Comment = append(archive.Comment, d.String()+"\n"...)
			}
			for _, f := range result.Files {
				strayComments(t, f.Name, f.Data)
				put(t, filepath.Join(root, name, f.Name), f.Data)
				archive.Files = append(archive.Files, txtar.File{Name: f.Name, Data: f.Data})
			}
			golden := strings.TrimSuffix(spec, ".yaml") + ".golden"
			got := string(txtar.Format(archive))
			if *update {
				put(t, golden, []byte(got))
			} else if want, err := os.ReadFile(golden); err != nil || string(want) != got {
				t.Errorf("%s is not what comes out; run go test ./generator -run Features -update and look at the change (%v)", golden, err)
			}
		})
	}
	if testing.Short() {
		return // whether it compiles changes with the golden files
	}
	put(t, filepath.Join(root, "go.mod"), []byte("module example.com/features\n\ngo 1.25\n"))
	for _, f := range emit.Runtime("example.com/features", []string{"rest"}) {
		put(t, filepath.Join(root, f.Name), f.Data)
	}
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// strayComments reports comments between declarations that are no declaration's: what they describe
// was not printed.
func strayComments(t *testing.T, name string, data []byte) {
	t.Helper()
	if filepath.Ext(name) != ".go" {
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Comments {
		stray := c.Pos() > file.Package
		for _, d := range file.Decls {
			begin := d.Pos()
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Doc != nil {
					begin = d.Doc.Pos()
				}
			case *ast.GenDecl:
				if d.Doc != nil {
					begin = d.Doc.Pos()
				}
			}
			stray = stray && (c.Pos() < begin || c.Pos() > d.End())
		}
		if stray {
			t.Errorf("%s: a comment of nothing: %s", name, c.Text())
		}
	}
}
