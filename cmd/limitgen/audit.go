package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/audit"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/published"
	"github.com/limitgen/limitgen/generator/table"
)

var auditVerb = verb{
	name:    "audit",
	args:    "FILE|- --table FILE [FLAGS]",
	summary: "compare a published table of limits with a spec",
	long: `Compare the table of limits that a vendor publishes with a spec: rows that the spec
lacks, rows that are gone, other numbers, units, time spans, keys, methods and URLs, and
pools that sentences between tables describe ("these two together ...").

The table is a file of Markdown, HTML, or text copied from a page with its cells between
pipes, in English or Chinese. Headers say what columns are; --columns does where they do
not. What cannot be read is a finding. A row that the spec records as printed otherwise
(origin: {printed, erratum}) is no finding. Settings hold as for lint.`,
	more: `Columns are: ` + strings.Join(published.Roles, ", ") + `.
`,
	examples: []string{
		"limitgen audit api.yaml --table limits.md",
		`limitgen audit api.yaml --table limits.html --columns "Endpoint=url,Plan=ignore"`,
		`limitgen audit api.yaml --table limits.md --keys "App Key=app" --format github`,
	},
	codes:  "0 they agree, 1 they differ or something cannot be read, 2 could not do it.",
	files:  specFiles,
	define: defineAudit,
}

// tableFlags say how to read a published table.
type tableFlags struct {
	path    string
	columns []string
	keys    []string
	method  string
}

func addTableFlags(fs *pflag.FlagSet) *tableFlags {
	t := &tableFlags{}
	fs.StringVar(&t.path, "table", "", "`FILE` with the published table, or - for standard input")
	fs.StringSliceVar(&t.columns, "columns", nil, "`HEADER=ROLE` says what a column is; a comma list, or several times")
	fs.StringVar(&t.method, "method", "", "`METHOD` of rows in tables that do not say it")
	return t
}

// options reads the flags.
func (t *tableFlags) options() (published.Options, error) {
	o := published.Options{Columns: map[string]string{}, Method: t.method}
	for _, c := range t.columns {
		header, role, ok := cutLast(c)
		if !ok {
			return o, fmt.Errorf("--columns %s: it takes HEADER=ROLE", c)
		}
		if !slices.Contains(published.Roles, role) {
			return o, fmt.Errorf("--columns does not know %q%s; a column is one of %s", role, hint(role, "", published.Roles), strings.Join(published.Roles, ", "))
		}
		o.Columns[header] = role
	}
	return o, nil
}

// cutLast parts a text at its last equals sign.
func cutLast(s string) (before, after string, ok bool) {
	at := strings.LastIndexByte(s, '=')
	if at < 1 || at == len(s)-1 {
		return "", "", false
	}
	return strings.TrimSpace(s[:at]), strings.TrimSpace(s[at+1:]), true
}

// read reads the published table.
func (t *tableFlags) read(s streams) (*published.Page, diag.List, error) {
	o, err := t.options()
	if err != nil {
		return nil, nil, err
	}
	file, err := readSpec(t.path, s.in)
	if err != nil {
		return nil, nil, err
	}
	page, found := table.Read(file.name, file.data)
	out, more := published.Read(page, o)
	return out, append(found, more...), nil
}

func defineAudit(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	t := addTableFlags(fs)
	var keys []string
	fs.StringSliceVar(&keys, "keys", nil, "`PHRASE=NAME` says which key of the spec the table's words are; several\nnames of one phrase are joined with +")
	doc := fs.String("doc", "", "`NAME` under docs of the document that the table is")
	format := fs.String("format", "text", "output `FORMAT`: text, json, github (annotations) or sarif")
	base := fs.String("base-path", "", basePathUsage)
	j := addJudge(fs)
	return func(s streams, args []string) int {
		if len(args) != 1 {
			return v.misuse(s, "it takes one file, not %d", len(args))
		}
		if t.path == "" {
			return v.misuse(s, "--table names the file with the published table")
		}
		if t.path == manifest.Stdin && args[0] == manifest.Stdin {
			return v.misuse(s, "the spec and the table cannot both be standard input")
		}
		path, err := validBasePath(*base)
		if err != nil {
			return v.misuse(s, "%s", err)
		}
		o := audit.Options{Doc: *doc, Keys: map[string][]string{}}
		for _, k := range keys {
			phrase, names, ok := cutLast(k)
			if !ok {
				return v.misuse(s, "--keys %s: it takes PHRASE=NAME", k)
			}
			o.Keys[phrase] = strings.Split(names, "+")
		}
		return v.audit(s, args[0], path, *format, t, o, j)
	}
}

// audit reads both files and prints in what they differ.
func (v verb) audit(s streams, path, basePath, format string, t *tableFlags, o audit.Options, j *judge) int {
	print, err := printerFor(format)
	if err != nil {
		return v.misuse(s, "%s", err)
	}
	if format == "text" {
		print = s.style(s.out).Text
	}
	sp, err := readSpec(path, s.in)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	options := generator.Options{Spec: sp.name, Data: sp.data}
	options.Config.BasePath = basePath
	m, diags := generator.Read(context.Background(), options)
	if m == nil {
		_ = s.style(s.err).Text(s.err, diags)
		return v.fail(s, "the spec has errors")
	}
	if o.Doc != "" && !cites(m, o.Doc) {
		return v.misuse(s, "--doc %s: the spec has no such document under docs", o.Doc)
	}
	page, found, err := t.read(s)
	if err != nil {
		if os.IsNotExist(err) {
			return v.fail(s, "%s", err)
		}
		return v.misuse(s, "%s", err)
	}
	found = append(found, audit.Compare(m.API, m.Table, page, o)...)
	j.audits = true
	if found, err = j.judge(path, found, t.path); err != nil {
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

// cites reports whether a spec lists a document.
func cites(m *analyze.Analysis, doc string) bool {
	for _, d := range m.API.Documents {
		if d.Name == doc {
			return true
		}
	}
	return false
}
