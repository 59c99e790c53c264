// Long prints, for the folders given, a regular expression of the tests that do less, or nothing,
// under -short: those that call testing.Short or read LIMITGEN_PROOF, themselves or through a
// function of their package. With it "make proof" runs what "make test" left out and not the
// rest once more. It prints nothing where no test is long.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	var names []string
	for _, root := range os.Args[1:] {
		found, err := below(root)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 0 {
		fmt.Printf("^(%s)$\n", strings.Join(names, "|"))
	}
}

// below returns the names of long tests in root and the folders in it, but not in modules nested
// there, which have a test run of their own.
func below(root string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if e.Name() == "testdata" {
			return fs.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && path != root {
			return fs.SkipDir
		}
		found, err := inFolder(path)
		names = append(names, found...)
		return err
	})
	return names, err
}

// inFolder returns the long tests of one folder. Functions are distinguished by name alone, so a
// method of a long one's name makes its callers long too: that runs one test too many at worst.
func inFolder(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	uses, long := map[string][]string{}, map[string]bool{}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range tree.Decls {
			for _, name := range declared(d) {
				ast.Inspect(d, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.SelectorExpr:
						if x, ok := n.X.(*ast.Ident); ok && x.Name == "testing" && n.Sel.Name == "Short" {
							long[name] = true
						}
					case *ast.BasicLit:
						long[name] = long[name] || n.Value == `"LIMITGEN_PROOF"`
					case *ast.Ident:
						uses[name] = append(uses[name], n.Name)
					}
					return true
				})
			}
		}
	}
	for spread := true; spread; {
		spread = false
		for name, used := range uses {
			if !long[name] && slices.ContainsFunc(used, func(u string) bool { return long[u] }) {
				long[name], spread = true, true
			}
		}
	}
	var tests []string
	for name, is := range long {
		if is && strings.HasPrefix(name, "Test") && name != "TestMain" {
			tests = append(tests, name)
		}
	}
	return tests, nil
}

// declared returns the names of functions, variables and constants that d declares.
func declared(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return []string{d.Name.Name}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			if v, ok := s.(*ast.ValueSpec); ok {
				for _, n := range v.Names {
					names = append(names, n.Name)
				}
			}
		}
		return names
	}
	return nil
}
