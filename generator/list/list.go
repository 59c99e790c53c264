// Package list reports the limits in force for each operation, for people and scripts.
package list

import (
	"cmp"
	"strconv"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
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
	Origin *Origin `json:"origin,omitempty"`
}

// Origin says where an operation's limits come from.
type Origin struct {
	From  string `json:"from"`            // variant, operation, path, label, default, or nothing
	Label string `json:"label,omitempty"` // the vendor's word, and what it was read from
	At    string `json:"at,omitempty"`    // file:line:col of what says so
}

// Limit is one limit in force.
type Limit struct {
	Name   string   `json:"name"`
	Quota  int64    `json:"quota"`
	Window int64    `json:"window"` // seconds; 0 for concurrency, which has no window
	Unit   string   `json:"unit"`
	Per    []string `json:"per"`
	Rate   string   `json:"rate,omitempty"`  // how many a second, where the spec says that; quota and window are the same
	Burst  int64    `json:"burst,omitempty"` // the bucket that a server refills; left out if there is none
	Reset  string   `json:"reset"`           // rolling, or utc for windows aligned to UTC; empty for concurrency
	Cost   any      `json:"cost"`            // int64, or Cost
}

// Cost is a cost that depends on the request.
type Cost struct {
	Count   string `json:"count,omitempty"`   // runtime expression of a list whose items count
	Value   string `json:"value,omitempty"`   // runtime expression of a number that counts as it is
	Default *int64 `json:"default,omitempty"` // of such a number: what an absent one counts
	Times   int64  `json:"times"`             // each item's cost, or that of 1 in the number
	Max     int64  `json:"max,omitempty"`     // the most that one request may cost; left out when nothing says
}

// Operations returns the operations of an API in its spec's order, with the limits that inheritance
// gives each.
func Operations(api *model.API) []Operation {
	ops := []Operation{}
	for _, op := range api.Operations {
		ops = append(ops, Operation{
			ID: op.ID, Method: op.HTTPMethod, Path: op.BasePath + op.Path, Title: op.Title,
			Rows: rows(op.Origin), Limits: limits(op), Origin: origin(op),
		})
	}
	for _, w := range api.Webhooks {
		if len(w.Rates) > 0 {
			ops = append(ops, Operation{
				ID: w.ID, Method: w.HTTPMethod, Path: cmp.Or(w.To, "webhook"), Title: w.Doc.Summary,
				Rows: rows(nil), Limits: limits(w.Operation), Origin: origin(w.Operation),
			})
		}
	}
	return ops
}

func origin(op *model.Operation) *Origin {
	out := &Origin{From: op.UseFrom, Label: op.Label}
	if op.UsePos.Line > 0 {
		out.At = op.UsePos.String()
	}
	return out
}

func limits(op *model.Operation) []Limit {
	out := []Limit{}
	for _, r := range op.Rates {
		l := Limit{
			Name: r.Limit.Name, Quota: r.Limit.Quota, Window: r.Limit.Seconds, Unit: r.Limit.Unit,
			Per: append([]string{}, r.Limit.Per...), Rate: rate(r.Limit), Burst: r.Limit.Burst,
			Reset: reset(r.Limit), Cost: r.Cost,
		}
		if r.Count != nil {
			l.Cost = cost(r)
		}
		out = append(out, l)
	}
	return out
}

func rate(l *model.Limit) string {
	if !l.Rated {
		return ""
	}
	return limit.PerSecond(l.Quota, l.Seconds)
}

func reset(l *model.Limit) string {
	switch {
	case l.Seconds == 0:
		return ""
	case l.UTC:
		return "utc"
	}
	return "rolling"
}

// cost returns the cost of a rate that depends on the request.
func cost(r *model.Rate) Cost {
	out := Cost{Count: r.Count.String(), Times: r.Times, Max: r.Max}
	if r.Value {
		out.Count, out.Value, out.Default = "", out.Count, &r.Default
	}
	return out
}

// rows returns the numbers among an origin's rows; a row may be cited by name too.
func rows(o *model.Origin) []int {
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

// Spending returns the cost of one request, for its description.
func (l Limit) Spending() limit.Spending {
	c, counted := l.Cost.(Cost)
	if !counted {
		n, _ := l.Cost.(int64)
		return limit.Spending{Cost: n}
	}
	out := limit.Spending{Of: c.Count, Times: c.Times, Max: c.Max}
	if c.Value != "" {
		out.Of, out.Value, out.Default = c.Value, true, *c.Default
	}
	return out
}
