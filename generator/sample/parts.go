package sample

import (
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

func (m *Maker) object(f *form, depth int) (any, bool) {
	if f.minProps > largest {
		return nil, false
	}
	out := make(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(f.properties)) {
		required := slices.Contains(f.required, name)
		most := m.room >= 0 && depth <= 3 || m.Form && len(out) == 0 && depth < deepest-2
		if m.hidden(f.properties[name]) || !required && !most {
			continue
		}
		all := newForm()
		for _, p := range f.properties[name] {
			all.add(p)
		}
		value, ok := m.example(all, f.properties[name]...)
		if !ok {
			value, ok = m.of(all, depth+1)
		}
		if ok && (required || !m.Form || !void(value)) {
			out[name] = value
		} else if required {
			return nil, false
		}
	}
	for _, names := range f.never {
		lessOne(out, names, f.required)
	}
	if len(f.others) == 0 && f.open && len(f.required) == 0 && len(f.properties) > 0 &&
		f.minProps <= uint64(len(out)) {
		return out, true
	}
	for _, name := range f.required {
		if _, there := out[name]; !there && f.properties[name] == nil {
			value, ok := m.other(f, depth)
			if !ok {
				return nil, false
			}
			out[name] = value
		}
	}
	name := "more%d"
	if len(f.others) == 0 {
		name = "extra%d" // which no type has room for
	}
	if f.open && (len(f.others) > 0 && (m.room > 0 && depth < 4) || uint64(len(out)) < f.minProps) {
		for i := 0; i == 0 || uint64(len(out)) < f.minProps; i++ {
			if value, ok := m.other(f, depth); ok {
				out[fmt.Sprintf(name, i)] = value
			} else if i > 100 {
				return nil, false
			}
		}
	}
	return out, true
}

// lessOne takes one of some names out of an object that has all of them, if one is not required.
func lessOne(out map[string]any, names, required []string) {
	if slices.ContainsFunc(names, func(name string) bool { _, has := out[name]; return !has }) {
		return
	}
	for _, name := range names {
		if !slices.Contains(required, name) {
			delete(out, name)
			return
		}
	}
}

// void reports whether a value has no members.
func void(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// other makes the value of a member that has no schema of its own.
func (m *Maker) other(f *form, depth int) (any, bool) {
	all := newForm()
	for _, o := range f.others {
		all.add(o)
	}
	return m.of(all, depth+1)
}

// hidden reports whether a member occurs only in the other direction.
func (m *Maker) hidden(refs openapi3.SchemaRefs) bool {
	return slices.ContainsFunc(refs, func(r *openapi3.SchemaRef) bool {
		return r.Value != nil && (m.Sent && hides(r.Value, true) || !m.Sent && hides(r.Value, false))
	})
}

func hides(s *openapi3.Schema, sent bool) bool {
	if sent && s.ReadOnly || !sent && s.WriteOnly {
		return true
	}
	return slices.ContainsFunc(s.AllOf, func(r *openapi3.SchemaRef) bool {
		return r.Value != nil && (sent && r.Value.ReadOnly || !sent && r.Value.WriteOnly)
	})
}

func (m *Maker) array(f *form, depth int) (any, bool) {
	if f.minItems > largest {
		return nil, false
	}
	n := int(min(max(f.minItems, 1), f.maxItems))
	out := make([]any, 0, n)
	for i := range n {
		all, refs := newForm(), f.items
		if i < len(f.prefix) {
			refs = f.prefix[i : i+1]
		}
		for _, item := range refs {
			all.add(item)
		}
		value, ok := m.example(all, refs...)
		if !ok || i > 0 {
			value, ok = m.of(all, depth+1)
		}
		if !ok {
			if f.minItems == 0 {
				return []any{}, true
			}
			return nil, false
		}
		if m.Form && f.minItems == 0 && void(value) {
			return []any{}, true
		}
		if f.unique && i > 0 {
			value = distinct(value, i, all)
		}
		out = append(out, value)
	}
	return out, true
}

// distinct changes the value of an item, where it can, so that it equals none before it: a text, a
// number, and an object with a text in it.
func distinct(value any, i int, f *form) any {
	switch v := value.(type) {
	case string:
		if f.hasEnum {
			return f.enum[i%len(f.enum)]
		}
		return fmt.Sprint(v, i)
	case float64:
		return v + float64(i)
	case map[string]any:
		for k, inner := range v {
			if text, ok := inner.(string); ok {
				v[k] = fmt.Sprint(text, i)
			}
		}
	}
	return value
}
