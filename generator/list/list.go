// Package list says which limits are in force at every operation, for people and scripts.
package list

import (
	"strconv"
	"time"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/source"
)

// Operation is one entry of `limitgen list`: an operation, or one variant of it, with the limits in
// force there. The JSON is stable: members may be added, none is renamed, removed or null.
type Operation struct {
	ID     string  `json:"id"`     // operationId or the variant's name, else derived as for the method
	Method string  `json:"method"` // in capitals
	Path   string  `json:"path"`   // template
	Title  string  `json:"title"`  // the variant's title, else x-title, else the summary
	Rows   []int   `json:"rows"`   // numbers of the documented rows that it encodes
	Limits []Limit `json:"limits"` // in the order of use; empty when it is unlimited
}

// Limit is one limit in force.
type Limit struct {
	Name   string   `json:"name"`
	Quota  int64    `json:"quota"`
	Window int64    `json:"window"` // seconds; 0 for concurrency, which has no window
	Unit   string   `json:"unit"`
	Per    []string `json:"per"`
	Burst  int64    `json:"burst,omitempty"` // the bucket that a server refills; left out where there is none
	Reset  string   `json:"reset"`           // rolling, or utc for windows aligned to UTC; empty for concurrency
	Cost   any      `json:"cost"`            // int64, or Cost
}

// Cost is a cost that is counted in the request.
type Cost struct {
	Count   string `json:"count,omitempty"`   // runtime expression of a list whose items count
	Value   string `json:"value,omitempty"`   // runtime expression of a number that counts as it is
	Default *int64 `json:"default,omitempty"` // of such a number: what an absent one counts
	Times   int64  `json:"times"`             // each item's cost, or that of 1 in the number
	Max     int64  `json:"max,omitempty"`     // the most that one request may cost; left out when nothing says
}

// Operations are the operations of a document in its order, with the limits that inheritance gives
// each. The analysis has no errors.
func Operations(a *analyze.Analysis, basePath string) []Operation {
	servers, _ := a.Doc.Servers(basePath)
	l := lister{doc: a.Doc, table: a.Table, servers: servers}
	ops := []Operation{}
	for _, ref := range a.Doc.Operations() {
		ops = append(ops, l.operation(ref)...)
	}
	// Names that are derived, and what schemas say of the most a request may cost, are the model's
	// matter.
	if len(a.API.Operations) == len(ops) {
		for i := range ops {
			refine(&ops[i], a.API.Operations[i])
		}
	}
	return ops
}

type lister struct {
	doc     *source.Document
	table   *limit.Table
	servers *source.Servers
}

func (l *lister) operation(ref source.OpRef) []Operation {
	server, _ := l.servers.Of(ref)
	path := server.Path + ref.Path
	rule := l.rule(ref.Pointer)
	item := l.rule(ref.Pointer[:len(ref.Pointer)-1])
	if rule == nil || len(rule.Variants) == 0 {
		var origin *limit.Origin
		if rule != nil {
			origin = rule.Origin
		}
		return []Operation{{
			ID: ref.Op.OperationID, Method: ref.Method, Path: path,
			Rows: rows(origin), Limits: l.limits(item, rule, nil),
		}}
	}
	var out []Operation
	for i := range rule.Variants {
		v := &rule.Variants[i]
		out = append(out, Operation{
			ID: v.Name, Method: ref.Method, Path: path,
			Rows: rows(v.Origin), Limits: l.limits(item, rule, v),
		})
	}
	return out
}

// rule reads the x-rate-limit value of the operation or path item at ptr; nil when there is none.
func (l *lister) rule(ptr []string) *limit.Rule {
	node := l.doc.Node(append(append([]string{}, ptr...), "x-rate-limit")...)
	if node == nil {
		return nil
	}
	rule, _ := limit.ParseRule(l.doc.File, node)
	return rule
}

func (l *lister) limits(item, rule *limit.Rule, v *limit.Variant) []Limit {
	out := []Limit{}
	if l.table == nil {
		return out
	}
	resolved, _ := l.table.Resolve(item, rule, v)
	if resolved == nil {
		return out
	}
	for _, c := range resolved.Charges {
		if c.Cost.Count == nil && c.Cost.Static == 0 {
			continue // neither checked nor counted
		}
		listed := Limit{
			Name: c.Limit.Name, Quota: c.Limit.Quota, Window: int64(c.Limit.Window / time.Second),
			Unit: c.Limit.Unit, Per: append([]string{}, c.Limit.Per...), Cost: c.Cost.Static,
			Burst: c.Limit.Burst, Reset: string(c.Limit.Reset),
		}
		if c.Limit.Unit == limit.UnitConcurrent {
			listed.Reset = ""
		}
		if c.Cost.Count != nil {
			cost := Cost{Count: c.Cost.Count.Text, Times: max(1, c.Cost.Times), Max: c.Cost.Max}
			if c.Cost.Value {
				cost.Count, cost.Value = "", c.Cost.Count.Text
			}
			listed.Cost = cost
		}
		out = append(out, listed)
	}
	return out
}

// rows are the numbers among an origin's rows; a row may be cited by name too.
func rows(o *limit.Origin) []int {
	out := []int{}
	if o == nil {
		return out
	}
	for _, r := range o.Rows {
		if n, err := strconv.Atoi(r); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// refine takes from the model what only the whole document tells.
func refine(op *Operation, m *model.Operation) {
	op.ID, op.Title = m.ID, m.Title
	for i := range op.Limits {
		cost, ok := op.Limits[i].Cost.(Cost)
		if !ok {
			continue
		}
		for _, r := range m.Rates {
			if r.Limit.Name == op.Limits[i].Name && r.Count != nil {
				cost.Max = r.Max
				if r.Value {
					cost.Default = &r.Default
				}
			}
		}
		op.Limits[i].Cost = cost
	}
}
