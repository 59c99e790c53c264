package analyze

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
)

// discriminator identifies the alternatives of a schema by the values of a property.
type discriminator struct {
	property string
	values   [][]string // for each alternative
}

// discriminated reads the discriminator of a schema with alternatives; nil if it has none, or one
// that does not cover all of them.
func (b *builder) discriminated(l loc, members []loc) *discriminator {
	var at loc
	for _, p := range b.conjuncts(l, 0, make(map[*openapi3.Schema]bool)) {
		if d := p.schema().Discriminator; d != nil && d.PropertyName != "" && len(p.schema().OneOf)+len(p.schema().AnyOf) > 0 {
			at = p
		}
	}
	if at.ref == nil || len(members) < 2 {
		return nil
	}
	d := at.schema().Discriminator
	out := &discriminator{property: d.PropertyName}
	for _, m := range members {
		values := b.kindsOf(at, d, m, 0)
		if len(values) == 0 {
			b.diags.Warnf(b.doc.Pos(at.at(nil, "discriminator").ptr...), "discriminator",
				"no value of %q means %s, so the discriminator is not read; map a value to it", d.PropertyName, called(m))
			return nil
		}
		out.values = append(out.values, values)
	}
	return out
}

// kindsOf returns the discriminator values of an alternative: those mapped to it, else those that
// its property may have, else the name of its schema.
func (b *builder) kindsOf(at loc, d *openapi3.Discriminator, m loc, depth int) []string {
	var out []string
	name := ""
	if ptr := refPointer(m.ref.Ref); len(ptr) == 3 {
		name = ptr[2]
	}
	for _, value := range keys(b, d.Mapping, at.at(nil, "discriminator", "mapping").ptr...) {
		to := d.Mapping[value].Ref
		ptr := refPointer(to)
		if name != "" && (to == name || len(ptr) == 3 && ptr[2] == name) {
			out = append(out, value)
		}
	}
	if len(out) > 0 {
		return out
	}
	sh, of := b.resolved(m)
	if sh.kind == unionShape && depth < maxDepth {
		for _, inner := range sh.members {
			out = append(out, b.kindsOf(at, d, inner, depth+1)...)
		}
		return out
	}
	for _, p := range sh.props {
		if values, _ := b.resolved(p.loc); p.name == d.PropertyName && !values.open {
			for _, c := range values.enum {
				if text, ok := c.value.(string); ok {
					out = append(out, text)
				}
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	if ptr := refPointer(of.ref.Ref); name == "" && len(ptr) == 3 {
		name = ptr[2]
	}
	if name == "" {
		return nil
	}
	return []string{name}
}

// pick makes servers choose the alternative by the discriminator.
func (b *builder) pick(out *model.Schema, l loc, w *allOfContext) bool {
	s := l.schema()
	if s.Discriminator == nil {
		return false
	}
	members := slices.Concat(realMembers(l, "oneOf", s.OneOf), realMembers(l, "anyOf", s.AnyOf))
	d := b.discriminated(l, members)
	if d == nil {
		return false
	}
	out.Kind = &model.Discriminator{Property: d.property}
	meant := make(map[string][]int)
	var order []string
	for i, m := range members {
		index := b.memberIndex(m, w)
		for _, v := range d.values[i] {
			if meant[v] == nil {
				order = append(order, v)
			}
			meant[v] = append(meant[v], index)
		}
	}
	for _, v := range order {
		index := meant[v][0]
		if len(meant[v]) > 1 { // the value is ambiguous
			some := &model.Schema{AnyOf: meant[v]}
			if len(s.OneOf) > 0 {
				some = &model.Schema{OneOf: meant[v]}
			}
			index = b.schemas.addLeaf(some)
		}
		out.Kind.Cases = append(out.Kind.Cases, model.DiscriminatorCase{Value: v, Schema: index})
	}
	return true
}
