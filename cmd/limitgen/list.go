package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/list"
)

var listVerb = verb{
	name:    "list",
	args:    "FILE|- [FLAGS]",
	summary: "show the limits in force for each operation",
	long: `Show the limits in force for each operation or variant, in the order of the file.

The JSON is stable: {"operations": [{id, method, path, title, rows, limits: [{name,
quota, window, unit, per, rate, burst, reset, cost}]}]}. rows are the numbers of the documented
rows; window is in seconds, 0 for concurrency; burst is the bucket that a server refills,
omitted if there is none; reset is rolling or utc, empty for concurrency. cost is a
number, {count, times, max} where the items of a list in the request count, or {value,
default, times, max} where a number in it does: default is what an absent one counts, and
max is left out when nothing bounds the cost. No limits means unlimited. --origin adds
origin: {from, label, at}, the source of each operation's limits, the label and its position.`,
	examples: []string{
		"limitgen list api.yaml",
		"limitgen list api.yaml --targets --nginx-mode strict",
		"limitgen list api.yaml --format json | jq '.operations[] | select(.limits == [])'",
	},
	codes:  "0 ok, 1 the spec has errors, 2 could not do it.",
	files:  specFiles,
	define: defineList,
}

func defineList(v verb, fs *pflag.FlagSet) func(s streams, args []string) int {
	format := fs.String("format", "table", "output `FORMAT`: table or json")
	targets := fs.Bool("targets", false, "show how accurately each --emit target enforces each limit, given the\nflags below, which are those of 'limitgen generate'")
	origin := fs.Bool("origin", false, "show where the limits of each operation come from")
	var over []string
	fs.StringArrayVar(&over, "overlay", nil, overlayUsage)
	options := config.Defaults()
	flags := configFlags(&options)
	addFlags(fs, flags)
	on := fs.String("on", "", dayUsage)
	return func(s streams, args []string) int {
		if err := validDay(*on); err != nil {
			return v.misuse(s, "%s", err)
		}
		if len(args) != 1 {
			return v.misuse(s, "it takes one file, not %d", len(args))
		}
		if err := flags.Check(); err != nil {
			return v.misuse(s, "%s", err)
		}
		if err := checkOverlays(over); err != nil {
			return v.misuse(s, "%s", err)
		}
		overlays, err := readOverlays(over)
		if err != nil {
			return v.fail(s, "%s", err)
		}
		o := generator.Options{Overlay: overlays, Config: options, Day: dayOf(*on)}
		return v.list(s, args[0], *format, listing{targets: *targets, origin: *origin}, o)
	}
}

// listing has the flags for what list shows besides or instead of the limits.
type listing struct{ targets, origin bool }

// list reads one file and prints its limits, or how targets support them.
func (v verb) list(s streams, path, format string, show listing, options generator.Options) int {
	print, ok := map[string]func(io.Writer, []list.Operation) error{"table": printTable, "json": printJSON}[format]
	if !ok {
		return v.misuse(s, "--format does not know %q; it takes table or json", format)
	}
	sp, err := readSpec(path, s.in)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	options.Spec, options.Data, options.Read = sp.name, sp.data, partsOf(sp.name, options.Overlay)
	if show.targets {
		return v.matrix(s, options, format)
	}
	ops, diags := generator.Effective(context.Background(), options)
	_ = s.style(s.err).Text(s.err, diags.Sorted())
	if diags.HasErrors() {
		return exitFound
	}
	for i := range ops {
		if !show.origin {
			ops[i].Origin = nil
		}
	}
	if err := print(s.out, ops); err != nil {
		return v.fail(s, "%s", err)
	}
	return exitOK
}

func printJSON(w io.Writer, ops []list.Operation) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string][]list.Operation{"operations": ops})
}
