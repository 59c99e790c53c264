package analyze

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

const ruleFormer = "x-deprecated-names" // and the word's name

// formerNames reads by which names operations were called before, for clients that still use them.
// It comes after all operations have their names, which have precedence.
func (b *builder) formerNames(ops []*opSource) {
	first := make(map[string]diag.Position) // by method
	for _, op := range ops {
		first[op.model.Method] = op.pos
	}
	for _, op := range ops {
		node := b.doc.Node(join(op.Pointer, ruleFormer)...)
		if node == nil {
			continue
		}
		pos := b.doc.Pos(join(op.Pointer, ruleFormer)...)
		if op.variant != nil {
			if op.use == op.use.Op.Uses[0] {
				b.diags.Errorf(pos, ruleFormer, "an operation with variants has several names; %s is for operations without", ruleFormer)
			}
			continue
		}
		for _, n := range b.namesOf(node, pos) {
			at := diag.At(b.doc.File, n)
			method := naming.Exported(n.Value)
			if other, ok := first[method]; ok && method == op.model.Method {
				b.diags.Errorf(at, ruleFormer, "%q is the operation's name now; name those that it had before",
					n.Value)
				continue
			} else if ok {
				b.diags.Errorf(at, ruleFormer, "%q is a name of another operation too (%s)", n.Value, other)
				continue
			}
			first[method] = at
			op.model.Former = append(op.model.Former, &model.Former{ID: n.Value, Method: method, Pos: at})
		}
	}
}

// namesOf returns the values of a list of names, or of one name.
func (b *builder) namesOf(node *yaml.Node, pos diag.Position) []*yaml.Node {
	list := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		list = node.Content
	}
	if len(list) == 0 {
		b.diags.Errorf(pos, ruleFormer, "%s lists the operationIds that the operation had before, such as [getOld]", ruleFormer)
	}
	var out []*yaml.Node
	for _, n := range list {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" || strings.TrimSpace(n.Value) == "" {
			b.diags.Errorf(diag.At(b.doc.File, n), ruleFormer,
				"%s lists the operationIds that the operation had before, such as [getOld]", ruleFormer)
			continue
		}
		out = append(out, n)
	}
	return out
}

// formerTypes declares what the types of a renamed operation were called before.
func (b *builder) formerTypes(ops []*opSource) {
	for _, op := range ops {
		m := op.model
		for _, f := range m.Former {
			again := func(name string, constant bool) {
				rest, ok := strings.CutPrefix(name, m.Method)
				if !ok {
					return // a name of its own, which does not change with the operation's
				}
				if !b.names.Take(f.Method + rest) {
					b.diags.Warnf(f.Pos, ruleFormer, "%s is the name of something else now, so it does not stand for %s", f.Method+rest, name)
					return
				}
				b.api.Former = append(b.api.Former, &model.FormerName{
					Old: f.Method + rest, New: name, Const: constant,
				})
			}
			if m.ParamsType != "" {
				again(m.ParamsType, false)
			}
			if m.Result.Struct != "" {
				again(m.Result.Struct, false)
			}
			for _, h := range []*model.Headers{m.Headers, m.ErrorHeaders} {
				if h != nil {
					again(h.Type, false)
				}
			}
			for _, d := range op.nested {
				again(d.Name, false)
				for _, v := range d.Values {
					again(v.Name, true)
				}
			}
		}
	}
}

// formerMethods names the methods that go by an operation's former names.
func (b *builder) formerMethods(op *model.Operation, methods *naming.Table) {
	for _, f := range op.Former {
		b.formerMethod(op, f, op.Method, methods)
		for _, m := range op.Media {
			f.Media = append(f.Media, b.formerMethod(op, f, m.Method, methods))
		}
		if op.Page != nil {
			f.Page = b.formerMethod(op, f, op.Page.Method, methods)
		}
		if op.Parts != nil {
			f.Parts = b.formerMethod(op, f, op.Parts.Method, methods)
		}
	}
}

// formerMethod names what a method was called when the operation had another name.
func (b *builder) formerMethod(op *model.Operation, f *model.Former, now string,
	methods *naming.Table) string {
	name := f.Method + strings.TrimPrefix(now, op.Method)
	if !methods.Take(name) {
		b.diags.Errorf(f.Pos, ruleFormer, "%s is another method of the group already", name)
	}
	return name
}
