package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/list"
)

var listVerb = verb{
	name:    "list",
	args:    "FILE|- [FLAGS]",
	summary: "show the limits in force at every operation",
	long: `Show the limits in force at every operation or variant, in the order of the file.

The JSON is stable: {"operations": [{id, method, path, title, rows, limits: [{name,
quota, window, unit, per, burst, reset, cost}]}]}. rows are the numbers of the documented
rows; window is in seconds, 0 for concurrency; burst is the bucket that a server refills,
left out where there is none; reset is rolling or utc, empty for concurrency. cost is a
number, {count, times, max} where the items of a list in the request count, or {value,
default, times, max} where a number in it does: default is what an absent one counts, and
max is left out when nothing bounds the cost. No limits means unlimited.`,
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
	var over []string
	fs.StringArrayVar(&over, "overlay", nil, overlayUsage)
	options := config.Defaults()
	flags := configFlags(&options)
	addFlags(fs, flags)
	return func(s streams, args []string) int {
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
		return v.list(s, args[0], *format, *targets, generator.Options{Overlay: overlays, Config: options})
	}
}

// list reads one file and prints its limits, or what targets can do with them.
func (v verb) list(s streams, path, format string, targets bool, options generator.Options) int {
	print, ok := map[string]func(io.Writer, []list.Operation) error{"table": printTable, "json": printJSON}[format]
	if !ok {
		return v.misuse(s, "--format does not know %q; it takes table or json", format)
	}
	sp, err := readSpec(path, s.in)
	if err != nil {
		return v.fail(s, "%s", err)
	}
	options.Spec, options.Data = sp.name, sp.data
	if targets {
		return v.matrix(s, options, format)
	}
	ops, diags := generator.Effective(context.Background(), options)
	_ = s.style(s.err).Text(s.err, diags.Sorted())
	if diags.HasErrors() {
		return exitFound
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

// printTable gives every limit a line; an operation's other columns stand on its first. Those for
// bursts and resets are there when any limit has one.
func printTable(w io.Writer, ops []list.Operation) error {
	bursts := anyLimit(ops, func(l *list.Limit) bool { return l.Burst > 0 })
	resets := anyLimit(ops, func(l *list.Limit) bool { return l.Reset == "utc" })
	cells := func(quota, burst, reset, per, cost string) []string {
		out := []string{quota}
		if bursts {
			out = append(out, burst)
		}
		if resets {
			out = append(out, reset)
		}
		return append(out, per, cost)
	}
	line := func(before []string, cells []string, title string) []string {
		return append(append(slices.Clip(before), cells...), title)
	}
	rows := [][]string{line([]string{"ROWS", "ID", "METHOD", "PATH", "LIMIT"}, cells("QUOTA", "BURST", "RESET", "PER", "COST"), "TITLE")}
	for _, op := range ops {
		var numbers []string
		for _, n := range op.Rows {
			numbers = append(numbers, strconv.Itoa(n))
		}
		first := []string{strings.Join(numbers, ","), op.ID, op.Method, op.Path}
		title := op.Title
		for _, l := range op.Limits {
			per := "-" // one counter for all
			if len(l.Per) > 0 {
				per = strings.Join(l.Per, ",")
			}
			burst := ""
			if l.Burst > 0 {
				burst = strconv.FormatInt(l.Burst, 10)
			}
			rows = append(rows, line(append(slices.Clip(first), l.Name), cells(limit.ShortQuota(l.Quota, l.Unit, l.Window), burst, l.Reset, per, costText(l.Cost)), title))
			first, title = make([]string, len(first)), ""
		}
		if len(op.Limits) == 0 {
			rows = append(rows, line(append(slices.Clip(first), "unlimited"), cells("", "", "", "", ""), title))
		}
	}
	return align(w, rows)
}

func anyLimit(ops []list.Operation, has func(l *list.Limit) bool) bool {
	return slices.ContainsFunc(ops, func(op list.Operation) bool {
		return slices.ContainsFunc(op.Limits, func(l list.Limit) bool { return has(&l) })
	})
}

func costText(cost any) string {
	c, ok := cost.(list.Cost)
	if !ok {
		return fmt.Sprint(cost)
	}
	text := "count " + c.Count
	if c.Value != "" {
		text = "value " + c.Value
	}
	if c.Times != 1 {
		text += fmt.Sprintf(" times %d", c.Times)
	}
	if c.Default != nil {
		text += fmt.Sprintf(" (%d when absent)", *c.Default)
	}
	if c.Max > 0 {
		text += fmt.Sprintf(", at most %d", c.Max)
	}
	return text
}
