package analyze

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
)

// allOfContext is what all members of an allOf say together; it decides what each of them may
// require.
type allOfContext struct {
	readOnly  map[string]bool // properties that requests may leave out
	conflicts map[string]bool // properties for which no value satisfies all members
	names     []string        // of all properties
}

// wholeOf returns the context of a schema, inside outer if it is a member there.
func (b *builder) wholeOf(l loc, outer *allOfContext) *allOfContext {
	if s := l.schema(); len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 {
		return outer
	}
	w := &allOfContext{readOnly: make(map[string]bool), conflicts: make(map[string]bool)}
	if outer != nil {
		maps.Copy(w.readOnly, outer.readOnly)
		maps.Copy(w.conflicts, outer.conflicts)
		w.names = slices.Clone(outer.names)
	}
	sh, _ := b.resolved(l)
	for _, p := range sh.props {
		w.names = append(w.names, p.name)
		if p.readOnly {
			w.readOnly[p.name] = true
		}
	}
	for _, name := range sh.conflicts {
		w.conflicts[name] = true
	}
	return w
}

// memberIndex returns the index of a member of an allOf. A member that requires more than the whole
// gets an entry of its own.
func (b *builder) memberIndex(l loc, w *allOfContext) int {
	if !b.differs(l, w, make(map[*openapi3.Schema]bool)) {
		return b.schemaIndex(l)
	}
	out := &model.Schema{}
	i := b.schemas.add(out)
	b.fillSchema(out, l, w)
	return i
}

// differs reports whether a member requires properties that the whole makes optional, or rejects
// some that another member has.
func (b *builder) differs(l loc, w *allOfContext, seen map[*openapi3.Schema]bool) bool {
	s := l.schema()
	if w == nil || s == nil || seen[s] {
		return false
	}
	seen[s] = true
	closed := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
	if closed && slices.ContainsFunc(w.names, func(name string) bool { return s.Properties[name] == nil }) {
		return true
	}
	if slices.ContainsFunc(s.Required, func(name string) bool { return w.readOnly[name] }) {
		return true
	}
	for name := range w.conflicts { // in any order: the result is the same
		if s.Properties[name] != nil {
			return true
		}
	}
	return slices.ContainsFunc(b.allOf(l), func(m loc) bool { return b.differs(m, w, seen) }) ||
		slices.ContainsFunc(slices.Concat(s.AnyOf, s.OneOf),
			func(m *openapi3.SchemaRef) bool { return b.differs(loc{ref: m}, w, seen) })
}

func hasAlternatives(s *openapi3.Schema) bool {
	return len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0 || s.Not != nil
}
