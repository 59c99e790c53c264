package table

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/limitgen/limitgen/generator/diag"
)

// gridRow is a row of a table with merged cells spread out.
type gridRow struct {
	Row
	head   bool // all its cells are headers, or it is in a thead
	inHead bool // it is in a thead
}

// span is a cell that extends into the rows below.
type span struct {
	Cell
	rows int // still to come
}

// table reads a table; one inside a cell is read after it.
func (r *htmlReader) table(n *html.Node) {
	var trs, nested []*html.Node
	var gather func(n *html.Node)
	gather = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type != html.ElementNode:
			case c.DataAtom == atom.Table:
				nested = append(nested, c)
			case c.DataAtom == atom.Caption:
				r.walk(c)
			default:
				if c.DataAtom == atom.Tr {
					trs = append(trs, c)
				}
				gather(c)
			}
		}
	}
	gather(n)
	t := &Table{}
	t.Pos, _ = r.place(n)
	r.fill(t, r.grid(trs))
	for _, inner := range nested {
		r.table(inner)
	}
}

// grid spreads cells over the rows and columns that they span.
func (r *htmlReader) grid(trs []*html.Node) []gridRow {
	var out []gridRow
	var down []span // by column
	for _, tr := range trs {
		row := gridRow{inHead: tr.Parent != nil && tr.Parent.DataAtom == atom.Thead}
		row.Pos, _ = r.place(tr)
		all, col := true, 0
		reach := func() {
			for col < len(down) && down[col].rows > 0 {
				r.cells++
				down[col].rows--
				row.Cells = append(row.Cells, down[col].Cell)
				col++
			}
		}
		for c := tr.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
				continue
			}
			all = all && c.DataAtom == atom.Th
			reach()
			cell := r.cell(c)
			width, height := number(c, "colspan", 200), number(c, "rowspan", 5000)
			for i := range width {
				r.cells++
				for len(down) <= col {
					down = append(down, span{})
				}
				one := cell
				one.Merged = i > 0
				row.Cells = append(row.Cells, one)
				one.Merged = true
				down[col] = span{one, height - 1}
				col++
			}
		}
		reach()
		if r.cells > most {
			r.diags.Errorf(row.Pos, RuleTable, "the page has more than %d cells", most)
			return out
		}
		row.head = row.inHead || all && len(row.Cells) > 0
		out = append(out, row)
	}
	return out
}

// number reads a rowspan or colspan attribute.
func number(n *html.Node, name string, highest int) int {
	i, err := strconv.Atoi(strings.TrimSpace(attribute(n, name)))
	if err != nil || i < 1 {
		return 1
	}
	return min(i, highest)
}

// fill makes a table of a grid. Its first row and rows of headers are headers; consecutive ones that
// belong together are joined.
func (r *htmlReader) fill(t *Table, rows []gridRow) {
	part := &Table{Pos: t.Pos}
	before := false
	for i, row := range rows {
		only := row.alone() != nil && len(row.Cells) > 1
		switch {
		case i == 0 || row.head && !only:
			if i > 0 && before && len(part.Rows) == 0 && (row.inHead || partial(part.Header) || partial(row.Cells)) {
				part.Header = joined(part.Header, row.Cells)
				break
			}
			if i > 0 {
				r.page.split(part)
			}
			part = &Table{Pos: row.Pos, Header: row.Cells}
		default:
			part.Rows = append(part.Rows, row.fit(r.diags, len(part.Header)))
		}
		before = i == 0 && row.head || row.head && !only
	}
	if len(rows) > 0 {
		r.page.split(part)
	}
}

// partial reports whether a row of headers has merged or empty cells, so that another completes it.
// Two rows without are a header and a row of data.
func partial(header []Cell) bool {
	return slices.ContainsFunc(header, func(c Cell) bool { return c.Merged || c.Text == "" })
}

// fit gives a row as many cells as the header has.
func (r Row) fit(diags *diag.List, columns int) Row {
	if len(r.Cells) > columns {
		diags.Errorf(r.Pos, RuleTable, "the row has %d cells and its header %d", len(r.Cells), columns)
		r.Cells = r.Cells[:columns]
	}
	for len(r.Cells) < columns {
		r.Cells = append(r.Cells, Cell{Pos: r.Pos})
	}
	return r
}

// joined combines two rows of headers: "Limits" above "per second" is "Limits per second".
func joined(above, below []Cell) []Cell {
	out := make([]Cell, 0, max(len(above), len(below)))
	for i := range max(len(above), len(below)) {
		switch {
		case i >= len(below):
			out = append(out, above[i])
		case i >= len(above) || above[i].Text == below[i].Text || above[i].Text == "":
			out = append(out, below[i])
		case below[i].Text == "":
			out = append(out, above[i])
		default:
			c := below[i]
			c.Text = above[i].Text + " " + c.Text
			out = append(out, c)
		}
	}
	return out
}

// cell returns the text of a cell, without tables inside it.
func (r *htmlReader) cell(n *html.Node) Cell {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				b.WriteString(strings.NewReplacer("\n", " ", "\t", " ").Replace(c.Data))
			case c.Type != html.ElementNode || hidden(c) || c.DataAtom == atom.Table:
			case c.DataAtom == atom.Br:
				b.WriteByte('\n')
			case c.DataAtom == atom.Sup:
				b.WriteString(" ^")
				walk(c)
			case !isElement(c.Data):
				b.WriteString("<" + c.Data + ">")
				walk(c)
			case isBlock(c):
				b.WriteByte('\n')
				walk(c)
				b.WriteByte('\n')
			default:
				walk(c)
			}
		}
	}
	walk(n)
	pos, _ := r.place(n)
	return Cell{Text: tidy(b.String()), Pos: pos}
}

// tidy removes whitespace that a browser does not show.
func tidy(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
