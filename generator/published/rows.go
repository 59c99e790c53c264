package published

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/table"
	"github.com/limitgen/limitgen/generator/table/rate"
)

// table reads the rows of a table.
func (r *reader) table(t *table.Table) {
	if t = withHeader(t); len(t.Rows) == 0 {
		r.headers = true
		return
	}
	r.tables = true
	columns := r.columns(t)
	if r.ignored(t) {
		r.settle()
		return
	}
	if !has(columns, RoleTitle, RoleURL, RoleEndpoint) || !has(columns, RoleLimit) && !has(columns, RoleURL, RoleEndpoint) {
		r.settle()
		r.diags.Warnf(t.Pos, RuleUnread, "the table is not read: its headers (%s) name no operations with limits; say with --columns what they are, or that they are ignore", headings(t))
		return
	}
	for i, c := range columns {
		if c.role == "" && !blank(t, i) {
			r.unreadColumn(t, i)
		}
	}
	r.doubtful(t, columns)
	lacks := !has(columns, RoleLimit)
	if lacks != r.lacks || lacks {
		r.settle()
	}
	r.lacks = lacks
	first := len(r.page.Rows)
	for _, row := range t.Rows {
		r.row(row, columns)
	}
	for _, row := range r.page.Rows[first:] {
		row.lacks = lacks
	}
	r.above = append(r.above, r.page.Rows[first:]...)
	r.applyPending(r.page.Rows[first:])
}

// unreadColumn reports a column whose header says nothing, or is missing.
func (r *reader) unreadColumn(t *table.Table, i int) {
	if header := OneLine(t.Header[i].Text); header != "" {
		r.diags.Warnf(t.Header[i].Pos, RuleUnread, "the column %q is not read; say what it is with --columns, such as %q", header, header+"=ignore")
		return
	}
	r.diags.Warnf(t.Rows[0].Cells[i].Pos, RuleUnread, "column %d is not read: it has no header; write one", i+1)
}

// ignored reports whether the options ignore all columns.
func (r *reader) ignored(t *table.Table) bool {
	any := false
	for _, h := range t.Header {
		role, ok := r.chosen(h.Text)
		if h.Text != "" && (!ok || role != RoleIgnore) {
			return false
		}
		any = any || ok
	}
	return any
}

func headings(t *table.Table) string {
	var out []string
	for _, h := range t.Header {
		out = append(out, OneLine(h.Text))
	}
	return strings.Join(out, ", ")
}

func blank(t *table.Table, i int) bool {
	for _, row := range t.Rows {
		if row.Cells[i].Text != "" {
			return false
		}
	}
	return true
}

// row reads one row.
func (r *reader) row(in table.Row, columns []column) {
	row := &Row{Number: len(r.page.Rows) + 1, Pos: in.Pos, URLPos: in.Pos, Method: strings.ToUpper(r.options.Method)}
	r.page.Rows = append(r.page.Rows, row)
	more := rate.Form{}
	burst := int64(0)
	for i, c := range columns {
		cell := in.Cells[i]
		text := OneLine(cell.Text)
		switch c.role {
		case RoleTitle:
			row.Title = text
		case RoleMethod:
			row.Method = r.method(row, cell)
		case RoleURL:
			row.URL, row.URLPos = unquoted(text), cell.Pos
		case RoleEndpoint:
			r.endpoint(row, cell)
		case RoleWindow:
			r.span(row, cell, &more)
		case RoleUnit:
			more.Unit = rate.UnitOf(text)
		case RoleKey:
			more.Per = rate.Keys(text)
		case RoleBurst:
			burst = r.burst(row, cell)
		}
	}
	if row.URL == "" && row.Title == "" {
		r.unread(row, in.Pos, "the row names no operation")
	}
	r.limits(row, in, columns, more, burst)
}

// limits reads the cells with rates. If there are several, some may be empty.
func (r *reader) limits(row *Row, in table.Row, columns []column, more rate.Form, burst int64) {
	var cells []int
	for i, c := range columns {
		if c.role == RoleLimit {
			cells = append(cells, i)
		}
	}
	some := slices.ContainsFunc(cells, func(i int) bool { return !absent(in.Cells[i].Text) })
	for _, i := range cells {
		if some && len(cells) > 1 && absent(in.Cells[i].Text) {
			continue
		}
		r.limit(row, in.Cells[i], merge(columns[i].form, more), burst)
	}
}

// absent reports whether a cell is a sign for "none", such as a dash.
func absent(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "-", "–", "—", "--", "n/a", "none", "无", "/":
		return true
	}
	return false
}

// unread reports a part of a row that is not understood.
func (r *reader) unread(row *Row, pos diag.Position, format string, args ...any) {
	r.diags.Errorf(pos, RuleUnread, format, args...)
	row.Unread = true
}

// unquoted removes backquotes around a text.
func unquoted(s string) string {
	if n := len(s); n > 2 && s[0] == '`' && s[n-1] == '`' {
		return s[1 : n-1]
	}
	return s
}

func (r *reader) method(row *Row, cell table.Cell) string {
	text := strings.ToUpper(unquoted(OneLine(cell.Text)))
	if !IsMethod(text) {
		r.diags.Errorf(cell.Pos, RuleUnread, "%q is not a method", OneLine(cell.Text))
	}
	return text
}

// methodAndWord matches a method, in capitals, and one word, which is a path without a slash.
var methodAndWord = regexp.MustCompile(`^(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)\s+\S+$`)

// IsMethod reports whether a text is an HTTP method.
func IsMethod(s string) bool { return methodCell.MatchString(s) }

var spaced = regexp.MustCompile("[:\\s`]+")

// endpoint reads a method and a URL in one cell; the table's method is used if the cell has none.
func (r *reader) endpoint(row *Row, cell table.Cell) {
	text := unquoted(OneLine(cell.Text))
	row.URLPos = cell.Pos
	if endpointCell.MatchString(text) || methodAndWord.MatchString(text) {
		at := spaced.FindStringIndex(text)
		row.Method, row.URL = strings.ToUpper(strings.Trim(text[:at[0]], "`")), strings.Trim(text[at[1]:], "`")
		return
	}
	if strings.Contains(text, "/") {
		row.URL = text
		return
	}
	row.Title = text
}

// span reads the cell of a column of time spans.
func (r *reader) span(row *Row, cell table.Cell, into *rate.Form) {
	if cell.Text == "" {
		return
	}
	d, ok := rate.ParseSpan(cell.Text)
	if !ok {
		r.unread(row, cell.Pos, "%q is not a time span", OneLine(cell.Text))
	}
	into.Window = d
}

func (r *reader) burst(row *Row, cell table.Cell) int64 {
	text := strings.ReplaceAll(OneLine(cell.Text), ",", "")
	if text == "" || text == "-" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		r.unread(row, cell.Pos, "%q is not a burst; a burst is an integer", OneLine(cell.Text))
	}
	return n
}

// merge combines what the header and other cells of a row say about a bare number.
func merge(header, cells rate.Form) rate.Form {
	if cells.Window != 0 {
		header.Window = cells.Window
	}
	if cells.Unit != "" {
		header.Unit = cells.Unit
	}
	if len(cells.Per) > 0 {
		header.Per = cells.Per
	}
	return header
}

// limit reads the rates of a cell.
func (r *reader) limit(row *Row, cell table.Cell, form rate.Form, burst int64) {
	rates, err := rate.Parse(cell.Text, form)
	var at *rate.Error
	switch {
	case errors.As(err, &at):
		r.unread(row, cell.At(at.Offset), "the rate %q cannot be read: %s", OneLine(cell.Text), at.Reason)
		return
	case row.Unread:
		return
	}
	for _, one := range rates {
		if one.Burst == 0 && !one.Unlimited {
			one.Burst = burst
		}
		row.Rates = append(row.Rates, Rate{Rate: one, Pos: cell.Pos})
	}
}
