package analyze

import (
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// overlapping notes a oneOf of which two alternatives accept the same values. A server admits what
// is exactly one of them, to the letter, so that it refuses values that a client made as either.
func (b *builder) overlapping(l loc) {
	s := l.schema()
	members := realMembers(l, "oneOf", s.OneOf)
	for i, m := range members {
		for _, other := range members[:i] {
			if !b.overlap(other, m, 0) {
				continue
			}
			at := b.doc.Pos(l.at(nil, "oneOf").ptr...)
			if b.overlaps++; b.overlaps == 1 || at.Line < b.firstOverlap.Line {
				b.firstOverlap, b.overlapOf = at, [2]string{called(other), called(m)}
			}
			return
		}
	}
}

// tellOverlaps reports all of them at the first.
func (b *builder) tellOverlaps() {
	if b.overlaps == 0 {
		return
	}
	more := ""
	if b.overlaps > 1 {
		more = " (" + itoa(b.overlaps-1) + " more of the kind in this file)"
	}
	b.diags.Warnf(b.firstOverlap, "ambiguous-one-of",
		"%s and %s accept the same values, and oneOf admits what fits exactly one: servers refuse values that fit both; "+
			"add a discriminator, require what distinguishes them, or write anyOf%s", b.overlapOf[0],
		b.overlapOf[1], more)
}

// called returns what messages call an alternative.
func called(l loc) string {
	if l.ref.Ref != "" {
		if ptr := refPointer(l.ref.Ref); len(ptr) > 0 {
			return ptr[len(ptr)-1]
		}
	}
	n, _ := strconv.Atoi(l.ptr[len(l.ptr)-1])
	return "alternative " + itoa(n+1)
}

// overlap reports whether a value that a client makes as one schema, of the properties that this
// names, may fit another too. What patterns and bounds distinguish is not looked into.
func (b *builder) overlap(x, y loc, depth int) bool {
	first, at := b.resolved(x)
	second, of := b.resolved(y)
	if depth > maxDepth || bounded(at.schema()) || bounded(of.schema()) {
		return false
	}
	numbers := func(k shapeKind) bool { return k == integerShape || k == numberShape }
	if first.kind != second.kind && !(numbers(first.kind) && numbers(second.kind)) {
		return first.kind == anyShape || second.kind == anyShape
	}
	switch first.kind {
	case objectShape:
		return !b.toldApart(first, second, depth) &&
			(fits(first, second, of.schema()) || fits(second, first, at.schema()))
	case arrayShape:
		return first.items.schema() == nil || second.items.schema() == nil ||
			b.overlap(first.items, second.items, depth+1)
	case unionShape:
		return first.kind == second.kind && at.schema() == of.schema()
	}
	if len(first.enum) > 0 && len(second.enum) > 0 {
		return slices.ContainsFunc(first.enum, func(c choice) bool { return subset([]choice{c}, second.enum) })
	}
	return first.format == second.format || first.format == "" || second.format == ""
}

// bounded reports whether a schema bounds its values in a way that may distinguish them from
// others.
func bounded(s *openapi3.Schema) bool {
	return s == nil || s.Pattern != "" || s.Not != nil || s.MinLength > 0 || s.MaxLength != nil ||
		s.Min != nil || s.Max != nil || s.MinItems > 0 || s.MaxItems != nil || s.MinProps > 0 ||
		s.MaxProps != nil || s.If != nil || len(s.PatternProperties) > 0
}

// toldApart reports whether a property that one of two objects requires has other values in the
// other.
func (b *builder) toldApart(first, second shape, depth int) bool {
	return slices.ContainsFunc(first.props, func(p property) bool {
		return slices.ContainsFunc(second.props, func(q property) bool {
			return p.name == q.name && (p.required || q.required) &&
				!b.same(p.loc.ref, q.loc.ref) && !b.overlap(p.loc, q.loc, depth+1)
		})
	})
}

// fits reports whether an object that has some of its properties, among them those required, has
// what another requires, and nothing that this forbids.
func fits(first shape, second shape, other *openapi3.Schema) bool {
	has := func(sh shape, p property) bool {
		return slices.ContainsFunc(sh.props, func(q property) bool { return q.name == p.name })
	}
	closed := other.AdditionalProperties.Has != nil && !*other.AdditionalProperties.Has
	for _, p := range first.props {
		if closed && p.required && !has(second, p) {
			return false
		}
	}
	for _, p := range second.props {
		if p.required && !has(first, p) {
			return false
		}
	}
	return true
}
