package analyze

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/labels"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
	"github.com/limitgen/limitgen/generator/words"
)

// Operation is an operation of the document with its limits.
type Operation struct {
	source.OpRef
	ItemRule, Rule *limit.Rule // of its path item and its own; nil if absent
	Sent           string      // name of a webhook or callback, which the API sends; "" for others
	Uses           []*Use      // one, or one for each variant
}

// Use is the resolved limits of an operation, or of one of its variants.
type Use struct {
	Op             *Operation
	Variant        *limit.Variant // nil for an operation without variants
	limit.Resolved                // empty if the document has no table
}

// read parses and resolves all limits of the document.
func (a *Analysis) read(o Options) {
	a.Found = append(a.Found, words.Check(a.Doc)...)
	found, diags := labels.Apply(a.Doc, o.Strict)
	a.Labels, a.Found = found, append(a.Found, diags...)
	servers, diags := a.Doc.Servers(o.BasePath)
	a.Servers, a.Found = servers, append(a.Found, diags...)
	if node := a.Doc.Node("x-rate-limits"); node != nil {
		table, diags := limit.ParseTable(a.Doc.File, node)
		a.Table, a.Found = table, append(a.Found, diags...)
	}
	r := ruleReader{a: a, known: make(map[string]*limit.Rule)}
	for _, path := range a.Doc.Paths() {
		if rule := r.rule([]string{"paths", path}); rule != nil {
			a.Items = append(a.Items, rule)
		}
	}
	for _, ref := range a.Doc.Operations() {
		op := &Operation{
			OpRef: ref, ItemRule: r.rule([]string{"paths", ref.Path}), Rule: r.rule(ref.Pointer),
		}
		if op.ItemRule == nil { // the path item may be a reference
			op.ItemRule = r.rule(ref.Pointer[:len(ref.Pointer)-1])
		}
		a.Operations = append(a.Operations, op)
		for _, v := range variants(op.Rule) {
			op.Uses = append(op.Uses, &Use{Op: op, Variant: v, Resolved: limit.Resolved{Default: true}})
		}
	}
	a.readSent(&r)
	a.resolve()
}

// readSent reads the limits of webhooks and callbacks, which have only their own: the default of
// the table is for calls of the API.
func (a *Analysis) readSent(r *ruleReader) {
	a.requests = sentRequests(a.Doc)
	for _, s := range a.requests {
		op := &Operation{OpRef: s.OpRef, Rule: r.rule(s.Pointer), Sent: s.name}
		op.Uses = []*Use{{Op: op}}
		if op.Rule != nil && len(op.Rule.Variants) > 0 {
			a.Found.Errorf(a.Doc.Pos(join(s.Pointer, "x-rate-limit")...), "misplaced",
				"webhook %q has variants, which are for calls of the API; write use alone", s.name)
		}
		a.Sent = append(a.Sent, op)
	}
}

// ruleReader reads each rule once: several paths may refer to one path item.
type ruleReader struct {
	a     *Analysis
	known map[string]*limit.Rule // by pointer
}

// rule reads the x-rate-limit value of the operation or path item at ptr; nil if there is none.
func (r *ruleReader) rule(ptr []string) *limit.Rule {
	key := strings.Join(ptr, "\x00")
	if rule, ok := r.known[key]; ok {
		return rule
	}
	var rule *limit.Rule
	if node := r.a.Doc.Node(join(ptr, "x-rate-limit")...); node != nil {
		var diags diag.List
		rule, diags = limit.ParseRule(r.a.Doc.File, node)
		r.a.Found = append(r.a.Found, diags...)
	}
	r.known[key] = rule
	return rule
}

// variants returns those of a rule, or a single nil.
func variants(rule *limit.Rule) []*limit.Variant {
	if rule == nil || len(rule.Variants) == 0 {
		return []*limit.Variant{nil}
	}
	out := make([]*limit.Variant, len(rule.Variants))
	for i := range rule.Variants {
		out[i] = &rule.Variants[i]
	}
	return out
}

// resolve finds the limits of each use. It reports names that the table lacks, even in uses that
// others override.
func (a *Analysis) resolve() {
	table := a.Table
	if table == nil {
		if !a.limited() || words.HidesTable(a.Doc) {
			return
		}
		table = &limit.Table{}
	}
	try := func(item, rule *limit.Rule, v *limit.Variant) *limit.Resolved {
		resolved, diags := table.Resolve(item, rule, v)
		a.Found = append(a.Found, diags...)
		return resolved
	}
	try(nil, nil, nil)
	for _, item := range a.Items {
		if item.Use != nil {
			try(item, nil, nil)
		}
	}
	for _, op := range a.Operations {
		if op.Rule != nil && op.Rule.Use != nil {
			try(op.ItemRule, op.Rule, nil)
		}
		for _, u := range op.Uses {
			if resolved := try(op.ItemRule, op.Rule, u.Variant); a.Table != nil {
				u.Resolved = *resolved
			}
		}
	}
	for _, op := range a.Sent {
		if op.Rule == nil || op.Rule.Use == nil {
			continue
		}
		if resolved := try(nil, op.Rule, nil); a.Table != nil {
			op.Uses[0].Resolved = *resolved
		}
	}
}

// limited reports whether any operation or path item names limits.
func (a *Analysis) limited() bool {
	named := func(op *Operation) bool { return op.Rule != nil || op.ItemRule != nil }
	return len(a.Items) > 0 || slices.ContainsFunc(a.Operations, named) ||
		slices.ContainsFunc(a.Sent, named)
}

// AllUses returns the uses of operations, then those of what the API sends.
func (a *Analysis) AllUses() []*Use {
	out := a.Uses()
	for _, op := range a.Sent {
		out = append(out, op.Uses...)
	}
	return out
}

// Uses returns the uses of all operations, in the order of the document.
func (a *Analysis) Uses() []*Use {
	var out []*Use
	for _, op := range a.Operations {
		out = append(out, op.Uses...)
	}
	return out
}

// Name returns the operation's name in diagnostics.
func (op *Operation) Name() string {
	if op.Op.OperationID != "" {
		return op.Op.OperationID
	}
	if op.Sent != "" {
		return "webhook " + op.Sent
	}
	return op.Method + " " + op.Path
}

// Parameter finds a parameter of the operation or its path item; nil if there is none.
func (op *Operation) Parameter(in limit.Source, name string) *openapi3.Parameter {
	if p := op.Op.Parameters.GetByInAndName(string(in), name); p != nil || op.Item == nil {
		return p
	}
	return op.Item.Parameters.GetByInAndName(string(in), name)
}
