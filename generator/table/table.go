// Package table reads the tables of a published page and the text between them: GitHub-flavoured
// Markdown, HTML, CSV, and text copied from a page with its cells between pipes or tabs. It does not
// interpret rate limits. Every cell keeps its position in the file.
package table

import (
	"bytes"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/limitgen/limitgen/generator/diag"
)

// Page is a page's tables and texts in reading order.
type Page struct {
	File   string
	Title  string // its first heading
	Blocks []Block
}

// Block is a table or a text; exactly one is set.
type Block struct {
	Table *Table
	Text  *Text
}

// Text is a paragraph, a heading or a list's item.
type Text struct {
	Cell
	Row     bool // a row of a table that has one cell only
	Heading bool
	Code    bool // a block of code
}

// Table has a header and rows of as many cells.
type Table struct {
	Number int // from 1, in the page
	Header []Cell
	Rows   []Row
	Pos    diag.Position
}

// Row is one line of a table.
type Row struct {
	Cells []Cell
	Pos   diag.Position
}

// Cell is a text and its position. Each part of a merged cell has the whole text.
type Cell struct {
	Text   string // breaks between lines are \n
	Pos    diag.Position
	Merged bool
	starts []start
}

// start maps a part of a text to its position in the file.
type start struct {
	offset int // in the text, in characters
	pos    diag.Position
}

// At returns the position of a character of the text. It is exact if the text is unchanged from the
// file, otherwise the beginning of the part.
func (c Cell) At(offset int) diag.Position {
	pos, from := c.Pos, 0
	for _, s := range c.starts {
		if s.offset <= offset {
			pos, from = s.pos, s.offset
		}
	}
	pos.Col += offset - from
	return pos
}

// RuleTable is the rule for parts of a table that cannot be read.
const RuleTable = "table"

// most bounds the cells of a page: merged cells could make far more than the file has characters.
const most = 200_000

// Read reads a page. It reports what it cannot read as a row of a table.
func Read(file string, data []byte) (*Page, diag.List) {
	var diags diag.List
	data = bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	if !utf8.Valid(data) {
		line := 1 + bytes.Count(data[:invalid(data)], []byte("\n"))
		diags.Errorf(diag.Position{File: file, Line: line, Col: 1}, "encoding", "the text is not UTF-8; convert it first")
		return &Page{File: file}, diags
	}
	p := &Page{File: file}
	switch {
	case isHTML(file, data):
		r := newHTMLReader(p, &diags, newPlaces(file, data, nil))
		r.read(data, 0)
	case isCSV(file):
		readCSV(p, &diags, data)
	default:
		readMarkdown(p, &diags, tabbed(data))
	}
	n := 0
	for _, b := range p.Blocks {
		if b.Table != nil {
			n++
			b.Table.Number = n
		}
	}
	if n == 0 && !diags.HasErrors() {
		diags.Errorf(diag.Position{File: file, Line: 1, Col: 1}, RuleTable, "no table is found; it takes Markdown, HTML, CSV, or text with cells between pipes or tabs")
	}
	return p, diags
}

// invalid returns the offset of the first byte that is not UTF-8.
func invalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

func isHTML(file string, data []byte) bool {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".html", ".htm", ".xhtml":
		return true
	case ".md", ".mdx", ".markdown":
		return false
	}
	head := bytes.ToLower(bytes.TrimSpace(data))
	return bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte("<table"))
}

// places maps offsets to lines and columns.
type places struct {
	file  string
	data  []byte
	lines []int // offsets of lines
	from  []int // the line in the file of each line, from 1; nil if they are equal
}

func newPlaces(file string, data []byte, from []int) *places {
	p := &places{file: file, data: data, lines: []int{0}, from: from}
	for i, b := range data {
		if b == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	return p
}

// at returns the place of an offset.
func (p *places) at(offset int) diag.Position {
	lo, hi := 0, len(p.lines)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; p.lines[mid] <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	line := lo + 1
	if p.from != nil && lo < len(p.from) {
		line = p.from[lo]
	}
	return diag.Position{File: p.file, Line: line, Col: 1 + utf8.RuneCount(p.data[p.lines[lo]:min(offset, len(p.data))])}
}
