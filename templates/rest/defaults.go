package rest

import (
	"encoding/json"
	"reflect"
	"sync"
)

// defaultTag names the tag with the default value, as JSON, of a field that a request omits.
const defaultTag = "default"

// filler sets fields omitted by a request to their defaults. It is built once per type.
type filler struct {
	fields []absentField
	nulls  int          // see nullsAt
	inside []partFiller // a struct's fields; at index 0 the element of a pointer, list or map
}

type absentField struct {
	index int
	value []byte
	null  int // the bool that says that it is null, not absent; or -1
}

type partFiller struct {
	index int
	fill  *filler
}

var fillers sync.Map // of reflect.Type, to *filler; a nil one where no value of the type has defaults

// fillDefaults sets absent fields of v, which is addressable, to their defaults. A union's value is
// decoded later, by its As methods, and gets no defaults.
func fillDefaults(v reflect.Value) error {
	found, ok := fillers.Load(v.Type())
	if !ok {
		known := make(map[reflect.Type]*filler)
		f := fillerOf(v.Type(), known)
		if f != nil && !f.useful(make(map[*filler]bool)) {
			f = nil
		}
		found, _ = fillers.LoadOrStore(v.Type(), f)
	}
	if f := found.(*filler); f != nil {
		return f.fill(v)
	}
	return nil
}

// fillerOf returns nil for types that cannot hold a field with a default. Recursive types are
// entered in known before they are complete.
func fillerOf(t reflect.Type, known map[reflect.Type]*filler) *filler {
	if f, ok := known[t]; ok {
		return f
	}
	f := &filler{}
	known[t] = f
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		f.add(0, fillerOf(t.Elem(), known))
	case reflect.Struct:
		f.nulls = nullsAt(t)
		for i := range t.NumField() {
			field := t.Field(i)
			if !field.IsExported() {
				continue
			}
			if value, ok := field.Tag.Lookup(defaultTag); ok {
				f.fields = append(f.fields, absentField{i, []byte(value), nullOf(t, f.nulls, i)})
			}
			f.add(i, fillerOf(field.Type, known))
		}
	default:
		known[t] = nil
		return nil
	}
	return f
}

func (f *filler) add(index int, inside *filler) {
	if inside != nil {
		f.inside = append(f.inside, partFiller{index, inside})
	}
}

// useful reports whether any part has a default.
func (f *filler) useful(seen map[*filler]bool) bool {
	if seen[f] {
		return false
	}
	seen[f] = true
	for _, part := range f.inside {
		if part.fill.useful(seen) {
			return true
		}
	}
	return len(f.fields) > 0
}

func (f *filler) fill(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && len(f.inside) > 0 {
			return f.inside[0].fill.fill(v.Elem())
		}
		return nil
	case reflect.Slice:
		for i := range v.Len() {
			if len(f.inside) > 0 {
				if err := f.inside[0].fill.fill(v.Index(i)); err != nil {
					return err
				}
			}
		}
		return nil
	case reflect.Map:
		return f.fillMap(v)
	}
	// Defaults are not filled further, so that one that contains its own type ends.
	for _, part := range f.inside {
		if err := part.fill.fill(v.Field(part.index)); err != nil {
			return err
		}
	}
	for _, absent := range f.fields {
		null := absent.null >= 0 && v.Field(f.nulls).Field(absent.null).Bool()
		if field := v.Field(absent.index); field.IsZero() && !null {
			if err := json.Unmarshal(absent.value, field.Addr().Interface()); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillMap fills copies of a map's values, which are not addressable, and stores them back.
func (f *filler) fillMap(v reflect.Value) error {
	if len(f.inside) == 0 {
		return nil
	}
	for _, key := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		if err := f.inside[0].fill.fill(value); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	return nil
}
