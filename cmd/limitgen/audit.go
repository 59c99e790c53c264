package main

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/audit"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
)

var auditVerb = verb{
	name:    "audit",
	args:    "FILE|- --table FILE [FLAGS]",
	summary: "compare a published table of limits with a spec",
	long: `Compare the table of limits that a vendor publishes with a spec: rows added and gone,
other numbers, units, time spans, keys, methods, URLs, and pools ("these two together").
Differences that a spec records (origin: {printed, erratum}) are not findings. What
cannot be read is one.

The table is Markdown, HTML, CSV, or text with pipes or tabs, in English or Chinese.`,
	more: columnsHelp,
	examples: []string{
		"limitgen audit api.yaml --table limits.md",
		`limitgen audit api.yaml --table limits.html --columns "Endpoint=url,Plan=ignore"`,
		`limitgen audit api.yaml --table limits.md --keys "App Key=app" --format github`,
	},
	codes:  "0 they agree, 1 they differ or something cannot be read, 2 could not do it.",
	files:  specFiles,
	define: defineAudit,
}

var columnsHelp = "A column is one of " + strings.Join(published.Roles, ", ") + ".\n"

func defineAudit(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	t := addTableFlags(fs)
	a := &auditArguments{table: t}
	fs.StringVar(&a.doc, "doc", "", "`NAME` under docs of the document that the table is")
	fs.StringVar(&a.format, "format", "text", "output `FORMAT`: text, json, github, gitlab or sarif")
	fs.StringVar(&a.base, "base-path", "", basePathUsage)
	fs.StringArrayVar(&a.overlays, "overlay", nil, overlayUsage)
	a.judge = addJudge(fs)
	return func(s streams, args []string) int {
		if len(args) != 1 {
			return v.misuse(s, "it takes one file, not %d", len(args))
		}
		if code := v.needsTable(s, t); code != exitOK {
			return code
		}
		if t.path == manifest.Stdin && args[0] == manifest.Stdin {
			return v.misuse(s, "the spec and the table cannot both be standard input")
		}
		a.spec = args[0]
		return v.audit(s, a)
	}
}

// needsTable returns an error for a spec without a table.
func (v verb) needsTable(s streams, t *tableFlags) int {
	if t.path == "" {
		return v.misuse(s, "--table names the file with the published table")
	}
	return exitOK
}

// auditArguments are the command line of audit.
type auditArguments struct {
	spec, doc, format, base string
	overlays                []string
	table                   *tableFlags
	judge                   *judge
}

// audit reads both files and prints their differences.
func (v verb) audit(s streams, a *auditArguments) int {
	print, err := printerFor(a.format)
	if err != nil {
		return v.misuse(s, "%s", err)
	}
	if a.format == "text" {
		print = s.style(s.out).Text
	}
	set, found, err := a.table.settings()
	if err != nil {
		return v.misuse(s, "%s", err)
	}
	spec, code := v.specBeside(s, a.spec, a.base, a.overlays)
	if code != exitOK {
		return code
	}
	if a.doc != "" && !slices.ContainsFunc(spec.API.Documents, func(d *model.Document) bool { return d.Name == a.doc }) {
		return v.misuse(s, "--doc %s: the spec has no such document under docs", a.doc)
	}
	page, more, err := a.table.read(s, set.Options)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	found = slices.Concat(found, more, audit.Compare(spec.API, spec.Table, page, audit.Options{Doc: a.doc, Keys: set.keys}))
	a.judge.audits = true
	if found, err = a.judge.judge(a.spec, found, a.table.path); err != nil {
		return v.misuse(s, "%s", err)
	}
	found = found.Sorted()
	if err := print(s.out, found); err != nil {
		return v.fail(s, "%s", err)
	}
	if len(found) > 0 {
		return exitFound
	}
	return exitOK
}
