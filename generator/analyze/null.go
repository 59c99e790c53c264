package analyze

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// nullness is what a schema says about null.
type nullness int

const (
	nullNo   nullness = iota
	nullOpen          // nothing
	nullYes
)

// nullable reports whether a schema names null as one of its values. Where it says nothing of its
// values, null is one too, but nothing tells it from others.
func (b *builder) nullable(l loc) bool { return b.null(l, 0) == nullYes }

func (b *builder) null(l loc, depth int) nullness {
	s := l.schema()
	if s == nil || depth > maxDepth {
		return nullOpen
	}
	switch {
	case s.Nullable:
		return nullYes
	case s.Type != nil && len(*s.Type) > 0 && !slices.Contains(*s.Type, "null"):
		return nullNo
	case len(s.Enum) > 0:
		return nullIf(slices.Contains(s.Enum, nil))
	case s.Const != nil:
		return nullNo
	}
	out := nullOpen
	if s.Type != nil && slices.Contains(*s.Type, "null") {
		out = nullYes
	}
	for _, m := range b.allOf(l) {
		out = bothNull(out, b.null(m, depth+1))
	}
	if len(s.AnyOf) > 0 {
		out = bothNull(out, b.eitherNull(l, "anyOf", s.AnyOf, depth))
	}
	if len(s.OneOf) > 0 {
		out = bothNull(out, b.eitherNull(l, "oneOf", s.OneOf, depth))
	}
	return out
}

// eitherNull returns what alternatives say about null together.
func (b *builder) eitherNull(l loc, name string, refs openapi3.SchemaRefs, depth int) nullness {
	out := nullNo
	for i, m := range refs {
		out = max(out, b.null(l.at(m, name, itoa(i)), depth+1))
	}
	return out
}

func nullIf(yes bool) nullness {
	if yes {
		return nullYes
	}
	return nullNo
}

// bothNull returns what two schemas that must both hold say about null.
func bothNull(x, y nullness) nullness {
	if x == nullNo || y == nullNo {
		return nullNo
	}
	return max(x, y)
}
