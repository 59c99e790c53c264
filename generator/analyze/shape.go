package analyze

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// shape is what a schema comes to once allOf is merged, null is set aside and members that only
// constrain are dropped.
type shape struct {
	kind       shapeKind
	format     string
	enum       []string   // of strings
	props      []property // of an object
	additional *loc       // schema of other properties
	open       bool       // other properties are kept, with any value
	items      loc
	single     bool  // JSON may hold the array's only item without brackets
	members    []loc // of a union
	same       *loc  // the shape is just this other schema
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

type property struct {
	name     string
	loc      loc
	required bool
}

// maxDepth bounds what a hostile document can make the builder walk through.
const maxDepth = 64

// parts are the schemas that must all hold: allOf members first, the schema itself last.
func parts(l loc, depth int, seen map[*openapi3.Schema]bool) []loc {
	s := l.schema()
	if s == nil || depth > maxDepth || seen[s] {
		return nil
	}
	seen[s] = true
	var out []loc
	for i, m := range s.AllOf {
		out = append(out, parts(l.at(m, "allOf", itoa(i)), depth+1, seen)...)
	}
	return append(out, l)
}

// shape analyses a schema.
func (b *builder) shape(l loc) shape {
	s := l.schema()
	if s == nil {
		return shape{}
	}
	if len(s.AllOf) == 1 && bare(s) {
		same := l.at(s.AllOf[0], "allOf", "0")
		return shape{kind: sameShape, same: &same}
	}
	var sh shape
	var unions [][]loc
	required := make(map[string]bool)
	for _, p := range parts(l, 0, make(map[*openapi3.Schema]bool)) {
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
	for i := range sh.props {
		sh.props[i].required = required[sh.props[i].name]
	}
	switch {
	case len(unions) == 0:
	case len(unions) == 1 && len(unions[0]) > 1 && s.Discriminator != nil && b.heirs(sh, unions[0]):
		return shape{kind: unionShape, members: unions[0]} // each child has the base's properties
	case sh.kind == objectShape && len(sh.props) > 0 || len(unions) > 1:
		// Properties beside alternatives: what only an alternative names is kept as other
		// properties.
		if sh.kind == anyShape {
			sh.kind = objectShape
		}
		sh.open = true
	case sh.kind == stringShape || sh.kind == integerShape || sh.kind == numberShape || sh.kind == boolShape || sh.kind == arrayShape:
		// Alternatives of a plain type only constrain it.
	case len(unions[0]) == 1:
		return shape{kind: sameShape, same: &unions[0][0]}
	default:
		if k, ok := b.commonKind(unions[0]); ok {
			return shape{kind: k}
		}
		return shape{kind: unionShape, members: unions[0]}
	}
	return sh
}

// heirs reports whether all members are objects that have every property of the base.
func (b *builder) heirs(base shape, members []loc) bool {
	for _, m := range members {
		sh := b.shape(m)
		for depth := 0; sh.kind == sameShape && depth < maxDepth; depth++ {
			sh = b.shape(*sh.same)
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

// bare reports whether a schema with one allOf member says nothing else about values.
func bare(s *openapi3.Schema) bool {
	return len(s.Properties) == 0 && len(s.OneOf) == 0 && len(s.AnyOf) == 0 && len(s.Enum) == 0 &&
		s.Items == nil && s.AdditionalProperties.Schema == nil && s.AdditionalProperties.Has == nil && len(s.Required) == 0
}

// realMembers drops null and members that hold no shape of their own, such as {required: [a]}.
func realMembers(l loc, name string, refs openapi3.SchemaRefs) []loc {
	var out []loc
	for i, m := range refs {
		if m == nil || m.Value == nil {
			continue
		}
		v := m.Value
		if v.Type.Is("null") || m.Ref == "" && v.Type == nil && len(v.Properties) == 0 && v.Items == nil &&
			len(v.Enum) == 0 && v.Const == nil && len(v.AllOf)+len(v.OneOf)+len(v.AnyOf) == 0 &&
			v.AdditionalProperties.Schema == nil {
			continue
		}
		out = append(out, l.at(m, name, itoa(i)))
	}
	return out
}

// commonKind is the plain type that all members share, if they do.
func (b *builder) commonKind(members []loc) (shapeKind, bool) {
	kind := anyShape
	for _, m := range members {
		sh := b.shape(m)
		for depth := 0; sh.kind == sameShape && depth < maxDepth; depth++ {
			sh = b.shape(*sh.same)
		}
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

// merge adds one schema of an allOf to a shape.
func (b *builder) merge(sh *shape, l loc, required map[string]bool) {
	s := l.schema()
	sh.single = b.single(l) || sh.single
	if k := ownKind(s); k != anyShape {
		if sh.kind != anyShape && sh.kind != k {
			b.diags.Warnf(b.doc.Pos(l.ptr...), "all-of-conflict", "allOf asks for several types at once; the last one is taken")
		}
		sh.kind = k
	}
	if s.Format != "" {
		sh.format = s.Format
	}
	if len(s.Enum) > 0 && sh.kind == stringShape || len(s.Enum) > 0 && sh.kind == anyShape && allStrings(s.Enum) {
		sh.kind = stringShape
		sh.enum = distinctStrings(s.Enum)
	}
	if c, ok := s.Const.(string); ok && len(sh.enum) == 0 && (sh.kind == stringShape || sh.kind == anyShape) {
		sh.kind = stringShape
		sh.enum = []string{c}
	}
	if s.Items != nil {
		sh.items = l.at(s.Items, "items")
	}
	for _, name := range s.Required {
		required[name] = true
	}
	for _, name := range keys(b, s.Properties, l.at(nil, "properties").ptr...) {
		ref := s.Properties[name]
		if ref == nil || ref.Value == nil {
			continue
		}
		p := property{name: name, loc: l.at(ref, "properties", name)}
		if i := slices.IndexFunc(sh.props, func(q property) bool { return q.name == name }); i >= 0 {
			sh.props[i] = p
			continue
		}
		sh.props = append(sh.props, p)
	}
	switch ap := s.AdditionalProperties; {
	case ap.Schema != nil && ap.Schema.Value != nil:
		a := l.at(ap.Schema, "additionalProperties")
		sh.additional = &a
	case ap.Has != nil && *ap.Has:
		sh.open = true
	}
}

// ownKind is the type that a schema names, or that its keywords imply.
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
		case len(s.Properties) > 0 || s.AdditionalProperties.Schema != nil:
			return objectShape
		case s.Items != nil:
			return arrayShape
		}
		return anyShape
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

// nullable reports whether null is a value of the schema.
func nullable(l loc, depth int) bool {
	s := l.schema()
	if s == nil || depth > maxDepth {
		return false
	}
	if s.Nullable || s.Type != nil && slices.Contains(*s.Type, "null") {
		return true
	}
	for _, refs := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		for _, m := range refs {
			if m != nil && nullable(loc{ref: m}, depth+1) {
				return true
			}
		}
	}
	return len(s.AllOf) == 1 && nullable(loc{ref: s.AllOf[0]}, depth+1)
}

func allStrings(values []any) bool {
	some := false
	for _, v := range values {
		switch v.(type) {
		case string:
			some = true
		case nil:
		default:
			return false
		}
	}
	return some
}

// distinctStrings keeps the distinct strings of an enum.
func distinctStrings(values []any) []string {
	var out []string
	for _, v := range values {
		if s, ok := v.(string); ok && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
