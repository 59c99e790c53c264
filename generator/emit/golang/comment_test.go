package golang

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"unicode"
)

// FuzzComment holds that text of a spec stays a comment whatever it holds: a file of nothing else
// has no code and no directive, and no line of it turns the direction of text.
func FuzzComment(f *testing.F) {
	for _, s := range []string{
		"", "plain", "*/ var x int", "a\nvar x int", "a\rvar x int", "a\u2028var x int", "a\u0085var x int", "go:build never",
		"\n//go:embed x", "line 1\n\n\n  line 2\n", "\u202e", "\ufeff", "\x00", "\xff", strings.Repeat("long ", 60), strings.Repeat("x", 300),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{comment(s), "// " + oneLine(s)} {
			file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n\n"+text+"\n", parser.ParseComments)
			if err != nil || len(file.Decls) > 0 {
				t.Fatalf("%q is code in %q: %v", s, text, err)
			}
			for line := range strings.SplitSeq(text, "\n") {
				if line != "//" && !strings.HasPrefix(line, "// ") {
					t.Fatalf("%q begins a line %q", s, line)
				}
			}
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
				t.Fatalf("%q hides something in %q", s, text)
			}
		}
	})
}

func TestNoLineOfACommentIsABuildConstraint(t *testing.T) {
	long := strings.Repeat("word ", 19) // the next word begins a line
	for _, text := range []string{"+build ignore", "a\n+build ignore", long + "+build ignore", "//go:build ignore", "\u2028+build\tx"} {
		for line := range strings.Lines(comment(text)) {
			if !strings.HasPrefix(line, "// ") || strings.HasPrefix(line, "// +build") {
				t.Errorf("%q became %q", text, line)
			}
		}
	}
}
