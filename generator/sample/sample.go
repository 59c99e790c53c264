// Package sample makes JSON values that schemas accept.
package sample

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// A Maker makes the values of one document. Sent values are those of requests, which have no
// members that are only read.
type Maker struct {
	Sent     bool
	Form     bool // empty values have no spelling
	Examples bool // the spec's own examples come first, where its schemas accept them
	room     int  // how many values more may be made with all their members; far below zero, none is
}

const (
	roomy   = 400
	deepest = 12
	largest = 1 << 16 // how many characters, items or members a value may need
)

// Value makes a value; ok is false where none was found.
func (m *Maker) Value(ref *openapi3.SchemaRef) (value any, ok bool) {
	m.room = roomy
	return m.value(ref, 0)
}

// A form is what a schema and all members of its allOf say together.
type form struct {
	types      []string
	enum       []any
	hasEnum    bool
	format     string
	patterns   []string
	minLength  uint64
	maxLength  uint64
	min, max   float64
	exclusive  [2]bool
	multiple   float64
	minItems   uint64
	maxItems   uint64
	unique     bool
	items      openapi3.SchemaRefs
	prefix     openapi3.SchemaRefs
	properties map[string]openapi3.SchemaRefs
	required   []string
	open       bool
	others     openapi3.SchemaRefs
	minProps   uint64
	choices    []openapi3.SchemaRefs
	of         []*openapi3.Schema // of each choice, the schema that contains it
	examples   []any
	never      [][]string                // names that no object has all of
	closed     bool                      // accepts nothing
	seen       map[*openapi3.Schema]bool // that are in it, of which each is added once
}

func newForm() *form {
	return &form{
		minLength: 0, maxLength: math.MaxInt32, min: math.Inf(-1), max: math.Inf(1), maxItems: math.MaxInt32,
		properties: make(map[string]openapi3.SchemaRefs), open: true, seen: make(map[*openapi3.Schema]bool),
	}
}

func (f *form) add(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil || f.seen[ref.Value] {
		return
	}
	s := ref.Value
	f.seen[s] = true
	if s.Always != nil && !*s.Always || s.Not != nil && s.Not.Value != nil && len(s.Not.Value.Required) == 0 && s.Not.Value.Type == nil && len(s.Not.Value.Enum) == 0 && len(s.Not.Value.Properties) == 0 && len(s.Not.Value.AnyOf) == 0 {
		f.closed = true
	}
	if s.Not != nil && s.Not.Value != nil && len(s.Not.Value.Required) > 0 {
		f.never = append(f.never, s.Not.Value.Required)
	}
	f.kinds(s)
	f.scalars(s)
	if s.Items != nil {
		f.items = append(f.items, s.Items)
	}
	if len(s.PrefixItems) > 0 {
		f.prefix = s.PrefixItems
	}
	for name, p := range s.Properties {
		f.properties[name] = append(f.properties[name], p)
	}
	f.required = append(f.required, s.Required...)
	f.minProps = max(f.minProps, s.MinProps)
	if a := s.AdditionalProperties; a.Has != nil && !*a.Has {
		f.open = false
	} else if a.Schema != nil {
		f.others = append(f.others, a.Schema)
	}
	for _, choice := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		if len(choice) > 0 {
			f.choices, f.of = append(f.choices, choice), append(f.of, s)
		}
	}
	if s.Example != nil {
		f.examples = append(f.examples, s.Example)
	}
	f.examples = append(f.examples, s.Examples...)
	if s.Default != nil {
		f.examples = append(f.examples, s.Default)
	}
	for _, member := range s.AllOf {
		f.add(member)
	}
}

// kinds adds types and listed values.
func (f *form) kinds(s *openapi3.Schema) {
	if s.Type != nil {
		types := slices.DeleteFunc(slices.Clone(s.Type.Slice()), func(t string) bool { return t == "null" && len(s.Type.Slice()) > 1 })
		if f.types == nil {
			f.types = types
		} else {
			both := slices.DeleteFunc(slices.Clone(f.types), func(t string) bool {
				return !slices.Contains(types, t) && (t != "integer" || !slices.Contains(types, "number"))
			})
			if len(both) == 0 && slices.Contains(f.types, "number") && slices.Contains(types, "integer") {
				both = []string{"integer"}
			}
			f.types, f.closed = both, f.closed || len(both) == 0
		}
	}
	enum := s.Enum
	if s.Const != nil {
		enum = []any{s.Const}
	}
	if len(enum) == 0 {
		return
	}
	if f.hasEnum {
		enum = slices.DeleteFunc(slices.Clone(enum), func(v any) bool {
			return !slices.ContainsFunc(f.enum, func(o any) bool { return fmt.Sprint(o) == fmt.Sprint(v) })
		})
	}
	f.enum, f.hasEnum = slices.Clone(enum), true
}

func (f *form) scalars(s *openapi3.Schema) {
	if s.Format != "" {
		f.format = s.Format
	} else if s.ContentEncoding == "base64" {
		f.format = "byte"
	}
	if s.Pattern != "" {
		f.patterns = append(f.patterns, s.Pattern)
	}
	f.minLength = max(f.minLength, s.MinLength)
	if s.MaxLength != nil {
		f.maxLength = min(f.maxLength, *s.MaxLength)
	}
	f.bound(0, s.Min, s.ExclusiveMin, func(v float64) bool { return v > f.min }, &f.min)
	f.bound(1, s.Max, s.ExclusiveMax, func(v float64) bool { return v < f.max }, &f.max)
	if s.MultipleOf != nil {
		f.multiple = *s.MultipleOf
	}
	f.minItems = max(f.minItems, s.MinItems)
	if s.MaxItems != nil {
		f.maxItems = min(f.maxItems, *s.MaxItems)
	}
	f.unique = f.unique || s.UniqueItems
}

func (f *form) bound(side int, at *float64, exclusive openapi3.ExclusiveBound, tighter func(float64) bool, to *float64) {
	if at != nil && tighter(*at) {
		*to, f.exclusive[side] = *at, exclusive.Bool != nil && *exclusive.Bool
	}
	if v := exclusive.Value; v != nil && (tighter(*v) || *v == *to) {
		*to, f.exclusive[side] = *v, true
	}
}

func (m *Maker) value(ref *openapi3.SchemaRef, depth int) (any, bool) {
	if ref == nil || ref.Value == nil {
		return "text", true
	}
	f := newForm()
	f.add(ref)
	if value, ok := m.example(f, ref); ok {
		return value, true
	}
	return m.of(f, depth)
}

// example returns the first example of a form that the schemas it is made of accept.
func (m *Maker) example(f *form, refs ...*openapi3.SchemaRef) (any, bool) {
	if !m.Examples || f.closed {
		return nil, false
	}
	for _, e := range f.examples {
		accepted := !slices.ContainsFunc(refs, func(r *openapi3.SchemaRef) bool {
			return r.Value == nil || r.Value.VisitJSON(plain(e)) != nil
		})
		if accepted {
			return e, true
		}
	}
	return nil, false
}

func (m *Maker) of(f *form, depth int) (any, bool) {
	if m.room--; f.closed || depth > deepest || m.room < -largest {
		return nil, false
	}
	if len(f.choices) > 0 {
		return m.choose(f, depth)
	}
	if f.hasEnum {
		for _, v := range f.enum {
			if v != nil && f.takes(v) {
				return v, true
			}
		}
		return nil, slices.Contains(f.enum, nil)
	}
	switch f.kind() {
	case "object":
		return m.object(f, depth)
	case "array":
		return m.array(f, depth)
	case "string":
		return f.text()
	case "integer", "number":
		return f.number()
	case "boolean":
		return true, true
	case "null":
		return nil, true
	}
	return "text", true
}

// takes reports whether a listed value is of a type that the schema has.
func (f *form) takes(v any) bool {
	_, text := v.(string)
	_, truth := v.(bool)
	switch f.kind() {
	case "string":
		return text
	case "boolean":
		return truth
	case "integer", "number":
		return !text && !truth
	}
	return true
}

func (f *form) kind() string {
	for _, t := range []string{"object", "array", "string", "integer", "number", "boolean", "null"} {
		if slices.Contains(f.types, t) {
			return t
		}
	}
	switch {
	case len(f.properties) > 0 || len(f.others) > 0 || len(f.required) > 0:
		return "object"
	case len(f.items) > 0 || len(f.prefix) > 0:
		return "array"
	case f.format != "" || len(f.patterns) > 0 || f.minLength > 0:
		return "string"
	case !math.IsInf(f.min, 0) || !math.IsInf(f.max, 0):
		return "number"
	}
	return ""
}

// choose makes a value of the first alternative that has one, and that no other accepts where one
// alone may.
func (m *Maker) choose(f *form, depth int) (any, bool) {
	choices, of := f.choices[0], f.of[0]
	var last any
	found := false
	for i, choice := range choices {
		if choice.Value != nil && choice.Value.Type != nil && choice.Value.Type.Is("null") {
			continue
		}
		all := newForm()
		*all = *f
		all.properties = maps.Clone(f.properties)
		all.required = slices.Clone(f.required)
		all.seen = maps.Clone(f.seen)
		all.choices, all.of = f.choices[1:], f.of[1:]
		all.add(choice)
		// The alternative may be made of the schema that it is one of.
		all.choices, all.of = without(all.choices, all.of, of)
		if d := of.Discriminator; d != nil && !all.listed(d, choice) {
			all.properties[d.PropertyName] = openapi3.SchemaRefs{{Value: &openapi3.Schema{Enum: []any{named(d, choice)}}}}
			all.required = append(all.required, d.PropertyName)
		}
		several := len(of.OneOf) > 0 && of.Discriminator == nil
		value, ok := m.of(all, depth+1)
		if !ok {
			continue
		}
		last, found = value, true
		for n := 1; n < len(all.enum) && len(of.OneOf) > 0 && !single(choices, i, value); n++ {
			value = all.enum[n]
		}
		// What tells it apart may be only read.
		if several && m.Sent && (!single(choices, i, value) || choice.Value.VisitJSON(plain(value)) != nil) {
			whole := *m
			whole.Sent = false
			if v, ok := whole.of(all, depth+1); ok && choice.Value.VisitJSON(plain(v)) == nil {
				value = v
			}
			m.room = whole.room
		}
		if several && !single(choices, i, value) {
			apart(value, choices, i, all.required)
		}
		if !several || single(choices, i, value) {
			return value, true
		}
	}
	return last, found
}

// listed reports whether the discriminator's property has a value in the alternative itself, which
// no mapping overrules.
func (f *form) listed(d *openapi3.Discriminator, choice *openapi3.SchemaRef) bool {
	for _, m := range d.Mapping {
		if m.Ref == choice.Ref || "#/components/schemas/"+m.Ref == choice.Ref {
			return false
		}
	}
	all := newForm()
	for _, p := range f.properties[d.PropertyName] {
		all.add(p)
	}
	return all.hasEnum
}

func without(choices []openapi3.SchemaRefs, of []*openapi3.Schema, s *openapi3.Schema) ([]openapi3.SchemaRefs, []*openapi3.Schema) {
	var outChoices []openapi3.SchemaRefs
	var outOf []*openapi3.Schema
	for i := range of {
		if of[i] != s {
			outChoices, outOf = append(outChoices, choices[i]), append(outOf, of[i])
		}
	}
	return outChoices, outOf
}

// single reports whether no other alternative accepts a value.
func single(choices openapi3.SchemaRefs, at int, value any) bool {
	for i, c := range choices {
		if i != at && c.Value != nil && c.Value.VisitJSON(plain(value)) == nil {
			return false
		}
	}
	return true
}

// apart takes those members out of an object that make other alternatives accept it, and that it can
// do without.
func apart(value any, choices openapi3.SchemaRefs, at int, required []string) {
	members, ok := value.(map[string]any)
	for i, c := range choices {
		if !ok || i == at || c.Value == nil {
			continue
		}
		for _, name := range c.Value.Required {
			if !slices.Contains(required, name) {
				delete(members, name)
			}
		}
	}
}

// named is the value by which a discriminator picks a schema.
func named(d *openapi3.Discriminator, choice *openapi3.SchemaRef) string {
	for _, value := range slices.Sorted(maps.Keys(d.Mapping)) {
		if ref := d.Mapping[value].Ref; ref == choice.Ref || "#/components/schemas/"+ref == choice.Ref {
			return value
		}
	}
	name := choice.Ref
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			return name[i+1:]
		}
	}
	if choice.Value != nil {
		if p := choice.Value.Properties[d.PropertyName]; p != nil && p.Value != nil && len(p.Value.Enum) > 0 {
			return fmt.Sprint(p.Value.Enum[0])
		}
	}
	return name
}
