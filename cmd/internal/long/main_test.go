package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestLongTestsAreFound(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/a_test.go": `package a
import ("os"; "testing")
var rounds = func() int { if os.Getenv("LIMITGEN_PROOF") == "1" { return 9 }; return 1 }()
func TestSkips(t *testing.T) { if testing.Short() { t.Skip() } }
func TestMany(t *testing.T) { for range rounds { step() } }
func TestHelped(t *testing.T) { needsTime(t) }
func needsTime(t *testing.T) { deeper(t) }
func deeper(t *testing.T) { if testing.Short() { t.Skip() } }
func TestQuick(t *testing.T) { step() }
func step() {}
`,
		"b/b_test.go":        "package b\nimport \"testing\"\nfunc TestOther(t *testing.T) {}\n",
		"c/go.mod":           "module c\n",
		"c/c_test.go":        "package c\nimport \"testing\"\nfunc TestNested(t *testing.T) { _ = testing.Short() }\n",
		"testdata/x_test.go": "package x\nimport \"testing\"\nfunc TestData(t *testing.T) { _ = testing.Short() }\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for dir, want := range map[string][]string{"": {"TestHelped", "TestMany", "TestSkips"}, "b": nil, "c": {"TestNested"}} {
		got, err := below(filepath.Join(root, dir))
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v; want %v", dir, got, err, want)
		}
	}
}
