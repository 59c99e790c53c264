// Package labels assigns limits to operations by a vendor's own notation: an extension, words in a
// description, a tag. It writes the result into the document as x-rate-limit, at the label's
// position, so that it is read like any other.
package labels

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
)

// Rule is the rule of findings about labels.
const Rule = "label"

// Found is the label that assigned an operation's limits.
type Found struct {
	From string // as in the rule
	Text string
	Pos  diag.Position
}

// Labels has the labels found, by the node of the operation.
type Labels map[*yaml.Node]Found

// Apply reads the labels of all operations that have no limits of their own, or from their path
// item. An operation that no rule matches is a warning; where strict, an error.
func Apply(doc *source.Document, strict bool) (Labels, diag.List) {
	node := doc.Node("x-rate-limits")
	if node == nil {
		return nil, nil
	}
	table, _ := limit.ParseTable(doc.File, node) // the analysis reports its findings
	if len(table.Labels) == 0 {
		return nil, nil
	}
	r := &reader{
		doc: doc, table: table, root: node, strict: strict, found: make(Labels),
		seen: make(map[*yaml.Node]bool), made: make(map[string]diag.Position),
		hits: make([]int, len(table.Labels)),
	}
	r.aliases()
	for _, ref := range doc.Operations() {
		r.operation(ref)
	}
	for i, n := range r.hits {
		if n == 0 {
			r.diags.Warnf(table.Labels[i].Pos, Rule, "this rule of labels finds nothing at any operation without limits of its own")
		}
	}
	return r.found, r.diags
}

type reader struct {
	doc    *source.Document
	table  *limit.Table
	root   *yaml.Node // of x-rate-limits
	strict bool
	found  Labels
	seen   map[*yaml.Node]bool      // operations; several path items may be one
	made   map[string]diag.Position // limits made from tables
	hits   []int                    // by rule
	diags  diag.List
}

// aliases reports aliases of unknown limits.
func (r *reader) aliases() {
	for _, l := range r.table.Labels {
		for _, a := range l.As {
			if a.Name != "" && r.table.Limit(a.Name) == nil {
				r.diags.Errorf(a.Pos, limit.RuleUnknown, "%s", r.table.NoLimit(a.Name))
			}
		}
	}
}

func (r *reader) operation(ref source.OpRef) {
	op, item := r.doc.Node(ref.Pointer...), r.doc.Node(ref.Pointer[:len(ref.Pointer)-1]...)
	if op == nil || op.Kind != yaml.MappingNode || r.seen[op] || hasUse(op) || hasUse(item) {
		return
	}
	r.seen[op] = true
	for i, rule := range r.table.Labels {
		for _, l := range r.texts(rule, op, item) {
			if rule.Table != nil {
				if r.tabled(rule, l, ref, op) {
					r.hits[i]++
					return
				}
				continue
			}
			a, known := r.table.Stand(rule, l.Text)
			if !known && rule.From == limit.FromTag {
				continue // tags group operations by more than their limits
			}
			r.hits[i]++
			if !known {
				r.diags.Errorf(l.Pos, Rule, "%s", r.table.Unlabelled(l.Text))
				a.Use = object(l.node) // so that the operation gets no further finding
			}
			r.use(op, l, a)
			return
		}
	}
	r.unlabelled(ref)
}

// unlabelled lists an operation that no rule matches.
func (r *reader) unlabelled(ref source.OpRef) {
	name, then := ref.Op.OperationID, "nothing limits it"
	if name == "" {
		name = ref.Method + " " + ref.Path
	}
	if r.table.Default != nil {
		then = "the default applies"
	}
	report := r.diags.Warnf
	if r.strict {
		report = r.diags.Errorf
	}
	report(r.doc.Pos(ref.Pointer...), Rule, "no rule of labels matches %s, so %s", name, then)
}

// hasUse reports whether an object has limits already, itself or in each of its variants.
func hasUse(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	rule := child(n, "x-rate-limit")
	if rule == nil || rule.Kind != yaml.MappingNode || child(rule, "use") != nil {
		return rule != nil
	}
	list := child(rule, "variants")
	return list != nil && list.Kind == yaml.SequenceNode && len(list.Content) > 0 &&
		!slices.ContainsFunc(list.Content, func(v *yaml.Node) bool { return child(v, "use") == nil })
}

// use writes the meaning of a label into the operation.
func (r *reader) use(op *yaml.Node, l label, a limit.Alias) {
	use := a.Use
	if use == nil {
		use = object(l.node, scalar(l.node, a.Name, "!!str"), scalar(l.node, "1", "!!int"))
	}
	rule := child(op, "x-rate-limit")
	if rule == nil {
		rule = object(l.node)
		op.Content = append(op.Content, scalar(l.node, "x-rate-limit", "!!str"), rule)
	}
	rule.Content = append(rule.Content, scalar(l.node, "use", "!!str"), use)
	r.found[op] = Found{From: l.from, Text: l.Text, Pos: l.Pos}
}

func scalar(at *yaml.Node, value, tag string) *yaml.Node {
	return diag.Moved(&yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}, at)
}

func object(at *yaml.Node, pairs ...*yaml.Node) *yaml.Node {
	return diag.Moved(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: pairs}, at)
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// label is a text that a rule reads.
type label struct {
	Text string
	from string
	node *yaml.Node
	Pos  diag.Position
}

// texts returns the labels that a rule finds at an operation; there may be several tags.
func (r *reader) texts(rule limit.Label, op, item *yaml.Node) []label {
	at := func(n *yaml.Node, text string, offset int) label {
		pos, moved := diag.At(r.doc.File, n), *n
		if n.Style&yaml.LiteralStyle != 0 { // its lines are the file's
			pos.Line, pos.Col = pos.Line+1+strings.Count(n.Value[:offset], "\n"), 1
		}
		moved.Line, moved.Column = pos.Line, pos.Col
		return label{Text: text, from: rule.From, node: &moved, Pos: pos}
	}
	var out []label
	for _, n := range r.values(rule.From, op, item) {
		text, offset := n.Value, 0
		if rule.Match != nil {
			m := rule.Match.FindStringSubmatchIndex(text)
			group := 0
			if m != nil {
				group = 2 * rule.Match.SubexpIndex("limit")
			}
			if m == nil || m[group] < 0 {
				continue
			}
			text, offset = text[m[group]:m[group+1]], m[group]
		}
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, at(n, text, offset))
		}
	}
	return out
}

// values returns the texts at an operation that a rule reads. An extension may be at the path item
// instead.
func (r *reader) values(from string, op, item *yaml.Node) []*yaml.Node {
	if from == limit.FromTag {
		if tags := child(op, "tags"); tags != nil && tags.Kind == yaml.SequenceNode {
			return tags.Content
		}
		return nil
	}
	n := child(op, from)
	if n == nil && strings.HasPrefix(from, "x-") {
		n = child(item, from)
	}
	switch {
	case n == nil || n.Tag == "!!null":
		return nil
	case n.Kind != yaml.ScalarNode:
		r.diags.Errorf(diag.At(r.doc.File, n), Rule,
			"%s is read as a label, which is a text, and this is none", from)
		return nil
	}
	return []*yaml.Node{n}
}
