package analyze

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

const ruleConflict = "all-of-conflict"

// allOf returns the members of a schema's allOf.
func (b *builder) allOf(l loc) []loc {
	s := l.schema()
	if made := b.made[s]; made != nil {
		return made
	}
	out := make([]loc, 0, len(s.AllOf))
	for i, m := range s.AllOf {
		if m != nil && m.Value != nil {
			out = append(out, l.at(m, "allOf", itoa(i)))
		}
	}
	return out
}

// onlyMember returns the one member of an allOf that determines the type of its values, if the
// schema itself and the other members only describe or bound them; otherwise nil.
func (b *builder) onlyMember(l loc) *loc {
	if len(l.schema().AllOf) == 0 || shapes(l.schema(), false) {
		return nil
	}
	var telling []loc
	for _, m := range b.allOf(l) {
		if shapes(m.schema(), true) {
			telling = append(telling, m)
		}
	}
	for _, named := range []bool{false, true} { // drop named schemas last
		for i := 0; len(telling) > 1 && i < len(telling); i++ {
			others := append(slices.Clone(telling[:i]), telling[i+1:]...)
			m := telling[i]
			if (m.ref.Ref != "") == named &&
				slices.ContainsFunc(others, func(o loc) bool { return b.implies(o, m.schema()) }) {
				telling, i = others, -1
			}
		}
	}
	if len(telling) != 1 {
		return nil
	}
	return &telling[0]
}

// shapes reports whether a schema determines the type of its values, rather than only describing or
// bounding them.
func shapes(s *openapi3.Schema, allOf bool) bool {
	return s.Type != nil && !s.Type.Is("null") && allOf || s.Format != "" && allOf ||
		allOf && len(s.AllOf) > 0 || len(s.Properties) > 0 || len(s.OneOf) > 0 || len(s.AnyOf) > 0 ||
		len(s.Enum) > 0 || s.Const != nil || s.Items != nil || s.AdditionalProperties.Schema != nil ||
		s.AdditionalProperties.Has != nil || len(s.Required) > 0 || len(s.PatternProperties) > 0 ||
		len(s.PrefixItems) > 0
}

// implies reports whether a schema says everything that another one says, if that is only a type
// and perhaps a list of values.
func (b *builder) implies(l loc, other *openapi3.Schema) bool {
	bare := *other
	bare.Type, bare.Enum = nil, nil
	kind, list := b.choices(loc{ref: &openapi3.SchemaRef{Value: other}})
	sh, _ := b.resolved(l)
	if shapes(&bare, true) || kind == anyShape && len(other.Enum) > 0 || ownKind(other) == anyShape ||
		ownKind(other) != sh.kind {
		return false
	}
	return len(list) == 0 || len(sh.enum) > 0 && !sh.open && subset(sh.enum, list)
}

// subset reports whether all values of list are in of.
func subset(list, of []choice) bool {
	return !slices.ContainsFunc(list, func(c choice) bool {
		return !slices.ContainsFunc(of, func(o choice) bool { return o.value == c.value })
	})
}

// both returns the schema that combines two members of an allOf. The same two members give the same
// schema, so that recursive types terminate.
func (b *builder) both(x, y loc) loc {
	first, second := x.schema(), y.schema()
	if first == nil || first == second {
		return y
	}
	members := b.separate(nil, x)
	if members = b.separate(members, y); len(members) == 1 {
		return members[0]
	}
	key := ""
	for _, m := range members {
		key += fmt.Sprintf("%p ", m.schema())
	}
	s := b.merged[key]
	if s == nil {
		s = &openapi3.Schema{
			Title:       cmp.Or(second.Title, first.Title),
			Description: cmp.Or(second.Description, first.Description),
			Deprecated:  first.Deprecated || second.Deprecated,
		}
		for _, m := range members {
			s.AllOf = append(s.AllOf, m.ref)
		}
		b.merged[key], b.made[s] = s, members
		b.sent[s], b.answered[s] = b.sent[first] || b.sent[second],
			b.answered[first] || b.answered[second]
	}
	return loc{&openapi3.SchemaRef{Value: s}, y.ptr}
}

// separate adds a schema to a list once. A schema made by both is replaced by its members.
func (b *builder) separate(list []loc, l loc) []loc {
	members := b.made[l.schema()]
	if members == nil {
		members = []loc{l}
	}
	for _, m := range members {
		if !slices.ContainsFunc(list, func(o loc) bool { return o.schema() == m.schema() }) {
			list = append(list, m)
		}
	}
	return list
}

// merge adds one schema of an allOf to a shape.
func (b *builder) merge(sh *shape, l loc, required map[string]bool) {
	s := l.schema()
	sh.single = b.single(l) || sh.single
	b.mergeValues(sh, l)
	if items := b.itemsOf(l); items.ref != nil {
		sh.items = b.both(sh.items, items)
	}
	for _, name := range s.Required {
		required[name] = true
	}
	for _, name := range keys(b, s.Properties, l.at(nil, "properties").ptr...) {
		if ref := s.Properties[name]; ref != nil && ref.Value != nil {
			b.mergeProperty(sh, property{name: name, loc: l.at(ref, "properties", name)})
		}
	}
	switch ap := s.AdditionalProperties; {
	case ap.Schema != nil && ap.Schema.Value != nil:
		a := l.at(ap.Schema, "additionalProperties")
		if sh.additional != nil {
			a = b.both(*sh.additional, a)
		}
		sh.additional = &a
	case ap.Has != nil && *ap.Has:
		sh.open = true
	}
	b.mergePatterns(sh, l)
}

// mergePatterns adds patternProperties. If they all have one type, and no other properties are
// described, that is the type of all additional properties; otherwise those may have any value.
func (b *builder) mergePatterns(sh *shape, l loc) {
	s := l.schema()
	if len(s.PatternProperties) == 0 {
		return
	}
	sh.open, sh.additional = true, nil
	if has := s.AdditionalProperties.Has; len(s.PatternProperties) == 1 && has != nil && !*has {
		for name, ref := range s.PatternProperties {
			a := l.at(ref, "patternProperties", name)
			sh.additional = &a
		}
	}
}

// itemsOf returns the schema of all items of a list. Items that prefixItems describes one by one
// have a common schema only if all are plain values of one type.
func (b *builder) itemsOf(l loc) loc {
	s := l.schema()
	if len(s.PrefixItems) == 0 {
		if s.Items == nil {
			return loc{}
		}
		return l.at(s.Items, "items")
	}
	first := l.at(s.PrefixItems[0], "prefixItems", "0")
	sh, _ := b.resolved(first)
	plain := sh.kind == stringShape || sh.kind == integerShape || sh.kind == numberShape ||
		sh.kind == boolShape
	for _, ref := range s.PrefixItems {
		if ref == nil || ref.Value == nil {
			return loc{}
		}
		other, _ := b.resolved(loc{ref: ref})
		plain = plain && other.kind == sh.kind && other.format == sh.format && len(other.enum) == 0 &&
			!b.nullable(loc{ref: ref})
	}
	closed := s.Items != nil && s.Items.Value != nil && s.Items.Value.Not != nil ||
		s.MaxItems != nil && *s.MaxItems <= uint64(len(s.PrefixItems))
	if plain && closed {
		return first
	}
	return loc{&openapi3.SchemaRef{Value: &openapi3.Schema{}}, first.ptr}
}

// mergeValues adds the keywords about whole values, not about their parts.
func (b *builder) mergeValues(sh *shape, l loc) {
	s := l.schema()
	if k := ownKind(s); k != anyShape {
		b.mergeKind(sh, l, k)
	}
	if s.Format != "" {
		sh.format = s.Format
	} else if s.ContentEncoding == "base64" {
		sh.format = "byte"
	}
	if kind, list := b.choices(l); kind != anyShape && (kind == sh.kind ||
		kind == integerShape && sh.kind == numberShape) {
		b.mergeEnum(sh, l, list)
	} else if list := examples(s); len(list) > 0 && len(sh.enum) == 0 {
		sh.enum, sh.open = list, true
	}
}

// contradicts reports whether no value satisfies all members of an allOf. It does not look at
// properties and items, which may contain the schema itself.
func (b *builder) contradicts(l loc) bool {
	var sh shape
	for _, p := range b.conjuncts(l, 0, make(map[*openapi3.Schema]bool)) {
		b.mergeValues(&sh, p)
	}
	return sh.conflict
}

// mergeKind adds a type. An integer is a number too; other types have no value in common.
func (b *builder) mergeKind(sh *shape, l loc, k shapeKind) {
	switch {
	case sh.kind == anyShape, sh.kind == k, sh.kind == numberShape && k == integerShape:
		sh.kind = k
	case sh.kind == integerShape && k == numberShape:
	case !sh.conflict:
		sh.conflict = true
		b.diags.Warnf(b.doc.Pos(l.ptr...), ruleConflict,
			"a member of the allOf asks for %s and another for %s; no value is both, so any is taken",
			sh.kind, k)
	}
}

// mergeEnum keeps the values that all members allow.
func (b *builder) mergeEnum(sh *shape, l loc, list []choice) {
	if len(sh.enum) == 0 {
		sh.enum = list
		return
	}
	kept := slices.DeleteFunc(slices.Clone(sh.enum),
		func(c choice) bool { return !subset([]choice{c}, list) })
	if len(kept) == 0 && !sh.conflict {
		sh.conflict = true
		b.diags.Warnf(b.doc.Pos(l.ptr...), ruleConflict,
			"the members of the allOf allow no value in common, so any is taken")
	}
	sh.enum = kept
}

// mergeProperty adds another schema's description of a property.
func (b *builder) mergeProperty(sh *shape, p property) {
	p.readOnly, p.writeOnly = b.flagged(p.loc, 0, isReadOnly), b.flagged(p.loc, 0, isWriteOnly)
	i := slices.IndexFunc(sh.props, func(q property) bool { return q.name == p.name })
	if i < 0 {
		sh.props = append(sh.props, p)
		return
	}
	q := &sh.props[i]
	q.readOnly, q.writeOnly = q.readOnly || p.readOnly, q.writeOnly || p.writeOnly
	q.loc = b.both(q.loc, p.loc)
	if b.contradicts(q.loc) && !slices.Contains(sh.conflicts, p.name) {
		sh.conflicts = append(sh.conflicts, p.name)
	}
}

func isReadOnly(s *openapi3.Schema) bool  { return s.ReadOnly }
func isWriteOnly(s *openapi3.Schema) bool { return s.WriteOnly }

// flagged reports whether a schema, or a member of its allOf, has a flag.
func (b *builder) flagged(l loc, depth int, flag func(*openapi3.Schema) bool) bool {
	s := l.schema()
	if s == nil || depth > maxDepth {
		return false
	}
	return flag(s) ||
		slices.ContainsFunc(b.allOf(l), func(m loc) bool { return b.flagged(m, depth+1, flag) })
}
