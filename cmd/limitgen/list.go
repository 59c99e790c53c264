package main

import (
	"context"
	"encoding/json"
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

// printTable gives every limit a line; an operation's other columns stand on its first. Where that is
// too wide, the operation has a line of its own above its limits.
func printTable(w io.Writer, ops []list.Operation) error {
	columns := limitColumns(ops)
	header := []string{"ROWS", "ID", "METHOD", "PATH", "LIMIT"}
	for _, c := range columns {
		header = append(header, c.name)
	}
	whole := &grid{}
	whole.add(append(header, "TITLE")...)
	for _, op := range ops {
		first, title := []string{rowsText(op), op.ID, op.Method, op.Path}, op.Title
		if len(op.Limits) == 0 {
			row := append(slices.Clip(first), "unlimited")
			row = append(row, make([]string, len(columns))...)
			whole.add(append(row, title)...)
		}
		for _, l := range op.Limits {
			row := append(slices.Clip(first), l.Name)
			for _, c := range columns {
				row = append(row, c.text(l))
			}
			whole.add(append(row, title)...)
			first, title = make([]string, len(first)), ""
		}
	}
	if whole.fits() {
		return whole.print(w)
	}
	return printNarrow(w, ops, columns)
}

// printNarrow gives every operation a line, and each of its limits one below it.
func printNarrow(w io.Writer, ops []list.Operation, columns []limitColumn) error {
	above, below := &grid{}, &grid{}
	above.add("ROWS", "ID", "METHOD", "PATH", "TITLE")
	header := []string{"LIMIT"}
	for _, c := range columns {
		header = append(header, c.name)
	}
	below.add(header...)
	for _, op := range ops {
		above.add(rowsText(op), op.ID, op.Method, op.Path, op.Title)
		if len(op.Limits) == 0 {
			below.add(append([]string{"unlimited"}, make([]string, len(columns))...)...)
		}
		for _, l := range op.Limits {
			row := []string{l.Name}
			for _, c := range columns {
				row = append(row, c.text(l))
			}
			below.add(row...)
		}
	}
	if below.indent = 2; above.widths()[0] > 0 {
		below.indent += above.widths()[0] + 2
	}
	operations, limits := above.lines(), below.lines()
	out := [][]string{operations[0], limits[0]}
	operations, limits = operations[1:], limits[1:]
	for i, op := range ops {
		n := max(1, len(op.Limits))
		out = append(append(out, operations[i]), limits[:n]...)
		limits = limits[n:]
	}
	return printLines(w, out)
}

// rowsText are the numbers of the documented rows.
func rowsText(op list.Operation) string {
	var numbers []string
	for _, n := range op.Rows {
		numbers = append(numbers, strconv.Itoa(n))
	}
	return strings.Join(numbers, ",")
}

// A limitColumn shows one thing of a limit.
type limitColumn struct {
	name string
	text func(list.Limit) string
}

// limitColumns are those for the limits of some operations: bursts and resets are shown when any
// limit has one.
func limitColumns(ops []list.Operation) []limitColumn {
	out := []limitColumn{{"QUOTA", func(l list.Limit) string { return limit.ShortQuota(l.Quota, l.Unit, l.Window) }}}
	if anyLimit(ops, func(l *list.Limit) bool { return l.Burst > 0 }) {
		out = append(out, limitColumn{"BURST", burstText})
	}
	if anyLimit(ops, func(l *list.Limit) bool { return l.Reset == "utc" }) {
		out = append(out, limitColumn{"RESET", func(l list.Limit) string { return l.Reset }})
	}
	return append(out, limitColumn{"PER", perText}, limitColumn{"COST", func(l list.Limit) string { return l.Spending().String() }})
}

func burstText(l list.Limit) string {
	if l.Burst == 0 {
		return ""
	}
	return strconv.FormatInt(l.Burst, 10)
}

func perText(l list.Limit) string {
	if len(l.Per) == 0 {
		return "-" // one counter for all
	}
	return strings.Join(l.Per, ",")
}

func anyLimit(ops []list.Operation, has func(l *list.Limit) bool) bool {
	return slices.ContainsFunc(ops, func(op list.Operation) bool {
		return slices.ContainsFunc(op.Limits, func(l list.Limit) bool { return has(&l) })
	})
}
