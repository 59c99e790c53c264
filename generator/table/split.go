package table

import "strings"

// split adds a table. Without rows it is kept for its header, which may be a row of data; a single
// cell is a text, such as the page within a table for its layout. A row with a single cell, or a merged one, is a text between rows, at which
// the table is split. A row that repeats the header is skipped.
func (p *Page) split(t *Table) {
	if len(t.Rows) == 0 {
		p.header(t)
		return
	}
	part := &Table{Header: t.Header, Pos: t.Pos}
	flush := func() {
		if len(part.Rows) > 0 {
			p.Blocks = append(p.Blocks, Block{Table: part})
		}
		part = &Table{Header: t.Header, Pos: t.Pos}
	}
	for _, row := range t.Rows {
		switch alone := row.alone(); {
		case alone != nil && len(t.Header) > 1:
			flush()
			p.Blocks = append(p.Blocks, Block{Text: &Text{Cell: *alone, Row: true}})
		case row.repeats(t.Header):
			flush()
			part.Pos = row.Pos
		case !row.empty():
			part.Rows = append(part.Rows, row)
		}
	}
	flush()
}

// header adds a table without rows.
func (p *Page) header(t *Table) {
	switch row := (Row{Cells: t.Header}); {
	case row.empty():
	case row.alone() != nil:
		p.Blocks = append(p.Blocks, Block{Text: &Text{Cell: *row.alone()}})
	default:
		p.Blocks = append(p.Blocks, Block{Table: t})
	}
}

// alone returns the first cell, if no other cell has a text; otherwise nil.
func (r Row) alone() *Cell {
	if len(r.Cells) == 0 || r.Cells[0].Text == "" || r.Cells[0].Merged {
		return nil
	}
	for _, c := range r.Cells[1:] {
		if c.Text != "" && (!c.Merged || c.Text != r.Cells[0].Text || c.Pos != r.Cells[0].Pos) {
			return nil
		}
	}
	return &r.Cells[0]
}

func (r Row) repeats(header []Cell) bool {
	if len(r.Cells) != len(header) {
		return false
	}
	for i := range header {
		if strings.TrimSpace(r.Cells[i].Text) != strings.TrimSpace(header[i].Text) {
			return false
		}
	}
	return !r.empty()
}

func (r Row) empty() bool {
	for _, c := range r.Cells {
		if c.Text != "" {
			return false
		}
	}
	return true
}
