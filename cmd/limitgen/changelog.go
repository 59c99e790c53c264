package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator/compat"
)

var changelogVerb = verb{
	name:    "changelog",
	args:    "OLD NEW | A..B:PATH [FLAGS]",
	summary: "write release notes of what changed in a spec's limits and operations",
	long: `Write release notes of what changed in the limits and operations of a spec.

OLD and NEW are what 'limitgen breaking' takes. A..B:PATH is a range of the history of the
git repository here, newest first: each commit after A, up to B, that changed what PATH or
an --overlay means. Without A it begins with the first version, without B it ends at HEAD.
A version that has errors is named on standard error, and its changes are listed with the
next one.

The JSON is {"releases": [{from, to, date, title, changes}]}; the changes are those of
'limitgen breaking'.`,
	examples: []string{
		"limitgen changelog v1.2.0:api.yaml api.yaml >NOTES.md",
		"limitgen changelog v1.2.0..v1.3.0:api.yaml",
		"limitgen changelog ..HEAD:api.yaml --format json",
	},
	codes:  "0 ok, 2 could not do it.",
	files:  specFiles,
	define: defineChangelog,
}

func defineChangelog(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	format := fs.String("format", "markdown", "output `FORMAT`: markdown, text or json")
	sides := addSides(fs)
	return func(s streams, args []string) int {
		print, err := notesPrinter(s, *format)
		if err != nil {
			return v.misuse(s, "%s", err)
		}
		if err := sides.check(); err != nil {
			return v.misuse(s, "%s", err)
		}
		var notes []compat.Release
		switch len(args) {
		case 1:
			r, ok := parseRange(args[0])
			if !ok {
				return v.misuse(s, "it takes OLD and NEW, or A..B:PATH, which %q is not", args[0])
			}
			if len(sides.former) > 0 {
				return v.misuse(s, "--old-overlay is for OLD, and a range has none")
			}
			if notes, err = v.releases(s, r, sides); err != nil {
				return v.fail(s, "%s", err)
			}
		case 2:
			found, code := v.compare(s, args[0], args[1], sides)
			if code != exitOK {
				return code
			}
			notes = []compat.Release{{From: args[0], To: args[1], Changes: found}}
		default:
			return v.misuse(s, "it takes OLD and NEW, or A..B:PATH, not %d arguments", len(args))
		}
		if err := print(s.out, notes); err != nil {
			return v.fail(s, "%s", err)
		}
		return exitOK
	}
}

func notesPrinter(s streams, format string) (func(io.Writer, []compat.Release) error, error) {
	switch format {
	case "markdown":
		return compat.MarkdownNotes, nil
	case "json":
		return compat.JSONNotes, nil
	case "text":
		return func(w io.Writer, notes []compat.Release) error { return compat.TextNotes(w, s.style(w), notes) }, nil
	}
	known := []string{"json", "markdown", "text"}
	return nil, fmt.Errorf("--format does not know %q%s; it takes %s", format, hint(format, "", known), strings.Join(known, ", "))
}
