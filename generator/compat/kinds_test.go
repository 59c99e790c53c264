package compat_test

import (
	"bytes"
	"context"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

var update = flag.Bool("update", false, "write what changes are found into the files of testdata/kinds")

// load reads a spec, which has no errors.
func load(t testing.TB, name string, data []byte) *model.API {
	t.Helper()
	api, diags := generator.Model(context.Background(), generator.Options{Spec: name, Data: data})
	if diags.HasErrors() {
		t.Fatalf("%s\n%s", diags, data)
	}
	return api
}

// render is load with the Go code.
func render(t testing.TB, name string, data []byte) *generator.Result {
	t.Helper()
	result, diags := generator.Generate(context.Background(),
		generator.Options{Spec: name, Data: data, Package: "api"})
	if diags.HasErrors() {
		t.Fatalf("%s\n%s", diags, data)
	}
	return result
}

// TestKinds changes a spec in one respect, a file each, and compares it with the spec, forward and
// back. The file says what stands for what, and what changes are found. Between them, all kinds
// are.
func TestKinds(t *testing.T) {
	base, err := os.ReadFile("testdata/kinds/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/kinds/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "forward" })
			if golden < 0 {
				golden = len(archive.Files)
			}
			changed := patch(t, string(base), archive.Files[:golden])
			golang := strings.Contains(file, "go-")
			if golang && testing.Short() {
				t.Skip("reads the standard library's source")
			}
			read := func(name string, data []byte) *generator.Result { return &generator.Result{API: load(t, name, data)} }
			if golang {
				read = func(name string, data []byte) *generator.Result { return render(t, name, data) }
			}
			was, is := read("base.yaml", base), read("changed.yaml", []byte(changed))
			forward := txtar.File{Name: "forward", Data: compared(t, was, is, golang, seen)}
			back := txtar.File{Name: "back", Data: compared(t, is, was, golang, seen)}
			got := txtar.Format(&txtar.Archive{Files: append(archive.Files[:golden:golden], forward, back)})
			if want := txtar.Format(archive); *update {
				if err := os.WriteFile(file, got, 0o666); err != nil {
					t.Fatal(err)
				}
			} else if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	for _, kind := range kinds(t) {
		if !seen[kind] && !(testing.Short() && strings.HasPrefix(kind, "go-")) {
			t.Errorf("no file of testdata/kinds has a change of kind %q", kind)
		}
	}
}

// patch carries out replacements, which stand in pairs of files.
func patch(t *testing.T, text string, files []txtar.File) string {
	t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		from, to := strings.TrimSuffix(string(files[i].Data), "\n"),
			strings.TrimSuffix(string(files[i+1].Data), "\n")
		if strings.Count(text, from) != 1 {
			t.Fatalf("%q stands %d times in\n%s", from, strings.Count(text, from), text)
		}
		text = strings.Replace(text, from, to, 1)
	}
	return text
}

// compared prints what changed. Every change has a line on both sides.
func compared(t *testing.T, old, next *generator.Result, golang bool, seen map[string]bool) []byte {
	t.Helper()
	was, is := old.API, next.API
	found := compat.Specs(was, is)
	if golang {
		more, err := compat.Go(was, is, old.Files, next.Files, "api")
		if err != nil {
			t.Fatal(err)
		}
		found = compat.WithGo(found, more)
	}
	if len(found) == 0 {
		t.Error("no change is found")
	}
	for _, f := range found {
		seen[string(f.Kind)] = true
		if f.Old.Line == 0 || f.New.Line == 0 || f.Old.File != was.File || f.New.File != is.File {
			t.Errorf("%s: %s is at %s, was at %s", f.Kind, f.Text, f.New, f.Old)
		}
		if f.Text == "" || f.Caller == "" || f.Server == "" {
			t.Errorf("%s does not say all: %+v", f.Kind, f)
		}
	}
	var b bytes.Buffer
	if err := compat.Text(&b, diag.Style{}, found); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// kinds returns the constants of type Kind.
func kinds(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "kinds.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, text)
		}
		return true
	})
	return out
}
