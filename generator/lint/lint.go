// Package lint finds what is wrong with a spec and its limits. Each rule is one short file with its
// id; none of them mends anything.
package lint

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
)

const (
	rootExtension = "x-rate-limits"
	opExtension   = "x-rate-limit"
)

// Lint returns all findings about a document and its limits, sorted.
func Lint(d *source.Document) diag.List { return LintUnder(d, "") }

// LintUnder is Lint with a path that takes the place of the first server's, unless it is empty.
func LintUnder(d *source.Document, basePath string) diag.List {
	l := load(d)
	_, diags := d.Servers(basePath)
	l.diags = append(l.diags, diags...)
	for _, rule := range []func(*linter){
		resolveLimits, pathTemplates, ambiguousPaths, pathParameters, keyParameters, costExpressions, missing429,
		maxBesideMaxItems, unusedLimits, unmatchedVariants, otherWords, nameCollisions, nothingLimited,
		tableNames, originDocs, costKinds, credentials, costsAboveQuota, errorPointers,
	} {
		rule(l)
	}
	return l.diags.Sorted()
}

// Limits returns the errors in what limits are counted by and cost. A server of such a spec would
// count wrongly, so that generate refuses it too.
func Limits(d *source.Document) diag.List {
	l := load(d)
	l.diags = nil
	for _, rule := range []func(*linter){keyParameters, costExpressions, costKinds, credentials, tableNames, costsAboveQuota} {
		rule(l)
	}
	return l.diags
}

// linter is a document with its extensions read. Rules read it and add findings.
type linter struct {
	doc   *source.Document
	table *limit.Table // nil when the document has none
	ops   []operation
	items map[string]*limit.Rule // path item rules by path
	diags diag.List
}

// operation is an operation and the rules on it; both may be nil.
type operation struct {
	source.OpRef
	item, rule *limit.Rule
}

// use is what applies to an operation, or to a variant of it.
type use struct {
	op      operation
	variant *limit.Variant // nil without variants
	charges []limit.ResolvedCharge
}

// load parses the extensions wherever they stand.
func load(d *source.Document) *linter {
	l := &linter{doc: d, items: make(map[string]*limit.Rule)}
	if node := d.Node(rootExtension); node != nil {
		table, diags := limit.ParseTable(d.File, node)
		l.table, l.diags = table, append(l.diags, diags...)
	}
	for _, path := range d.Paths() {
		l.items[path] = l.rule([]string{"paths", path})
	}
	for _, ref := range d.Operations() {
		item := l.items[ref.Path]
		if parent := ref.Pointer[:len(ref.Pointer)-1]; item == nil {
			item = l.rule(parent)
		}
		l.ops = append(l.ops, operation{OpRef: ref, item: item, rule: l.rule(ref.Pointer)})
	}
	return l
}

// rule reads the extension below ptr; nil when there is none. Findings of the same place are made
// once.
func (l *linter) rule(ptr []string) *limit.Rule {
	node := l.doc.Node(append(slices.Clone(ptr), opExtension)...)
	if node == nil {
		return nil
	}
	rule, diags := limit.ParseRule(l.doc.File, node)
	l.diags = append(l.diags, diags...)
	return rule
}

// limited reports whether the document uses the extension at all.
func (l *linter) limited() bool {
	if l.table != nil {
		return true
	}
	return slices.ContainsFunc(l.ops, func(op operation) bool { return op.rule != nil || op.item != nil })
}

// uses resolves every operation and variant in the order of the document.
func (l *linter) uses() []use {
	if l.table == nil {
		return nil
	}
	var out []use
	for _, op := range l.ops {
		for _, v := range op.variants() {
			resolved, _ := l.table.Resolve(op.item, op.rule, v)
			out = append(out, use{op, v, resolved.Charges})
		}
	}
	return out
}

// variants are those of the operation, or a single nil.
func (op operation) variants() []*limit.Variant {
	if op.rule == nil || len(op.rule.Variants) == 0 {
		return []*limit.Variant{nil}
	}
	out := make([]*limit.Variant, len(op.rule.Variants))
	for i := range op.rule.Variants {
		out[i] = &op.rule.Variants[i]
	}
	return out
}

// name is how findings speak of an operation.
func (op operation) name() string {
	if op.Op.OperationID != "" {
		return op.Op.OperationID
	}
	return op.Method + " " + op.Path
}

// parameter finds a parameter of the operation or its path item.
func (op operation) parameter(in limit.Source, name string) *openapi3.Parameter {
	if p := op.Op.Parameters.GetByInAndName(string(in), name); p != nil {
		return p
	}
	if op.Item == nil {
		return nil
	}
	return op.Item.Parameters.GetByInAndName(string(in), name)
}

// bodies are the schemas that the body may have, in the order of their media types. A variant's own
// request takes the place of the operation's. known is false when a schema is not given.
func (l *linter) bodies(op operation, v *limit.Variant) (schemas []*openapi3.SchemaRef, known bool) {
	body := op.Op.RequestBody
	if v != nil && v.Request != "" {
		ref, schema := l.component(v.Request)
		if schema != nil {
			return []*openapi3.SchemaRef{schema}, true
		}
		body = ref
		if body == nil {
			return nil, false // build says so
		}
	}
	if body == nil || body.Value == nil {
		return nil, true
	}
	for _, name := range slices.Sorted(maps.Keys(body.Value.Content)) {
		media := body.Value.Content[name]
		if media == nil || media.Schema == nil {
			return nil, false
		}
		schemas = append(schemas, media.Schema)
	}
	return schemas, true
}

// component is the request body or schema that a local reference names.
func (l *linter) component(ref string) (*openapi3.RequestBodyRef, *openapi3.SchemaRef) {
	c := l.doc.T.Components
	if c == nil {
		return nil, nil
	}
	kind, name := splitRef(ref)
	switch kind {
	case "requestBodies":
		return c.RequestBodies[name], nil
	case "schemas":
		return nil, c.Schemas[name]
	}
	return nil, nil
}
