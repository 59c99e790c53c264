package analyze

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

const ruleUnchecked = "unchecked"

// keywords copies what OpenAPI 3.1 has of JSON Schema beyond 3.0, spelt by what the table has: "if"
// is an alternative, and what depends on a property is an alternative to its absence.
func (b *builder) keywords(out *model.Schema, l loc, w *allOfContext) {
	s := l.schema()
	b.conditional(out, l, w)
	for _, name := range keys(b, s.DependentRequired, l.at(nil, "dependentRequired").ptr...) {
		needed := &model.Schema{}
		for _, other := range s.DependentRequired[name] {
			if !w.readOnly[other] {
				needed.Properties = append(needed.Properties, model.SchemaProperty{Name: other, Required: true})
			}
		}
		sortProperties(needed)
		b.implied(out, b.holding(name), b.schemas.addLeaf(needed))
	}
	for _, name := range keys(b, s.DependentSchemas, l.at(nil, "dependentSchemas").ptr...) {
		if ref := s.DependentSchemas[name]; ref != nil && ref.Value != nil {
			b.implied(out, b.holding(name), b.memberIndex(l.at(ref, "dependentSchemas", name), w))
		}
	}
	b.unevaluated(out, l)
	b.lists(out, l)
	b.names31(out, l)
	for _, k := range unchecked {
		if k.in(s) {
			b.notChecked(k.name, b.doc.Pos(l.at(nil, k.name).ptr...))
		}
	}
}

// lists copies what is said of single items.
func (b *builder) lists(out *model.Schema, l loc) {
	s := l.schema()
	for i, ref := range s.PrefixItems {
		out.Prefix = append(out.Prefix, b.schemaIndex(l.at(ref, "prefixItems", itoa(i))))
	}
	if s.Contains == nil {
		return
	}
	out.MinContain, out.MaxContain = 1, signed(s.MaxContains)
	if s.MinContains != nil {
		out.MinContain = int64(*s.MinContains)
	}
	contained := l.at(s.Contains, "contains")
	if b.unsure(contained) {
		b.notChecked("contains", b.doc.Pos(contained.ptr...))
		return
	}
	if out.Contains = b.schemaIndex(contained); out.Contains == 0 { // 0 would say that nothing is asked
		out.Contains = b.schemas.add(&model.Schema{})
	}
}

// names31 copies what is said of the names of properties.
func (b *builder) names31(out *model.Schema, l loc) {
	s := l.schema()
	for _, name := range keys(b, s.PatternProperties, l.at(nil, "patternProperties").ptr...) {
		if p, err := readPattern(name); err == nil && len(p.must) == 1 && len(p.mustNot) == 0 {
			out.Patterns = append(out.Patterns, model.PatternProperty{
				Pattern: p.must[0], Schema: b.schemaIndex(l.at(s.PatternProperties[name], "patternProperties",
					name)),
			})
		}
	}
	if s.PropertyNames != nil {
		out.Names = b.schemaIndex(l.at(s.PropertyNames, "propertyNames"))
	}
}

// unchecked are the keywords that a server does not look at.
var unchecked = []struct {
	name string
	in   func(*openapi3.Schema) bool
}{
	{"patternProperties", patternsUnread},
	{"unevaluatedItems", func(s *openapi3.Schema) bool {
		return s.UnevaluatedItems.Has != nil || s.UnevaluatedItems.Schema != nil
	}},
	{"$dynamicRef", func(s *openapi3.Schema) bool { return s.DynamicRef != "" }},
	{"contentSchema", func(s *openapi3.Schema) bool { return s.ContentSchema != nil }},
}

// patternsUnread reports whether a name's pattern is one that Go does not know.
func patternsUnread(s *openapi3.Schema) bool {
	for name := range s.PatternProperties { // in any order: the answer is one
		if p, err := readPattern(name); err != nil || len(p.must) != 1 || len(p.mustNot) > 0 {
			return true
		}
	}
	return false
}

// notChecked notes a keyword that a server does not look at, and where.
func (b *builder) notChecked(keyword string, at diag.Position) {
	if b.unchecked[keyword] == nil {
		b.uncheckedOrder = append(b.uncheckedOrder, keyword)
	}
	if !slices.Contains(b.unchecked[keyword], at) {
		b.unchecked[keyword] = append(b.unchecked[keyword], at)
	}
}

// tellUnchecked reports each such keyword once, at its first place.
func (b *builder) tellUnchecked() {
	for _, keyword := range b.uncheckedOrder {
		places := b.unchecked[keyword]
		first := slices.MinFunc(places, func(x, y diag.Position) int {
			if x.Line != y.Line {
				return x.Line - y.Line
			}
			return x.Col - y.Col
		})
		more := ""
		if n := len(places) - 1; n > 0 {
			more = " (" + itoa(n) + " more of them in this file)"
		}
		b.diags.Warnf(first, ruleUnchecked, "servers do not check %s: what it forbids is accepted%s",
			keyword, more)
	}
}

// holding returns the schema of objects that have a property.
func (b *builder) holding(name string) int {
	return b.schemas.addLeaf(&model.Schema{
		Kinds: []string{"object"}, Properties: []model.SchemaProperty{{Name: name, Required: true}},
	})
}

// implied adds that what fits one schema fits another too.
func (b *builder) implied(out *model.Schema, if_, then int) {
	switch {
	case then == 0:
	case if_ == 0:
		out.AllOf = append(out.AllOf, then)
	default:
		not := b.schemas.addLeaf(&model.Schema{Not: if_})
		out.AllOf = append(out.AllOf, b.schemas.addLeaf(&model.Schema{AnyOf: []int{not, then}}))
	}
}

// conditional copies if, then and else.
func (b *builder) conditional(out *model.Schema, l loc, w *allOfContext) {
	s := l.schema()
	if s.If == nil || s.Then == nil && s.Else == nil {
		return
	}
	condition := l.at(s.If, "if")
	if b.unsure(condition) {
		b.notChecked("if", b.doc.Pos(condition.ptr...))
		return
	}
	index := b.schemaIndex(condition)
	if s.Then != nil {
		b.implied(out, index, b.memberIndex(l.at(s.Then, "then"), w))
	}
	if s.Else == nil || index == 0 {
		return
	}
	if other := b.memberIndex(l.at(s.Else, "else"), w); other != 0 {
		out.AllOf = append(out.AllOf, b.schemas.addLeaf(&model.Schema{AnyOf: []int{index, other}}))
	}
}

// unevaluated copies unevaluatedProperties: false, which forbids what no member, alternative or
// condition names. Where an alternative that does not hold names a property, it is accepted.
func (b *builder) unevaluated(out *model.Schema, l loc) {
	s := l.schema()
	switch u := s.UnevaluatedProperties; {
	case u.Schema != nil:
		b.notChecked("unevaluatedProperties", b.doc.Pos(l.at(nil, "unevaluatedProperties").ptr...))
		return
	case u.Has == nil || *u.Has:
		return
	}
	closed := &model.Schema{Additional: -1}
	if !b.evaluated(closed, l, make(map[*openapi3.Schema]bool), true) {
		return
	}
	sortProperties(closed)
	closed.Properties = slices.CompactFunc(closed.Properties,
		func(a, b model.SchemaProperty) bool { return a.Name == b.Name })
	out.AllOf = append(out.AllOf, b.schemas.addLeaf(closed))
}

// evaluated gathers the properties that a schema names. It reports false if that leaves none out,
// or where patterns name them.
func (b *builder) evaluated(
	out *model.Schema, l loc, seen map[*openapi3.Schema]bool, top bool,
) bool {
	s := l.schema()
	if s == nil || seen[s] {
		return true
	}
	seen[s] = true
	for _, name := range keys(b, s.PatternProperties, l.at(nil, "patternProperties").ptr...) {
		p, err := readPattern(name)
		if err != nil || len(p.must) != 1 || len(p.mustNot) > 0 {
			return false // which is told
		}
		out.Patterns = append(out.Patterns, model.PatternProperty{Pattern: p.must[0]})
	}
	if s.AdditionalProperties.Schema != nil ||
		s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has ||
		!top && (s.UnevaluatedProperties.Schema != nil ||
			s.UnevaluatedProperties.Has != nil && *s.UnevaluatedProperties.Has) {
		return false
	}
	for name := range s.Properties { // sorted later
		out.Properties = append(out.Properties, model.SchemaProperty{Name: name})
	}
	parts := slices.Concat(s.AllOf, s.AnyOf, s.OneOf, openapi3.SchemaRefs{s.If, s.Then, s.Else})
	for _, ref := range s.DependentSchemas {
		parts = append(parts, ref)
	}
	return !slices.ContainsFunc(parts, func(ref *openapi3.SchemaRef) bool { return !b.evaluated(out, loc{ref: ref}, seen, false) })
}

// unsure reports whether a value that does not fit a schema may be taken to fit it, because a part
// of the schema is not checked.
func (b *builder) unsure(l loc) bool {
	if !b.unsureKnown {
		b.unsureKnown = true
		for _, set := range []map[*openapi3.Schema]bool{b.sent, b.answered} {
			for s := range set { // in any order: the answer is one
				b.unsureAny = b.unsureAny || unsureItself(s)
			}
		}
	}
	return b.unsureAny && unsurePart(l.ref, make(map[*openapi3.Schema]bool))
}

func unsureItself(s *openapi3.Schema) bool {
	if s.Pattern != "" {
		if _, err := readPattern(s.Pattern); err != nil {
			return true
		}
	}
	return slices.ContainsFunc(unchecked, func(k struct {
		name string
		in   func(*openapi3.Schema) bool
	}) bool {
		return k.in(s)
	}) || s.UnevaluatedProperties.Schema != nil
}

func unsurePart(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) bool {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return false
	}
	s := ref.Value
	seen[s] = true
	if unsureItself(s) {
		return true
	}
	parts := slices.Concat(s.AllOf, s.AnyOf, s.OneOf,
		openapi3.SchemaRefs{s.Not, s.Items, s.AdditionalProperties.Schema})
	for _, p := range s.Properties {
		parts = append(parts, p)
	}
	return slices.ContainsFunc(parts, func(p *openapi3.SchemaRef) bool { return unsurePart(p, seen) })
}

// either copies oneOf and anyOf. Where an alternative of a oneOf is not checked in full, a value
// may fit it beside the one that is meant, so that any will do.
func (b *builder) either(out *model.Schema, l loc, w *allOfContext) {
	s := l.schema()
	list := func(refs openapi3.SchemaRefs, name string) []int {
		var out []int
		for i, ref := range refs {
			out = append(out, b.memberIndex(l.at(ref, name, itoa(i)), w))
		}
		return out
	}
	out.AnyOf = append(out.AnyOf, list(s.AnyOf, "anyOf")...)
	alternatives := list(s.OneOf, "oneOf")
	if b.pick(out, l, w) {
		out.OneOf = alternatives
		return
	}
	for i, ref := range s.OneOf {
		if !b.unsure(l.at(ref, "oneOf", itoa(i))) {
			continue
		}
		b.diags.Warnf(b.doc.Pos(l.at(nil, "oneOf").ptr...), "one-of",
			"alternative %d of the oneOf cannot be checked in full, so it is read as anyOf: a value that fits several is accepted", i+1)
		if len(out.AnyOf) == 0 {
			out.AnyOf = alternatives
		} else {
			out.AllOf = append(out.AllOf, b.schemas.addLeaf(&model.Schema{AnyOf: alternatives}))
		}
		return
	}
	out.OneOf = alternatives
	b.overlapping(l)
}
