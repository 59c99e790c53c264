package generator_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/golang"
	"github.com/limitgen/limitgen/templates"
)

// Every companion stands in its folder under its folder's name, and says nothing of where it comes from.
func TestCompanions(t *testing.T) {
	o := generator.Options{Spec: example, Data: read(t, example), Package: "api", ImportPath: "example.com/x"}
	folders := make(map[string]bool)
	for _, c := range generator.Companions() {
		folders[c.Folder] = true
		if c.Flag == "observe" {
			o.Observe = append(o.Observe, c.Name)
		} else {
			o.Store = append(o.Store, c.Name)
		}
	}
	result, diags := generator.Generate(context.Background(), o)
	if result == nil {
		t.Fatal(diags)
	}
	seen := make(map[string]bool)
	for _, f := range result.Files {
		folder := path.Dir(f.Name)
		if !folders[folder] {
			continue
		}
		seen[folder] = true
		text := string(f.Data)
		if !strings.HasPrefix(text, golang.Header+"\n// Source: ") || !strings.Contains(text, "\npackage "+folder+"\n") ||
			strings.Contains(text, "go:build") || strings.Contains(text, templates.RuntimePath) {
			t.Errorf("%s begins\n%.300s", f.Name, text)
		}
	}
	if len(seen) != len(folders) {
		t.Errorf("emitted %v of %v", seen, folders)
	}
}

// An observer is compiled with the client alone or the server alone, so it needs only what both have.
func TestObserversNeedWhatEveryOutputHas(t *testing.T) {
	var has []string
	for _, f := range templates.Runtime() {
		if f.Group == "common" || f.Group == "limits" {
			for name := range parse(t, f.Name, "package runtime\n"+string(f.Body)).Scope.Objects {
				has = append(has, name)
			}
		}
	}
	for _, c := range generator.Companions() {
		if c.Flag != "observe" {
			continue
		}
		for _, f := range templates.Companion(c.Folder) {
			ast.Inspect(parse(t, f.Name, string(f.Body)), func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "api" && !slices.Contains(has, s.Sel.Name) {
					t.Errorf("%s/%s needs %s", c.Folder, f.Name, s.Sel.Name)
				}
				return true
			})
		}
	}
}

func parse(t *testing.T, name, text string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
