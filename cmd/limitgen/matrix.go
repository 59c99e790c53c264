package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/diag"
)

// matrix prints what each target can do with each limit.
func (v verb) matrix(s streams, o generator.Options, format string) int {
	found, diags := generator.Matrix(context.Background(), o)
	_ = diag.Text(s.err, diags.Sorted())
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

func printMatrixJSON(w io.Writer, found []generator.Expression) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string][]generator.Expression{"targets": found})
}

// printMatrix gives every limit a line and every target a column: the most that passes in a window, or the numbers of the
// reasons why the target does not express the limit. The reasons stand below.
func printMatrix(w io.Writer, found []generator.Expression) error {
	header := []string{"LIMIT", "QUOTA"}
	var targets, reasons []string
	var rows [][]string
	for _, e := range found {
		if !slices.Contains(targets, e.Target) {
			targets = append(targets, e.Target)
			header = append(header, e.Target)
		}
		if len(rows) == 0 || rows[len(rows)-1][0] != e.Limit {
			rows = append(rows, []string{e.Limit, e.Quota})
		}
		cell := strconv.FormatInt(e.Most, 10)
		if e.Verdict != "exact" {
			cell = map[string]string{"approximate": "~" + cell, "no": "no"}[e.Verdict]
			for _, reason := range e.Reasons {
				text := e.Target + ": " + reason
				i := slices.Index(reasons, text)
				if i < 0 {
					reasons, i = append(reasons, text), len(reasons)
				}
				cell += fmt.Sprintf(" (%d)", i+1)
			}
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], cell)
	}
	if err := align(w, append([][]string{header}, rows...)); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\nA number is the most that passes in any interval of the window's length; ~ needs --allow-approximate.\n")
	for i, reason := range reasons {
		if err == nil {
			_, err = fmt.Fprintf(w, "(%d) %s\n", i+1, clean(reason))
		}
	}
	return err
}
