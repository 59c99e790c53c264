package main

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/list"
)

// printTable prints a line for each limit; the operation's columns are on its first line. If that
// is too wide, each operation has its own line above its limits.
func printTable(w io.Writer, ops []list.Operation) error {
	columns := limitColumns(ops)
	header := []string{"ROWS", "ID", "METHOD", "PATH", "LIMIT"}
	for _, c := range columns {
		header = append(header, c.name)
	}
	whole := &grid{}
	whole.add(append(append(header, originHeads(ops)...), "TITLE")...)
	for _, op := range ops {
		first, last := []string{rowsText(op), op.ID, op.Method, op.Path}, append(originCells(op), op.Title)
		if len(op.Limits) == 0 {
			row := append(slices.Clip(first), "unlimited")
			row = append(row, make([]string, len(columns))...)
			whole.add(append(row, last...)...)
		}
		for _, l := range op.Limits {
			row := append(slices.Clip(first), l.Name)
			for _, c := range columns {
				row = append(row, c.text(l))
			}
			whole.add(append(row, last...)...)
			first, last = make([]string, len(first)), make([]string, len(last))
		}
	}
	if whole.fits() {
		return whole.print(w)
	}
	return printNarrow(w, ops, columns)
}

// printNarrow prints a line for each operation, and one for each of its limits below it.
func printNarrow(w io.Writer, ops []list.Operation, columns []limitColumn) error {
	above, below := &grid{}, &grid{}
	above.add(append(append([]string{"ROWS", "ID", "METHOD", "PATH"}, originHeads(ops)...), "TITLE")...)
	header := []string{"LIMIT"}
	for _, c := range columns {
		header = append(header, c.name)
	}
	below.add(header...)
	for _, op := range ops {
		above.add(append(append([]string{rowsText(op), op.ID, op.Method, op.Path}, originCells(op)...), op.Title)...)
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

// originHeads returns the columns of --origin, which fills in the origins.
func originHeads(ops []list.Operation) []string {
	if len(ops) > 0 && ops[0].Origin != nil {
		return []string{"ORIGIN", "AT"}
	}
	return nil
}

func originCells(op list.Operation) []string {
	if op.Origin == nil {
		return nil
	}
	return []string{strings.TrimSpace(op.Origin.From + " " + op.Origin.Label), op.Origin.At}
}

// rowsText returns the numbers of the documented rows.
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

// limitColumns returns the columns of limits; bursts and resets are shown only if any limit has
// one.
func limitColumns(ops []list.Operation) []limitColumn {
	out := []limitColumn{{"QUOTA", quotaText}}
	if anyLimit(ops, func(l *list.Limit) bool { return l.Burst > 0 }) {
		out = append(out, limitColumn{"BURST", burstText})
	}
	if anyLimit(ops, func(l *list.Limit) bool { return l.Reset == "utc" }) {
		out = append(out, limitColumn{"RESET", func(l list.Limit) string { return l.Reset }})
	}
	return append(out, limitColumn{"PER", perText}, limitColumn{"COST", func(l list.Limit) string { return l.Spending().String() }})
}

func quotaText(l list.Limit) string {
	if l.Rate == "" {
		return limit.ShortQuota(l.Quota, l.Unit, l.Window)
	}
	if l.Unit != limit.UnitRequests {
		return l.Rate + " " + limit.Unit(l.Unit, 2) + "/s"
	}
	return l.Rate + "/s"
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
