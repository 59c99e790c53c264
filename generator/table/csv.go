package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
)

// isCSV reports whether a file is an export of a spreadsheet, whose cells may be quoted.
func isCSV(file string) bool { return strings.EqualFold(filepath.Ext(file), ".csv") }

// separator returns what separates the cells of a CSV file: what a first line "sep=;" says, as
// Excel writes it, else the most frequent of a comma, a semicolon and a tab in the first line.
func separator(data []byte) (comma rune, rest []byte) {
	first, after, _ := bytes.Cut(data, []byte("\n"))
	if of, ok := bytes.CutPrefix(first, []byte("sep=")); ok && len(of) == 1 {
		return rune(of[0]), after
	}
	comma = ','
	for _, other := range []rune{';', '\t'} {
		if bytes.Count(first, []byte(string(other))) > bytes.Count(first, []byte(string(comma))) {
			comma = other
		}
	}
	return comma, data
}

// readCSV reads a file as one table. Records of one cell above it are texts.
func readCSV(p *Page, diags *diag.List, data []byte) {
	comma, rest := separator(data)
	places := newPlaces(p.File, data, nil)
	skipped := bytes.Count(data[:len(data)-len(rest)], []byte("\n"))
	r := csv.NewReader(bytes.NewReader(rest))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = comma, -1, comma != '\t'
	at := func(line, column int) diag.Position {
		return places.at(places.lines[min(line+skipped, len(places.lines))-1] + column - 1)
	}
	var rows []Row
	for {
		fields, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			p.csvTable(diags, rows)
			return
		case errors.As(err, &wrong):
			diags.Errorf(at(wrong.StartLine, 1), RuleTable, "the file cannot be read from here on: %v", wrong.Err)
			p.csvTable(diags, rows)
			return
		case err != nil:
			diags.Errorf(diag.Position{File: p.File, Line: 1, Col: 1}, RuleTable, "the file cannot be read as CSV: %v", err)
			return
		}
		row := Row{Pos: at(r.FieldPos(0))}
		for i, field := range fields {
			row.Cells = append(row.Cells, Cell{Text: strings.TrimSpace(field), Pos: at(r.FieldPos(i))})
		}
		rows = append(rows, row)
	}
}

// csvTable adds the rows of a file.
func (p *Page) csvTable(diags *diag.List, rows []Row) {
	for len(rows) > 0 && (rows[0].empty() || rows[0].alone() != nil) {
		if !rows[0].empty() {
			p.Blocks = append(p.Blocks, Block{Text: &Text{Cell: *rows[0].alone()}})
		}
		rows = rows[1:]
	}
	if len(rows) == 0 {
		return
	}
	t := &Table{Header: rows[0].Cells, Pos: rows[0].Pos}
	for _, row := range rows[1:] {
		t.Rows = append(t.Rows, row.fit(diags, len(t.Header)))
	}
	p.split(t)
}

// tabbed returns a text whose cells are separated by tabs, as a spreadsheet or a browser copies
// them, with pipes in their place; other texts are returned unchanged. A line that begins with a tab
// has an empty cell there, and a pipe more.
func tabbed(data []byte) []byte {
	if !bytes.ContainsRune(data, '\t') || bytes.ContainsRune(data, '|') || bytes.Contains(bytes.ToLower(data), []byte("<table")) {
		return data
	}
	lines := bytes.Split(data, []byte("\n"))
	row := false // the line before is one
	for i, line := range lines {
		words := bytes.TrimLeft(line, "\t")
		if row = bytes.ContainsRune(words, '\t') || row && len(words) < len(line); !row {
			continue // text, or a line that is indented
		}
		if len(words) < len(line) {
			line = slices.Concat([]byte("|"), line)
		}
		lines[i] = bytes.ReplaceAll(line, []byte("\t"), []byte("|"))
	}
	return bytes.Join(lines, []byte("\n"))
}
