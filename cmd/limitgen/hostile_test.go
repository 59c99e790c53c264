package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNamesOfFilesDoNotReachTheTerminal checks a folder, and reads files, whose names would move the
// cursor or begin a line of their own.
func TestNamesOfFilesDoNotReachTheTerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	const spec = `openapi: 3.0.3
info: {title: A, version: "1"}
paths: {/a: {get: {operationId: getA, responses: {"200": {description: ok}}}}}
`
	for name, text := range map[string]string{"go.mod": "module example.com/a\n\ngo 1.25\n", "a.yaml": spec} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	if code := run([]string{"generate", "--spec", "a.yaml", "--out", "gen", "--emit", "limits"}, nil, &out, &errs); code != exitOK {
		t.Fatal(errs.String())
	}
	data, err := os.ReadFile(filepath.Join("gen", "doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	name := "x\x1b[31m\ny.go: ok.go"
	for _, dir := range []string{"gen", "else"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Skip("the file system refuses such a name")
		}
	}
	for _, args := range [][]string{{"check"}, {"check", "--diff"}, {"list", "x\x1b[31m"}, {"lint", "x\x1b[31m"}, {"generate"}} {
		out.Reset()
		errs.Reset()
		run(args, nil, &out, &errs)
		if text := out.String() + errs.String(); strings.Contains(text, "\x1b") || strings.Contains(text, "\ny.go") || text == "" {
			t.Errorf("%v: %q", args, text)
		}
	}
}
