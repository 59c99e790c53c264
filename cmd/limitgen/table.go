package main

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/limitgen/limitgen/generator/diag"
)

// columns is the maximum width of a table.
const columns = 120

// A grid is a table with a header and aligned columns. The texts of cells are cleaned, and wrapped
// if the table would be wider than a terminal.
type grid struct {
	indent int
	rows   [][]string // of equal length
}

func (t *grid) add(row ...string) {
	for i, cell := range row {
		row[i] = diag.Visible(cell, -1)
	}
	t.rows = append(t.rows, row)
}

// widths returns the natural widths of the columns; 0 for a column that is empty below its header.
func (t *grid) widths() []int {
	out := make([]int, len(t.rows[0]))
	for i := range out {
		below := 0
		for _, row := range t.rows[1:] {
			below = max(below, cells(row[i]))
		}
		if below > 0 || len(t.rows) == 1 {
			out[i] = max(below, cells(t.rows[0][i]))
		}
	}
	return out
}

// width returns the width of a line, with two spaces between columns.
func (t *grid) width(widths []int) int {
	sum := t.indent
	for _, w := range widths {
		if w > 0 {
			sum += w + 2
		}
	}
	return sum - 2
}

// fits reports whether no cell must be wrapped.
func (t *grid) fits() bool { return t.width(t.widths()) <= columns }

// least is the width that a column keeps while wider ones can shrink.
const least = 10

// fitted returns the widths at which the table fits: the widest columns shrink first.
func (t *grid) fitted() []int {
	widths := t.widths()
	for t.width(widths) > columns {
		widest := 0
		for i, w := range widths {
			if w >= widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= least {
			break // too many columns for a line
		}
		widths[widest]--
	}
	return widths
}

// lines prints each row as one line or several.
func (t *grid) lines() [][]string {
	widths := t.fitted()
	var out [][]string
	for _, row := range t.rows {
		broken, height := make([][]string, len(row)), 1
		for i, cell := range row {
			if widths[i] > 0 {
				broken[i] = wrap(cell, widths[i])
				height = max(height, len(broken[i]))
			}
		}
		var lines []string
		for n := range height {
			line := strings.Repeat(" ", t.indent)
			for i := range row {
				part := ""
				if widths[i] > 0 && n < len(broken[i]) {
					part = broken[i][n]
				}
				if widths[i] > 0 {
					line += part + strings.Repeat(" ", widths[i]-cells(part)+2)
				}
			}
			lines = append(lines, strings.TrimRight(line, " "))
		}
		out = append(out, lines)
	}
	return out
}

func (t *grid) print(w io.Writer) error { return printLines(w, t.lines()) }

func printLines(w io.Writer, rows [][]string) error {
	for _, lines := range rows {
		if _, err := io.WriteString(w, strings.Join(lines, "\n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// wrap breaks text into lines of a width: after a space or comma, before a slash, or else anywhere.
func wrap(text string, width int) []string {
	var out []string
	for cells(text) > width {
		end, good, n := 0, 0, 0 // good is the last place to break at
		for i, r := range text {
			if i > 0 && (r == '/' || strings.ContainsRune(" ,", rune(text[i-1]))) {
				good = i
			}
			if n += cells(string(r)); n > width && i > 0 {
				break
			}
			end = i + utf8.RuneLen(r)
		}
		if good > 0 {
			end = good
		}
		out, text = append(out, strings.TrimRight(text[:end], " ")), text[end:]
		if text == "" {
			return out
		}
	}
	return append(out, text)
}

// wide are the ranges of East Asian and picture characters, which take two cells.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0x4dbf, Stride: 1},
		{Lo: 0x4e00, Hi: 0xa4cf, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

// cells returns how wide a terminal draws text.
func cells(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.Is(wide, r):
			n += 2
		case !unicode.Is(unicode.Mn, r):
			n++
		}
	}
	return n
}
