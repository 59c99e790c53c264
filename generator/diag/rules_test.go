package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/generator/diag"
)

// TestEveryRuleIsDescribed finds the rules that the generator's code gives to its findings: second
// arguments of Errorf and Warnf, and what stands in constants and parameters whose names begin with
// "rule".
func TestEveryRuleIsDescribed(t *testing.T) {
	used := map[string]string{} // to a place
	visit := func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") ||
			strings.HasSuffix(name, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		add := func(e ast.Expr) {
			lit, ok := e.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return
			}
			id, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			used[id] = set.Position(lit.Pos()).String()
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Errorf" ||
					f.Sel.Name == "Warnf") && len(n.Args) > 2 {
					add(n.Args[1])
				}
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if strings.HasPrefix(strings.ToLower(n.Names[i].Name), "rule") {
						add(v)
					}
				}
			}
			return true
		})
		return nil
	}
	for _, root := range []string{"..", "../../cmd/limitgen"} {
		if err := filepath.WalkDir(root, visit); err != nil {
			t.Fatal(err)
		}
	}
	if len(used) < 20 {
		t.Fatalf("only %d rules are found, so the search is wrong", len(used))
	}
	for id, place := range used {
		if diag.Describe(id) == "" {
			t.Errorf("%s: rule %q has no description in rules.go", place, id)
		}
	}
	for _, id := range diag.Rules() {
		if used[id] == "" {
			t.Errorf("no finding has rule %q, which rules.go describes", id)
		}
		if d := diag.Describe(id); !strings.HasSuffix(d, ".") || len(d) > 120 {
			t.Errorf("the description of %q is not a short sentence: %q", id, d)
		}
	}
	if !slices.IsSorted(diag.Rules()) {
		t.Error("rules are not in order")
	}
}
