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
			file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n\n"+text+"\n",
				parser.ParseComments)
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

// TestCommentParagraphs holds that the lines of a paragraph become one text, and that others stay.
func TestCommentParagraphs(t *testing.T) {
	const half = "The grant decides which fields of the body are needed"
	for text, want := range map[string]string{
		half + ":\nclient_credentials needs the secret.":       "// " + half + ": client_credentials needs the secret.",
		half + "\r\n  and which are not.\n\nThe end.":          "// " + half + " and which are not.\n//\n// The end.",
		"Values:\nactive: in use\ninactive: not":               "// Values:\n// active: in use\n// inactive: not",
		half + "\n- one\n- " + half + "\n  for two\n3. x\n4.y": "// " + half + "\n// - one\n// - " + half + " for two\n// 3. x\n// 4.y",
		half + "  \nnext": "// " + half + "\n// next",
		half + "\n2.0 is new.\n{% note %}\n" + half: "// " + half + " 2.0 is new.\n// {% note %}\n// " + half,
		half + "\\\nnext":                                "// " + half + "\\\n// next",
		half + "\n| a | b |\n|---|---|\n" + half:         "// " + half + "\n// | a | b |\n// |---|---|\n// " + half,
		"```\n" + half + "\n" + half + "\n```\nnext":     "// ```\n// " + half + "\n// " + half + "\n// ```\n// next",
		half + "\n\n\t" + half + "\n\t" + half:           "// " + half + "\n//\n// " + half + "\n// " + half,
		"# " + half + "\n" + half + "\n----":             "// # " + half + "\n// " + half + "\n// ----",
		half + "\n> " + half + "\nquoted\n2022 was new.": "// " + half + "\n// > " + half + " quoted\n// 2022 was new.",
	} {
		if got := comment(text); got != want {
			t.Errorf("%q became\n%s\nwant\n%s", text, got, want)
		}
	}
}
