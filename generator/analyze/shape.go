package analyze

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// shape is a schema after merging allOf, setting null aside and dropping members that only
// constrain.
type shape struct {
	kind        shapeKind
	format      string
	enum        []choice   // of strings or integers
	props       []property // of an object
	additional  *loc       // schema of other properties
	open        bool       // additional properties of any value are kept; for an enum, other values are accepted
	items       loc
	single      bool     // JSON may hold the array's only item without brackets
	members     []loc    // of a union
	same        *loc     // the shape is just this other schema
	conflict    bool     // no value satisfies all members of an allOf; any value is accepted
	conflicts   []string // properties with a conflict
	undescribed []string // required, but no property
}

type shapeKind int

const (
	anyShape shapeKind = iota
	stringShape
	integerShape
	numberShape
	boolShape
	arrayShape
	objectShape
	unionShape
	sameShape
)

// String names a kind in messages.
func (k shapeKind) String() string {
	return [...]string{"any value", "a string", "an integer", "a number", "true or false", "a list", "an object",
		"alternatives", "another schema"}[k]
}

// property is a property of an object, merged from all members of an allOf.
type property struct {
	name      string
	loc       loc
	required  bool
	readOnly  bool // only answers have it
	writeOnly bool // only requests have it
}

// maxDepth bounds the recursion that a hostile document can cause.
const maxDepth = 64

// conjuncts returns the schemas that must all hold: the members of allOf, then the schema itself.
func (b *builder) conjuncts(l loc, depth int, seen map[*openapi3.Schema]bool) []loc {
	s := l.schema()
	if s == nil || depth > maxDepth || seen[s] {
		return nil
	}
	seen[s] = true
	var out []loc
	for _, m := range b.allOf(l) {
		out = append(out, b.conjuncts(m, depth+1, seen)...)
	}
	return append(out, l)
}

// shape analyses a schema, once.
func (b *builder) shape(l loc) shape {
	s := l.schema()
	if s == nil {
		return shape{}
	}
	sh, known := b.shapes[s]
	if !known {
		sh = b.analyze(l)
		b.shapes[s] = sh
	}
	return sh
}

// resolved returns the shape of a schema and the schema that defines it, following schemas that
// only refer to another.
func (b *builder) resolved(l loc) (shape, loc) {
	sh := b.shape(l)
	for depth := 0; sh.kind == sameShape && depth < maxDepth; depth++ {
		l = *sh.same
		sh = b.shape(l)
	}
	return sh, l
}

func (b *builder) analyze(l loc) shape {
	s := l.schema()
	if same := b.onlyMember(l); same != nil {
		return shape{kind: sameShape, same: same}
	}
	var sh shape
	var unions [][]loc
	required := make(map[string]bool)
	for _, p := range b.conjuncts(l, 0, make(map[*openapi3.Schema]bool)) {
		b.merge(&sh, p, required)
		for _, set := range []struct {
			name string
			refs openapi3.SchemaRefs
		}{{"oneOf", p.schema().OneOf}, {"anyOf", p.schema().AnyOf}} {
			if members := realMembers(p, set.name, set.refs); len(members) > 0 {
				unions = append(unions, members)
			}
		}
	}
	if sh.conflict {
		return shape{conflict: true}
	}
	for i := range sh.props {
		sh.props[i].required = required[sh.props[i].name]
		delete(required, sh.props[i].name)
	}
	switch {
	case len(unions) == 0:
		// A discriminator without alternatives belongs to a base schema, whose children have more
		// properties.
		closed := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
		if s.Discriminator == nil && !sh.open && sh.additional == nil {
			sh.undescribed = slices.Sorted(maps.Keys(required))
		}
		// What is required and described nowhere has to be sent all the same, even where nothing else
		// may.
		sh.open = sh.open ||
			(s.Discriminator != nil && !closed || len(required) > 0) && sh.kind == objectShape && len(sh.props) > 0
	case len(unions) == 1 && len(unions[0]) > 1 && s.Discriminator != nil && b.heirs(sh, unions[0], 0):
		return shape{kind: unionShape, members: unions[0]} // each child has the base's properties
	case sh.kind == objectShape && len(sh.props) > 0 || len(unions) > 1:
		// Properties beside alternatives: properties that only an alternative names are kept as
		// additional ones.
		if sh.kind == anyShape {
			return b.allAtOnce(sh, slices.Concat(unions...))
		}
		sh.open = true
	case sh.kind == stringShape || sh.kind == integerShape || sh.kind == numberShape ||
		sh.kind == boolShape || sh.kind == arrayShape:
		b.constrained(&sh, l, slices.Concat(s.OneOf, s.AnyOf), unions[0]) // they do not change the type
	case len(unions[0]) == 1:
		return shape{kind: sameShape, same: &unions[0][0]}
	default:
		if kind, list, open := b.alternatives(unions[0]); kind != anyShape {
			return shape{kind: kind, enum: list, open: open}
		}
		if k, ok := b.commonKind(unions[0]); ok {
			return shape{kind: k}
		}
		return shape{kind: unionShape, members: unions[0]}
	}
	return sh
}

// undescribed warns of names in required that no property has, where no other members are described.
func (b *builder) undescribed(l loc, sh shape) {
	if len(sh.undescribed) == 0 {
		return
	}
	for _, part := range b.conjuncts(l, 0, make(map[*openapi3.Schema]bool)) {
		for i, name := range part.schema().Required {
			if !slices.Contains(sh.undescribed, name) {
				continue
			}
			hint := ""
			for _, p := range sh.props {
				if strings.EqualFold(p.name, name) {
					hint = fmt.Sprintf("; %q is another", p.name)
				}
			}
			b.diags.Warnf(b.doc.Pos(part.at(nil, "required", strconv.Itoa(i)).ptr...), "required",
				"no property is named %q, which is required: servers refuse objects without it, and take any value%s", name, hint)
		}
	}
}

// allAtOnce returns the shape of a value that is one of the alternatives of each of several unions:
// an object with the members of several, a plain value, or anything.
func (b *builder) allAtOnce(sh shape, members []loc) shape {
	if k, ok := b.commonKind(members); ok {
		return shape{kind: k}
	}
	for _, m := range members {
		if of, _ := b.resolved(m); of.kind != objectShape {
			return sh
		}
	}
	sh.kind, sh.open = objectShape, true
	return sh
}

// heirs reports whether all members are objects with every property of the base, or alternatives of
// such objects.
func (b *builder) heirs(base shape, members []loc, depth int) bool {
	for _, m := range members {
		sh, _ := b.resolved(m)
		if sh.kind == unionShape && depth < maxDepth && b.heirs(base, sh.members, depth+1) {
			continue
		}
		if sh.kind != objectShape || sh.open {
			return false
		}
		for _, p := range base.props {
			if !slices.ContainsFunc(sh.props, func(q property) bool { return q.name == p.name }) {
				return false
			}
		}
	}
	return true
}

// realMembers drops null and members without a shape of their own, such as {required: [a]}.
func realMembers(l loc, name string, refs openapi3.SchemaRefs) []loc {
	var out []loc
	for i, m := range refs {
		if m == nil || m.Value == nil {
			continue
		}
		v := m.Value
		if isNull(v) || m.Ref == "" && v.Type == nil && len(v.Properties) == 0 && v.Items == nil &&
			len(v.Enum) == 0 && v.Const == nil && len(v.AllOf)+len(v.OneOf)+len(v.AnyOf) == 0 &&
			v.AdditionalProperties.Schema == nil {
			continue
		}
		out = append(out, l.at(m, name, itoa(i)))
	}
	return out
}

// isNull reports whether a schema accepts only null.
func isNull(s *openapi3.Schema) bool {
	return s.Type.Is("null") ||
		len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(v any) bool { return v != nil })
}

// commonKind returns the plain type that all members share, if any.
func (b *builder) commonKind(members []loc) (shapeKind, bool) {
	kind := anyShape
	for _, m := range members {
		sh, _ := b.resolved(m)
		k := sh.kind
		switch {
		case k != stringShape && k != integerShape && k != numberShape && k != boolShape:
			return anyShape, false
		case kind == anyShape || kind == k:
			kind = k
		case kind == integerShape && k == numberShape || kind == numberShape && k == integerShape:
			kind = numberShape
		default:
			return anyShape, false
		}
	}
	return kind, kind != anyShape
}

// ownKind returns the type that a schema names, or that its keywords imply.
func ownKind(s *openapi3.Schema) shapeKind {
	var kinds []string
	if s.Type != nil {
		for _, t := range *s.Type {
			if t != "null" {
				kinds = append(kinds, t)
			}
		}
	}
	if len(kinds) == 0 {
		switch {
		case s.Type != nil && len(*s.Type) > 0:
			return anyShape
		case len(s.Properties) > 0 || s.AdditionalProperties.Schema != nil ||
			len(s.PatternProperties) > 0:
			return objectShape
		case s.Items != nil || len(s.PrefixItems) > 0:
			return arrayShape
		}
		return listed(s)
	}
	if len(kinds) > 1 {
		if len(kinds) == 2 && slices.Contains(kinds, "integer") && slices.Contains(kinds, "number") {
			return numberShape
		}
		return anyShape
	}
	switch kinds[0] {
	case "string":
		return stringShape
	case "integer":
		return integerShape
	case "number":
		return numberShape
	case "boolean":
		return boolShape
	case "array":
		return arrayShape
	case "object":
		return objectShape
	}
	return anyShape
}
