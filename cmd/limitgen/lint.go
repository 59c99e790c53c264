package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/lint"
	"github.com/limitgen/limitgen/generator/source"
)

var lintVerb = verb{
	name:    "lint",
	summary: "report everything that is wrong with OpenAPI files and their limits",
	run:     runLint,
	help: `Report all findings about OpenAPI files and their x-rate-limit extensions at once,
sorted, as file:line:col: message [rule].

Usage: limitgen lint FILE|-... [--format text|json|github|sarif]

  --format FORMAT  text (default), json, github (annotations of a workflow) or sarif

Errors stop 'limitgen generate', warnings do not; here both are findings.

Examples:
  limitgen lint api.yaml
  limitgen lint specs/*.yaml --format github
  limitgen lint api.yaml --format sarif >limitgen.sarif

Exit codes: 0 nothing found, 1 errors or warnings, 2 could not do it.
`,
}

// printers are the values of --format.
var printers = map[string]func(io.Writer, diag.List) error{
	"text":   diag.Text,
	"json":   diag.JSON,
	"github": diag.GitHub,
	"sarif":  diag.SARIF,
}

func runLint(v verb, s streams, args []string) int {
	fs := v.flagSet()
	format := fs.String("format", "text", "")
	if code, ok := v.parse(fs, s, args); !ok {
		return code
	}
	if fs.NArg() == 0 {
		return v.misuse(s, "no file to read")
	}
	print, ok := printers[*format]
	if !ok {
		known := slices.Sorted(maps.Keys(printers))
		return v.misuse(s, "--format does not know %q%s; it takes %s", *format, hint(*format, "", known), strings.Join(known, ", "))
	}
	var found diag.List
	code := exitOK
	for _, path := range fs.Args() {
		sp, err := readSpec(path, s.in)
		if err != nil {
			code = v.fail(s, "%s", err)
			continue
		}
		doc, diags := source.Load(sp.name, sp.data)
		found = append(found, diags...)
		if doc != nil {
			found = append(found, lint.Lint(doc)...)
		}
	}
	found = found.Sorted()
	if err := print(s.out, found); err != nil {
		return v.fail(s, "%s", err)
	}
	if code == exitOK && len(found) > 0 {
		return exitFound
	}
	return code
}
