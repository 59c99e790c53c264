package rest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// layout describes how values of a Go type are read, and which constraints are checked on the way.
type layout struct {
	form    form
	typ     reflect.Type
	null    bool      // null is a value of it
	never   bool      // no value except null is valid
	whole   bool      // a number must be an integer
	enums   []choices // allowed values
	rules   []*Schema // with constraints on a text or number
	sizes   []*Schema // with constraints on the number of items or members
	elem    *layout   // of a pointer, list or map
	checked []int     // schemas left to the checker; elem then describes only the type

	members  []layoutMember // of a struct
	index    map[string]int
	required memberSet
	other    int   // the field that keeps other members, or -1
	nulls    int   // the field that says which members are null, or -1
	closed   bool  // no other members are allowed
	otherSet []int // schemas of other members if no field keeps them
}

// layoutMember is one named member; a member without a layout is refused.
type layoutMember struct {
	name   string
	field  int // -1 if the type has none
	nulled int // the bool that says that it is null, or -1
	layout *layout
	set    []int // schemas of a member without a field
}

// memberSet is a set of a struct's members. Larger structs are left to the checker.
type memberSet [4]uint64

const maxMembers = 4 * 64

func (s *memberSet) add(i int) bool {
	bit := uint64(1) << (i % 64)
	if s[i/64]&bit != 0 {
		return false
	}
	s[i/64] |= bit
	return true
}

func (s *memberSet) holds(other *memberSet) bool {
	return other[0]&^s[0]|other[1]&^s[1]|other[2]&^s[2]|other[3]&^s[3] == 0
}

// layouts builds and caches layouts. Layouts of recursive types and schemas refer to themselves.
type layouts struct {
	schemas []Schema
	mu      sync.Mutex
	known   map[layoutKey]*layout
}

type layoutKey struct {
	typ reflect.Type
	set string
}

// typeLayouts caches the layouts of types without schemas, by which clients read answers.
var (
	typeLayouts sync.Map // of reflect.Type to *layout
	bareLayouts layouts
)

func typeLayout(t reflect.Type) *layout {
	if known, ok := typeLayouts.Load(t); ok {
		return known.(*layout)
	}
	p := bareLayouts.of(t, 0)
	typeLayouts.Store(t, p)
	return p
}

// bodyLayout returns the layout that reads an operation's body into its handler's type.
func (s *Server) bodyLayout(at, schema int, t reflect.Type) *layout {
	if schema != s.config.Operations[at].Body.Schema { // of another media type
		return s.layouts.of(t, schema)
	}
	if p := s.bodies[at].Load(); p != nil && p.typ == t {
		return p
	}
	p := s.layouts.of(t, schema)
	s.bodies[at].Store(p)
	return p
}

// of returns a layout, complete with all layouts that it refers to.
func (m *layouts) of(t reflect.Type, schema int) *layout {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = make(map[layoutKey]*layout)
	}
	return m.lay(t, []int{schema})
}

// lay builds the layout of a type whose values fit all schemas of a set.
func (m *layouts) lay(t reflect.Type, set []int) *layout {
	set = slices.DeleteFunc(slices.Clone(set), func(i int) bool { return i <= 0 || i >= len(m.schemas) })
	slices.Sort(set)
	set = slices.Compact(set)
	key := layoutKey{t, fmt.Sprint(set)}
	if p := m.known[key]; p != nil {
		return p
	}
	pointer := reflect.PointerTo(t)
	own := !hasFields(t) && (pointer.Implements(anyUnmarshaler) || pointer.Implements(textUnmarshaler))
	p := &layout{form: formOf(t, own), typ: t, other: -1}
	m.known[key] = p
	schemas, null, ok := m.flatten(set)
	p.null = null && (len(m.schemas) == 0 || holdsNull(t)) // a client reads what there is
	if ok && p.form == formStruct {
		ok = m.members(p, schemas)
	}
	if !ok || (p.form == formRaw || p.form == formAny) && len(schemas) > 0 {
		if len(set) == 0 { // not a type that limitgen emits
			*p = layout{form: formRaw, typ: t, null: true}
			return p
		}
		*p = layout{typ: t, checked: set, elem: m.lay(t, nil)}
		return p
	}
	for _, s := range schemas {
		p.ask(s)
	}
	m.inner(p, schemas, set)
	return p
}

// flatten resolves a set of schemas, including their allOf parts. null says whether null fits all;
// ok is false for schemas that a layout cannot express.
func (m *layouts) flatten(set []int) (out []*Schema, null, ok bool) {
	null, ok = true, true
	for _, i := range set {
		fits, known := m.gather(i, &out, schemaDepth)
		null, ok = null && fits, ok && known
	}
	return out, null, ok
}

func (m *layouts) gather(index int, out *[]*Schema, depth int) (null, ok bool) {
	if index <= 0 || index >= len(m.schemas) {
		return true, true
	}
	s := &m.schemas[index]
	if depth == 0 || s.Not != 0 || s.Kind != nil || len(s.OneOf) > 0 || len(s.Patterns) > 0 || s.Names != 0 ||
		s.Unique || len(s.Prefix) > 0 || s.Contains != 0 {
		return false, false
	}
	null = s.Kinds.allow(jsonValue{kind: jsonNull}) && (len(s.Enum) == 0 || slices.Contains(s.Enum, "null"))
	for _, part := range s.AllOf {
		fits, known := m.gather(part, out, depth-1)
		if !known {
			return false, false
		}
		null = null && fits
	}
	if len(s.AnyOf) > 0 { // null and one alternative is how a nullable schema is written
		if len(s.AnyOf) != 2 || !m.isNull(s.AnyOf[0]) {
			return false, false
		}
		if _, known := m.gather(s.AnyOf[1], out, depth-1); !known {
			return false, false
		}
	}
	if !slices.Contains(*out, s) {
		*out = append(*out, s)
	}
	return null, true
}

func (m *layouts) isNull(index int) bool {
	return index > 0 && index < len(m.schemas) && reflect.DeepEqual(m.schemas[index], Schema{Kinds: KindNull})
}

// ask adds a schema's constraints on values other than null.
func (p *layout) ask(s *Schema) {
	kind := p.form.kind()
	if p.form == formPointer {
		return // the constraints are on the value behind it
	}
	if s.Kinds != KindAny && (kind == jsonNumber && s.Kinds&(KindNumber|KindInteger) == 0 ||
		kind != jsonNumber && !s.Kinds.allow(jsonValue{kind: kind})) {
		p.never = true
	}
	if len(s.Enum) > 0 {
		p.enums = append(p.enums, choicesOf(s.Enum))
		p.never = p.never || kind == jsonArray || kind == jsonObject
	}
	switch kind {
	case jsonNumber:
		p.whole = p.whole || p.form == formFloat && s.Kinds != KindAny && s.Kinds&KindNumber == 0
		if s.Min != nil || s.Max != nil || s.MultipleOf != 0 || p.exceeds(s) {
			p.rules = append(p.rules, s)
		}
	case jsonString:
		// By time.Time.UnmarshalJSON, and by what decodes base64.
		checked := p.form == formTime && s.Format == "date-time" || p.form == formBytes && s.Format == "byte"
		if s.Pattern != nil || s.MinLength != 0 || s.MaxLength != 0 || s.Format != "" && !checked {
			p.rules = append(p.rules, s)
		}
	case jsonArray:
		if s.MinItems != 0 || s.MaxItems != 0 {
			p.sizes = append(p.sizes, s)
		}
	case jsonObject:
		if s.MinProps != 0 || s.MaxProps != 0 {
			p.sizes = append(p.sizes, s)
		}
	}
}

// exceeds reports whether the type holds integers that a schema does not allow.
func (p *layout) exceeds(s *Schema) bool {
	bits, unsigned := s.bits()
	form := formInt
	if unsigned {
		form = formUint
	}
	return bits != 0 && (p.form != form || p.typ.Bits() > bits)
}

// kind returns the JSON type that a form is read from.
func (f form) kind() jsonKind {
	switch f {
	case formBool:
		return jsonBool
	case formInt, formUint, formFloat:
		return jsonNumber
	case formString, formTime, formBytes:
		return jsonString
	case formList:
		return jsonArray
	case formMap, formStruct:
		return jsonObject
	}
	return jsonMissing
}

// inner lays out the elements of a pointer, a list or a map.
func (m *layouts) inner(p *layout, schemas []*Schema, set []int) {
	var parts []int
	switch p.form {
	case formPointer:
		p.elem = m.lay(p.typ.Elem(), set)
	case formList:
		for _, s := range schemas {
			parts = append(parts, s.Items)
		}
		p.elem = m.lay(p.typ.Elem(), parts)
	case formMap:
		for _, s := range schemas {
			p.never = p.never || len(s.Properties) > 0 // names without a field
			p.closed = p.closed || s.Additional < 0
			parts = append(parts, s.Additional)
		}
		p.elem = m.lay(p.typ.Elem(), parts)
	}
}

// members lays out the members of a struct: its fields, and further names in the schemas.
func (m *layouts) members(p *layout, schemas []*Schema) bool {
	fields, other, ok := jsonFields(p.typ)
	if !ok {
		return false
	}
	p.index, p.other, p.nulls = make(map[string]int), other, nullsAt(p.typ)
	for _, f := range fields {
		p.index[f.name] = len(p.members)
		p.members = append(p.members, layoutMember{name: f.name, field: f.at, nulled: f.nulled})
	}
	for _, s := range schemas {
		p.closed = p.closed || s.Additional < 0
		p.otherSet = append(p.otherSet, s.Additional)
		for i := range s.Properties {
			name := s.Properties[i].Name
			at, known := p.index[name]
			if !known {
				at = len(p.members)
				p.index[name] = at
				p.members = append(p.members, layoutMember{name: name, field: -1, nulled: -1})
			}
			if at >= maxMembers {
				return false
			}
			if s.Properties[i].Required {
				p.required.add(at)
			}
		}
	}
	if len(p.members) > maxMembers {
		return false
	}
	if other >= 0 {
		p.elem = m.lay(p.typ.Field(other).Type.Elem(), p.otherSet)
	}
	p.otherSet = slices.DeleteFunc(p.otherSet, func(i int) bool { return i <= 0 })
	for i := range p.members {
		m.member(p, &p.members[i], schemas)
	}
	return true
}

// member lays out one member, which each schema describes as a property or as an additional one.
func (m *layouts) member(p *layout, member *layoutMember, schemas []*Schema) {
	var set []int
	name := []byte(strings.ReplaceAll(member.name, `\`, `\\`)) // as spelt in JSON
	for _, s := range schemas {
		switch at := s.property(name); {
		case at >= 0:
			set = append(set, s.Properties[at].Schema)
		case s.Additional < 0:
			return // refused
		default:
			set = append(set, s.Additional)
		}
	}
	if member.field < 0 {
		// Only a struct that keeps other members can hold it, which is rare.
		if p.other < 0 {
			member.layout, member.set = p, slices.DeleteFunc(set, func(i int) bool { return i <= 0 })
		}
		return
	}
	member.layout = m.lay(p.typ.Field(member.field).Type, set)
}

// find returns a member by its name; guess is the one after the last, which is most often right.
func (p *layout) find(name []byte, guess int) int {
	if guess < len(p.members) && p.members[guess].name == string(name) {
		return guess
	}
	if at, ok := p.index[string(name)]; ok {
		return at
	}
	return -1
}
