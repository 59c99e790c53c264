package table

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/limitgen/limitgen/generator/diag"
)

// markdown walks the tree of a page.
type markdown struct {
	page   *Page
	diags  *diag.List
	data   []byte
	places *places
	until  int // end of the HTML that was read as such
}

func readMarkdown(p *Page, diags *diag.List, data []byte) {
	loose, title, from := loosen(string(data))
	p.Title = title
	m := &markdown{page: p, diags: diags, data: []byte(loose)}
	m.places = newPlaces(p.File, m.data, from)
	parser := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser()
	root := parser.Parse(text.NewReader(m.data))
	_ = ast.Walk(root, m.visit)
}

func (m *markdown) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering || n.Type() == ast.TypeDocument {
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *extast.Table:
		m.table(n)
	case *ast.Heading:
		m.text(n, Text{Heading: true})
	case *ast.Paragraph, *ast.TextBlock:
		m.text(n, Text{})
	case *ast.HTMLBlock:
		m.html(n)
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		m.code(n)
	default:
		return ast.WalkContinue, nil
	}
	return ast.WalkSkipChildren, nil
}

// read reports whether a node is in HTML that was read as such.
func (m *markdown) read(n ast.Node) bool {
	return n.Lines() != nil && n.Lines().Len() > 0 && n.Lines().At(0).Start < m.until
}

func (m *markdown) text(n ast.Node, t Text) {
	if m.read(n) {
		return
	}
	t.Cell = m.cell(n)
	if t.Text == "" {
		return
	}
	if t.Heading && m.page.Title == "" {
		m.page.Title = t.Text
	}
	m.page.Blocks = append(m.page.Blocks, Block{Text: &t})
}

// code keeps the lines of code blocks, so that a table in one can be reported.
func (m *markdown) code(n ast.Node) {
	if m.read(n) {
		return
	}
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		t := Text{Code: true, Cell: Cell{Text: strings.TrimSpace(string(s.Value(m.data))), Pos: m.places.at(s.Start)}}
		m.page.Blocks = append(m.page.Blocks, Block{Text: &t})
	}
}

// html reads tables written in HTML. A table may contain empty lines, at which Markdown ends a
// block.
func (m *markdown) html(n *ast.HTMLBlock) {
	if m.read(n) || n.Lines().Len() == 0 {
		return
	}
	from := n.Lines().At(0).Start
	to := n.Lines().At(n.Lines().Len() - 1).Stop
	lower := bytes.ToLower(m.data)
	if bytes.Contains(lower[from:to], []byte("<table")) {
		for open := true; open; {
			end := bytes.Index(lower[to:], []byte("</table>"))
			open = bytes.Count(lower[from:to], []byte("<table")) > bytes.Count(lower[from:to], []byte("</table>")) && end >= 0
			if open {
				to += end + len("</table>")
			}
		}
	}
	m.until = to
	newHTMLReader(m.page, m.diags, m.places).read(m.data[from:to], from)
}

func (m *markdown) table(n *extast.Table) {
	if n.Pos() < m.until {
		return
	}
	t := &Table{Pos: m.places.at(n.FirstChild().Pos())}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		cells := m.row(row)
		if row.Kind() == extast.KindTableHeader {
			t.Header = cells
			continue
		}
		t.Rows = append(t.Rows, Row{Cells: cells, Pos: m.places.at(row.Pos())})
		m.excess(row.Pos(), len(t.Header))
	}
	m.page.split(t)
}

func (m *markdown) row(n ast.Node) []Cell {
	var out []Cell
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		cell := Cell{Pos: m.places.at(n.Pos())}
		if c.Lines().Len() > 0 {
			cell = m.cell(c)
		}
		out = append(out, cell)
	}
	return out
}

// excess reports cells beyond the last column, which Markdown drops.
func (m *markdown) excess(offset, columns int) {
	end := len(m.data)
	if i := bytes.IndexByte(m.data[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	if n := countCells(string(m.data[offset:end])); n > columns {
		m.diags.Errorf(m.places.at(offset), RuleTable, "the row has %d cells and its header %d; a pipe that is text is written \\|", n, columns)
	}
}

// cell returns the text of a block without its markup.
func (m *markdown) cell(n ast.Node) Cell {
	w := &inline{m: m}
	if n.Lines().Len() > 0 {
		w.cell.Pos = m.places.at(n.Lines().At(0).Start)
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c)
	}
	w.cell.Text = strings.TrimRight(w.b.String(), " \n")
	return w.cell
}

// inline gathers the text of a block.
type inline struct {
	m     *markdown
	b     strings.Builder
	runes int
	cell  Cell
}

func (w *inline) put(s string, at int) {
	if s == "" {
		return
	}
	if at >= 0 {
		w.cell.starts = append(w.cell.starts, start{w.runes, w.m.places.at(at)})
	}
	w.b.WriteString(s)
	w.runes += utf8.RuneCountInString(s)
}

func (w *inline) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		value := n.Segment.Value(w.m.data)
		if _, code := n.Parent().(*ast.CodeSpan); !code && !n.IsRaw() {
			value = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(value)))
		}
		w.put(string(value), n.Segment.Start)
		if n.SoftLineBreak() {
			w.put(" ", -1)
		}
		if n.HardLineBreak() {
			w.put("\n", -1)
		}
		return
	case *ast.String:
		w.put(string(n.Value), -1)
	case *ast.RawHTML:
		w.tag(n)
	case *ast.AutoLink:
		w.put(string(n.Label(w.m.data)), -1)
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c)
	}
}

// tag reads a tag in a text. A tag unknown to HTML is a placeholder, such as <id>.
func (w *inline) tag(n *ast.RawHTML) {
	raw := string(n.Segments.Value(w.m.data))
	name := strings.ToLower(strings.TrimLeft(raw, "</"))
	if i := strings.IndexAny(name, "/> \t\n"); i >= 0 {
		name = name[:i]
	}
	switch {
	case name == "br":
		w.put("\n", -1)
	case name == "sup" && !strings.HasPrefix(raw, "</"):
		w.put(" ^", -1)
	case !isElement(name):
		w.put(raw, n.Segments.At(0).Start)
	}
}
