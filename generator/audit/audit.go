// Package audit compares a vendor's published table with a spec: missing and removed rows, and
// differences in quotas, units, windows, keys, pools and URLs.
package audit

import (
	"math"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
	"github.com/limitgen/limitgen/generator/table"
)

// Options map the page's words to the spec's.
type Options struct {
	Doc  string              // the document whose rows the spec cites; "" for any
	Keys map[string][]string // phrases of the page to names in per: "App Key" to app
}

// The rules of what differs.
const (
	ruleRow      = "row-added"
	ruleGone     = "row-gone"
	ruleRate     = "rate-differs"
	ruleKey      = "key-differs"
	ruleURL      = "url-differs"
	rulePool     = "pool-differs"
	ruleCitation = "citation"
)

// Rules are the rules of what an audit finds, with those of reading a table.
var Rules = []string{
	ruleRow, ruleGone, ruleRate, ruleKey, ruleURL, rulePool, ruleCitation, published.RuleUnread, table.RuleTable,
}

// entry is the spec's counterpart of a row: an operation, or one of its variants.
type entry struct {
	op    *model.Operation
	cited []string // rows of the document
	rows  []*published.Row
	many  bool // it takes any number of rows
}

// capacity returns how many rows an entry encodes.
func (e *entry) capacity() int {
	if e.many {
		return math.MaxInt
	}
	return max(1, len(e.cited))
}

// name returns the operation that shares counters with its variants.
func (e *entry) name() string { return e.op.HTTPMethod + " " + e.op.Path }

// auditor holds both sides.
type auditor struct {
	Options
	api     *model.API
	page    *published.Page
	entries []*entry
	of      map[*published.Row]*entry
	paths   map[*published.Row]rowPath // cached, since matching asks for them repeatedly
	keys    *keyring
	bursts  *bursts
	diags   diag.List
}

// Compare returns the differences between a page and a spec. limits is the spec's table, for its
// default; it may be nil.
func Compare(api *model.API, limits *limit.Table, page *published.Page, o Options) diag.List {
	a := &auditor{Options: o, api: api, page: page, of: map[*published.Row]*entry{}, paths: map[*published.Row]rowPath{}}
	a.keys = newKeyring(o.Keys, api, page)
	a.gather()
	a.match()
	a.rows()
	a.gone()
	for _, row := range page.Rows {
		if e := a.of[row]; e != nil {
			a.printed(row, e)
			a.pool(row, e)
		}
	}
	a.bursts = newBursts(page, a.entries)
	for _, e := range a.entries {
		a.figures(e)
	}
	a.usual(limits)
	a.unstated()
	a.citations()
	a.diags = append(a.diags, a.keys.diags...)
	return a.diags.Sorted()
}

// gather makes entries of the operations that cite the document or, if none cites any, of all.
func (a *auditor) gather() {
	citing := false
	for _, op := range a.api.Operations {
		e := &entry{op: op, cited: a.citation(op)}
		a.entries = append(a.entries, e)
		citing = citing || len(e.cited) > 0
	}
	if !citing {
		return
	}
	cited := a.entries[:0]
	for _, e := range a.entries {
		if len(e.cited) > 0 {
			cited = append(cited, e)
		}
	}
	a.entries = cited
}

// citation returns the rows that an operation cites.
func (a *auditor) citation(op *model.Operation) []string {
	if o := op.Origin; o != nil && (a.Doc == "" || o.Document == a.Doc) {
		return o.Rows
	}
	return nil
}

// rows reports the rows without an operation.
func (a *auditor) rows() {
	for _, row := range a.page.Rows {
		if a.of[row] != nil {
			continue
		}
		near := ""
		if op := a.uncited(row); op != nil {
			near = "; " + op.ID + " (" + op.Pos.String() + ") has this method and path and cites no row"
		}
		a.diags.Errorf(row.Pos, ruleRow, "%s: the spec has no operation for it%s", row.Name(), near)
	}
}

// uncited returns an operation outside the entries that may match a row.
func (a *auditor) uncited(row *published.Row) *model.Operation {
	path, err := published.PathOf(row.URL)
	if err != nil {
		return nil
	}
	for _, op := range a.api.Operations {
		if op.HTTPMethod == row.Method && published.Shape(op.Path) == published.Shape(path.Template) && len(a.citation(op)) == 0 {
			return op
		}
	}
	return nil
}

// gone reports entries without a row, and those with fewer rows than they cite.
func (a *auditor) gone() {
	for _, e := range a.entries {
		switch {
		case len(e.rows) == 0 && len(e.cited) > 0:
			a.diags.Errorf(e.op.Pos, ruleGone, "%s cites row %s, and the table has no row for %s", e.op.ID, strings.Join(e.cited, ", "), e.name())
		case len(e.rows) == 0 && len(e.op.Rates) > 0:
			a.diags.Warnf(e.op.Pos, ruleGone, "the table has no row for %s, %s", e.op.ID, e.name())
		case len(e.rows) > 0 && len(e.rows) < len(e.cited):
			a.diags.Errorf(e.op.Pos, ruleGone, "%s cites rows %s, and the table has %d of them", e.op.ID, strings.Join(e.cited, ", "), len(e.rows))
		}
	}
}
