package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
)

var lintVerb = verb{
	name:    "lint",
	args:    "FILE|-... [FLAGS]",
	summary: "report everything that is wrong with OpenAPI files and their limits",
	long: `Report all findings about OpenAPI files and their x-rate-limit extensions at once,
sorted, as file:line:col: severity: message [rule].

Errors stop 'limitgen generate', warnings do not; here both are findings. A settings file
can turn warnings of a rule off or into errors, and accept single ones with a reason:

  lint:
    severity: {missing-429: off}
    accepted:
      - {rule: ambiguous-path, file: api.yaml, match: super_admin, reason: the vendor's}

An acceptance that no finding meets is itself a finding.`,
	examples: []string{
		"limitgen lint api.yaml",
		"limitgen lint specs/*.yaml --format github --disable missing-429",
		"limitgen lint api.yaml --format sarif >limitgen.sarif",
	},
	codes:  "0 nothing found, 1 errors or warnings, 2 could not do it.",
	files:  specFiles,
	define: defineLint,
}

// printers are the values of --format.
var printers = map[string]func(io.Writer, diag.List) error{
	"text":   diag.Text, // in colour on a terminal
	"json":   diag.JSON,
	"github": diag.GitHub,
	"gitlab": diag.GitLab,
	"sarif":  diag.SARIF,
}

func printerFor(format string) (func(io.Writer, diag.List) error, error) {
	if print, ok := printers[format]; ok {
		return print, nil
	}
	known := slices.Sorted(maps.Keys(printers))
	return nil, fmt.Errorf("--format does not know %q%s; it takes %s", format, hint(format, "", known), strings.Join(known, ", "))
}

func defineLint(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	format := fs.String("format", "text", "output `FORMAT`: text, json, github, gitlab or sarif")
	var over []string
	fs.StringArrayVar(&over, "overlay", nil, overlayUsage)
	strict := fs.Bool("strict", false, strictUsage)
	base := fs.String("base-path", "", basePathUsage)
	j := addJudge(fs)
	return func(s streams, paths []string) int {
		if len(paths) == 0 {
			return v.misuse(s, "no file to read")
		}
		path, err := validBasePath(*base)
		if err != nil {
			return v.misuse(s, "%s", err)
		}
		if err := checkOverlays(over); err != nil {
			return v.misuse(s, "%s", err)
		}
		if len(over) > 0 && len(paths) > 1 {
			return v.misuse(s, "--overlay is for one spec, and %d are given", len(paths))
		}
		overlays, err := readOverlays(over)
		if err != nil {
			return v.fail(s, "%s", err)
		}
		o := generator.Options{Overlay: overlays, Strict: *strict}
		o.Config.BasePath = path
		return v.lint(s, paths, *format, o, j)
	}
}

// lint reads the files and prints the findings.
func (v verb) lint(s streams, paths []string, format string, o generator.Options, j *judge) int {
	print, err := printerFor(format)
	if err != nil {
		return v.misuse(s, "%s", err)
	}
	if format == "text" {
		print = s.style(s.out).Text
	}
	var found diag.List
	code := exitOK
	for _, path := range paths {
		sp, err := readSpec(path, s.in)
		if err != nil {
			code = v.fail(s, "%s", err)
			continue
		}
		o.Spec, o.Data, o.Read = sp.name, sp.data, partsOf(sp.name, o.Overlay)
		diags := generator.Lint(context.Background(), o)
		if diags, err = j.judge(path, diags); err != nil {
			return v.misuse(s, "%s", err)
		}
		found = append(found, diags...)
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
