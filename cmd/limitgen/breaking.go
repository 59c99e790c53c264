package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/compat"
	"github.com/limitgen/limitgen/generator/diag"
)

var breakingVerb = verb{
	name:    "breaking",
	args:    "OLD NEW [FLAGS]",
	summary: "report what changed between two versions of a spec, and what breaks callers",
	long: `Report what changed in the limits and operations of a spec, from OLD to NEW, with the
place on both sides and what it means for callers and servers built from OLD.

OLD and NEW are files, - for standard input, or REF:PATH for a file in the history of the
git repository here. What is compared is what the specs mean: order, comments, anchors,
$refs and the spelling of numbers make no difference.

An error breaks callers that kept to OLD; a warning may; a note does not.`,
	examples: []string{
		"limitgen breaking old.yaml new.yaml",
		"limitgen breaking main:api.yaml api.yaml --fail-on any",
		"limitgen breaking v1.2.0:api.yaml api.yaml --format github",
	},
	codes:  "0 no change that --fail-on names, 1 some, 2 could not do it.",
	files:  specFiles,
	define: defineBreaking,
}

// failing are the values of --fail-on.
var failing = []string{"breaking", "any", "none"}

func defineBreaking(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	failOn := fs.String("fail-on", "breaking", "exit with 1 for `CHANGES`: breaking (errors), any or none")
	format := fs.String("format", "text", "output `FORMAT`: text, json, markdown, github, gitlab or sarif")
	sides := addSides(fs)
	fs.BoolVar(&sides.golang, "go", false, "compare the generated Go code's exported names, too (takes seconds)")
	return func(s streams, args []string) int {
		print, err := changePrinter(s, *format)
		if err != nil {
			return v.misuse(s, "%s", err)
		}
		if !slices.Contains(failing, *failOn) {
			return v.misuse(s, "--fail-on does not know %q%s; it takes %s", *failOn, hint(*failOn, "", failing), strings.Join(failing, ", "))
		}
		if err := sides.check(); err != nil {
			return v.misuse(s, "%s", err)
		}
		if len(args) != 2 {
			return v.misuse(s, "it takes OLD and NEW, not %d arguments", len(args))
		}
		found, code := v.compare(s, args[0], args[1], sides)
		if code != exitOK {
			return code
		}
		if err := print(s.out, found); err != nil {
			return v.fail(s, "%s", err)
		}
		if *failOn == "any" && len(found) > 0 || *failOn == "breaking" && compat.Breaks(found) {
			return exitFound
		}
		return exitOK
	}
}

// changePrinters are the values of --format.
func changePrinter(s streams, format string) (func(io.Writer, []compat.Finding) error, error) {
	of := func(print func(io.Writer, diag.List) error) func(io.Writer, []compat.Finding) error {
		return func(w io.Writer, found []compat.Finding) error {
			list := make(diag.List, 0, len(found))
			for _, f := range found {
				list = append(list, f.Diagnostic())
			}
			return print(w, list)
		}
	}
	switch format {
	case "text":
		return func(w io.Writer, found []compat.Finding) error { return compat.Text(w, s.style(w), found) }, nil
	case "json":
		return compat.JSON, nil
	case "markdown":
		return func(w io.Writer, found []compat.Finding) error { return compat.Markdown(w, found, 2) }, nil
	case "github":
		return of(diag.GitHub), nil
	case "gitlab":
		return of(diag.GitLab), nil
	case "sarif":
		return of(diag.SARIF), nil
	}
	known := []string{"github", "gitlab", "json", "markdown", "sarif", "text"}
	return nil, fmt.Errorf("--format does not know %q%s; it takes %s", format, hint(format, "", known), strings.Join(known, ", "))
}
