package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/emit"
)

// matrix prints how each target supports each limit.
func (v verb) matrix(s streams, o generator.Options, format string) int {
	found, diags := generator.Matrix(context.Background(), o)
	_ = s.style(s.err).Text(s.err, diags.Sorted())
	if diags.HasErrors() {
		return exitFound
	}
	print := printMatrix
	if format == "json" {
		print = printMatrixJSON
	}
	if err := print(s.out, found); err != nil {
		return v.fail(s, "%s", err)
	}
	return exitOK
}

func printMatrixJSON(w io.Writer, found []emit.Support) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string][]emit.Support{"targets": found})
}

const legend = `
A number is the most that passes in any interval of the window's length, in the quota's unit; ~ needs
--allow-approximate, and with it a limit that is left out is not enforced there.
`

// printMatrix prints a line for each limit with a column for each target: the most that passes in a
// window, or the numbers of the reasons why the target does not express the limit, which follow
// below.
func printMatrix(w io.Writer, found []emit.Support) error {
	header := []string{"LIMIT", "QUOTA"}
	var rows [][]string
	var notes footnotes
	for _, e := range found {
		if !slices.Contains(header[2:], e.Target) {
			header = append(header, e.Target)
		}
		if len(rows) == 0 || rows[len(rows)-1][0] != e.Limit {
			rows = append(rows, []string{e.Limit, e.Quota})
		}
		cell := strconv.FormatInt(e.Most, 10)
		if e.Most == 0 {
			cell = "any"
		}
		switch e.Verdict {
		case "approximate":
			cell = "~" + cell
		case "left-out":
			cell = "left out"
		case "no":
			cell = "no"
		}
		for _, r := range e.Reasons {
			cell += fmt.Sprintf(" (%d)", notes.number(e.Target, r))
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], cell)
	}
	matrix := &grid{}
	for _, row := range append([][]string{header}, rows...) {
		matrix.add(row...)
	}
	if err := matrix.print(w); err != nil {
		return err
	}
	if _, err := io.WriteString(w, legend); err != nil {
		return err
	}
	reasons := &grid{}
	reasons.add("", "")
	for i, n := range notes {
		reasons.add(fmt.Sprintf("(%d)", i+1), strings.Join(n.targets, ", ")+": "+n.text)
	}
	if len(notes) == 0 {
		return nil
	}
	return printLines(w, reasons.lines()[1:])
}

// footnotes are the reasons in order of appearance, each with its targets.
type footnotes []footnote

type footnote struct {
	text    string
	targets []string
}

// number gives a reason its number, counted from 1.
func (f *footnotes) number(target string, r emit.Reason) int {
	text := r.Why
	if r.Instead != "" {
		text += "; " + r.Instead
	}
	i := slices.IndexFunc(*f, func(n footnote) bool { return n.text == text })
	if i < 0 {
		i = len(*f)
		*f = append(*f, footnote{text: text})
	}
	if n := &(*f)[i]; !slices.Contains(n.targets, target) {
		n.targets = append(n.targets, target)
	}
	return i + 1
}
