package rest

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"time"
)

// filled returns v in the form to write: a nil slice or map where the API expects an array, bytes
// or an object becomes an empty one, since encoding/json would write null. Nil stays nil where a
// field may be left out or may be null, and in values whose type the API leaves open. v itself is
// not changed; what holds no such nil is not copied.
func filled(v any) any {
	r := reflect.ValueOf(v)
	if !r.IsValid() || !lists.in(r.Type()) {
		return v
	}
	if out, changed := fill(r, 0); changed {
		return out.Interface()
	}
	return v
}

const fillDepth = 1000 // a value that is part of itself, which encoding/json reports

func fill(v reflect.Value, depth int) (reflect.Value, bool) {
	t := v.Type()
	if depth++; depth > fillDepth || !lists.in(t) {
		return v, false
	}
	switch t.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			return reflect.MakeSlice(t, 0, 0), true
		}
		return fillItems(v, depth)
	case reflect.Map:
		if v.IsNil() {
			return reflect.MakeMap(t), true
		}
		return fillMembers(v, depth)
	case reflect.Pointer:
		if v.IsNil() {
			return v, false
		}
		inner, changed := fill(v.Elem(), depth)
		if !changed {
			return v, false
		}
		out := reflect.New(t.Elem())
		out.Elem().Set(inner)
		return out, true
	}
	return fillFields(v, depth)
}

func fillItems(v reflect.Value, depth int) (reflect.Value, bool) {
	out := v
	if !lists.in(v.Type().Elem()) {
		return v, false
	}
	for i := range v.Len() {
		item, changed := fill(v.Index(i), depth)
		if !changed {
			continue
		}
		if out == v {
			out = reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(out, v)
		}
		out.Index(i).Set(item)
	}
	return out, out != v
}

func fillMembers(v reflect.Value, depth int) (reflect.Value, bool) {
	if !lists.in(v.Type().Elem()) {
		return v, false
	}
	out, any := reflect.MakeMapWithSize(v.Type(), v.Len()), false
	for m := v.MapRange(); m.Next(); {
		value, changed := fill(m.Value(), depth)
		out.SetMapIndex(m.Key(), value)
		any = any || changed
	}
	if !any {
		return v, false
	}
	return out, true
}

func fillFields(v reflect.Value, depth int) (reflect.Value, bool) {
	t, out := v.Type(), reflect.Value{}
	for i := range t.NumField() {
		f, value := t.Field(i), v.Field(i)
		if !f.IsExported() || mayBeNil(f) && nilable(f.Type) && value.IsNil() {
			continue
		}
		inner, changed := fill(value, depth)
		if !changed {
			continue
		}
		if !out.IsValid() {
			out = reflect.New(t).Elem()
			out.Set(v)
		}
		out.Field(i).Set(inner)
	}
	if !out.IsValid() {
		return v, false
	}
	return out, true
}

// mayBeNil reports whether a field's nil means that it is omitted, or null.
func mayBeNil(f reflect.StructField) bool {
	tag := f.Tag.Get("json")
	return tag == "-" || strings.HasSuffix(tag, ",omitzero") || strings.HasSuffix(tag, ",omitempty") || f.Tag.Get("null") != ""
}

func nilable(t reflect.Type) bool { return t.Kind() == reflect.Slice || t.Kind() == reflect.Map }

// A holding tells of which types values can hold one of a kind, in any part of them.
type holding struct {
	is    func(t reflect.Type) bool
	known sync.Map // of reflect.Type to bool
}

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

// lists are slices and maps, at which fill looks.
var lists = holding{is: nilable}

func (h *holding) in(t reflect.Type) bool {
	if known, ok := h.known.Load(t); ok {
		return known.(bool)
	}
	found := h.reached(t, make(map[reflect.Type]bool))
	h.known.Store(t, found)
	return found
}

func (h *holding) reached(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || t == timeType || t == rawType {
		return false
	}
	seen[t] = true
	if h.is(t) {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return h.reached(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && h.reached(f.Type, seen) {
				return true
			}
		}
	}
	return false
}
