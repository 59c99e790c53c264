// Package published reads the limits on a vendor's page: the operation and rates of each row, which
// rows share a counter, and the default.
package published

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/table"
	"github.com/limitgen/limitgen/generator/table/rate"
)

// Page is the content of a page.
type Page struct {
	File    string
	Title   string
	Rows    []*Row
	Pools   []*Pool
	Default *Statement // nil if the page has none
}

// Row is one row that names an operation.
type Row struct {
	Number int // from 1, over all tables
	Title  string
	Method string // in capitals; "" if the table has none
	URL    string // as printed, on one line
	Rates  []Rate // empty if neither a cell nor a sentence has any, or if Unread
	Unread bool   // a cell with its rates was not understood, which is reported
	Each   bool   // a sentence says that it does not share its counter with the rows around it
	Pos    diag.Position
	URLPos diag.Position
	lacks  bool // its table has no column of limits
}

// Rate is a rate and its position.
type Rate struct {
	rate.Rate
	Pos     diag.Position
	Default bool  // the default of rows without rates
	Pool    *Pool // the rows that share its counter; nil if a row has its own
}

// Statement is a sentence with a rate.
type Statement struct {
	Rate
	Text string
}

// Pool is a set of rows that share counters.
type Pool struct {
	Statement
	Rows []*Row
}

// Name returns the row's name in diagnostics.
func (r *Row) Name() string {
	text := strings.TrimSpace(r.Method + " " + r.URL)
	if text == "" || r.Title != "" && len([]rune(r.Title)) < 60 {
		text = strings.TrimSpace(r.Title + " (" + text + ")")
	}
	return fmt.Sprintf("row %d, %s", r.Number, strings.TrimSuffix(text, " ()"))
}

// Printed returns the row's method and URL as printed, on one line.
func (r *Row) Printed() string { return OneLine(r.Method + " " + r.URL) }

// OneLine returns a text with single spaces.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Options say how to read a page.
type Options struct {
	Columns map[string]string // role by header; see Roles
	Method  string            // of rows in tables that have no column for it
}

// Read reads a page. It reports whatever it does not understand.
func Read(p *table.Page, o Options) (*Page, diag.List) {
	r := &reader{page: &Page{File: p.File, Title: p.Title}, options: o, used: map[string]bool{}}
	for i := range p.Blocks {
		switch b := &p.Blocks[i]; {
		case b.Table != nil:
			r.table(b.Table)
		case b.Text.Code:
			r.code(b.Text)
		default:
			r.text(b.Text)
		}
	}
	r.end()
	return r.page, r.diags
}

// RuleUnread is the rule for parts of a page that are not understood.
const RuleUnread = "unread"

// reader walks a page.
type reader struct {
	page    *Page
	options Options
	diags   diag.List
	used    map[string]bool // headers that Options.Columns names
	tables  bool            // a table has rows
	headers bool            // a table has none
	above   []*Row          // rows of the tables since the last sentence about rows
	lacks   bool            // those rows have no limits of their own
	pending *sentence       // about the rows of the next table
	global  []Statement     // about all rows together
}

// end applies the default to rows without rates, and reports what is left.
func (r *reader) end() {
	r.settle()
	if len(r.page.Rows) == 0 && !r.tables && r.headers {
		r.diags.Errorf(diag.Position{File: r.page.File, Line: 1, Col: 1}, table.RuleTable, "the page has headers of tables and no rows below them")
	}
	if r.pending != nil {
		r.diags.Errorf(r.pending.pos(), RuleUnread, "the sentence is about rows below it, but there is no table")
	}
	defer r.shareAll()
	for _, row := range r.page.Rows {
		if len(row.Rates) > 0 || row.Unread || len(r.global) > 0 {
			continue
		}
		if r.page.Default == nil {
			r.diags.Errorf(row.Pos, RuleUnread, "%s has no limit: neither a column nor a sentence below the table has one", row.Name())
			row.Unread = true
			continue
		}
		usual := r.page.Default.Rate
		usual.Default, usual.Pos = true, row.Pos
		row.Rates = []Rate{usual}
		if row.lacks {
			r.diags.Warnf(row.Pos, RuleUnread, "%s has no limit of its own: its table has no column and no sentence below it; the page's default is read", row.Name())
		}
	}
	for _, header := range sorted(r.options.Columns) {
		if !r.used[header] {
			r.diags.Errorf(diag.Position{File: r.page.File, Line: 1, Col: 1}, table.RuleTable, "no table has a column %q, which --columns names", header)
		}
	}
}

// settle ends the group of rows that a sentence can call "above".
func (r *reader) settle() {
	r.above, r.lacks = nil, false
}
