package analyze

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
)

// discriminator identifies the alternatives of a schema by the values of a property.
type discriminator struct {
	property string
	values   [][]string // for each alternative
	literal  []bool     // whether an alternative's are numbers, or true and false
}

// discriminated reads the discriminator of a schema with alternatives; nil if it has none, or one
// that does not cover all of them.
func (b *builder) discriminated(l loc, members []loc) *discriminator {
	at, ok := b.discriminatorOf(l)
	if !ok || len(members) < 2 {
		return nil
	}
	d := at.schema().Discriminator
	out := &discriminator{property: d.PropertyName}
	for _, m := range members {
		values := b.kindsOf(at, d, m, 0)
		if len(values) == 0 {
			b.diags.Warnf(b.doc.Pos(at.at(nil, "discriminator").ptr...), "discriminator",
				"no value of %q means %s, so the discriminator is not read; map a value to it", d.PropertyName,
				called(m))
			return nil
		}
		literal := b.literalKinds(d.PropertyName, m)
		if i := slices.IndexFunc(values, func(v string) bool { return literal && !isLiteral(v) }); i >= 0 {
			b.diags.Warnf(b.doc.Pos(at.at(nil, "discriminator").ptr...), "discriminator",
				"%q is not a string in %s and cannot be %q, so the discriminator is not read; map its values",
				d.PropertyName, called(m), values[i])
			return nil
		}
		out.values, out.literal = append(out.values, values), append(out.literal, literal)
	}
	return out
}

// discriminatorOf finds the schema with the discriminator of alternatives, which may be a member of
// an allOf.
func (b *builder) discriminatorOf(l loc) (at loc, ok bool) {
	for _, p := range b.conjuncts(l, 0, make(map[*openapi3.Schema]bool)) {
		if d := p.schema().Discriminator; d != nil && d.PropertyName != "" &&
			len(p.schema().OneOf)+len(p.schema().AnyOf) > 0 {
			at, ok = p, true
		}
	}
	return at, ok
}

// literalKinds reports whether the property is a number or a truth value in an alternative. OpenAPI
// knows strings alone, and APIs tell versions of a message apart by a number.
func (b *builder) literalKinds(property string, m loc) bool {
	sh, _ := b.resolved(m)
	for _, p := range sh.props {
		if p.name == property {
			of, _ := b.resolved(p.loc)
			return of.kind == integerShape || of.kind == numberShape || of.kind == boolShape
		}
	}
	return sh.kind == unionShape && len(sh.members) > 0 && b.literalKinds(property, sh.members[0])
}

// kindsOf returns the discriminator values of an alternative: those mapped to it, else those that
// its property may have, else the name of its schema.
func (b *builder) kindsOf(at loc, d *openapi3.Discriminator, m loc, depth int) []string {
	name := ""
	if ptr := refPointer(m.ref.Ref); len(ptr) == 3 {
		name = ptr[2]
	}
	out := b.mapped(at, d, name)
	if len(out) > 0 {
		return out
	}
	sh, of := b.resolved(m)
	if sh.kind == unionShape && depth < maxDepth {
		if own, ok := b.discriminatorOf(of); ok && own.schema().Discriminator.PropertyName == d.PropertyName {
			at, d = own, own.schema().Discriminator // the alternatives of an alternative are identified by it
		}
		for _, inner := range sh.members {
			out = append(out, b.kindsOf(at, d, inner, depth+1)...)
		}
		return out
	}
	for _, p := range sh.props {
		if values, _ := b.resolved(p.loc); p.name == d.PropertyName && !values.open {
			for _, c := range values.enum {
				switch v := c.value.(type) {
				case string:
					out = append(out, v)
				case int64:
					out = append(out, strconv.FormatInt(v, 10))
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

// isLiteral reports whether a text is a number or a truth value of JSON.
func isLiteral(text string) bool {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return false
	}
	switch v.(type) {
	case float64, bool:
		return true
	}
	return false
}

// mapped returns the discriminator's values that are mapped to a schema's name.
func (b *builder) mapped(at loc, d *openapi3.Discriminator, name string) []string {
	var out []string
	for _, value := range keys(b, d.Mapping, at.at(nil, "discriminator", "mapping").ptr...) {
		to := d.Mapping[value].Ref
		ptr := refPointer(to)
		if name != "" && (to == name || len(ptr) == 3 && ptr[2] == name) {
			out = append(out, value)
		}
	}
	return out
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
