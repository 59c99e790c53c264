package rest

import (
	"bytes"
	"reflect"
	"sync"
)

// A generated struct has a field for the properties that may be null as well as absent, of which
// nil alone would say either. It is a struct of bools that are named like the fields they are
// about, and is known by its tag.
const nullFields = "fields"

// nullsAt returns the index of that field, or -1.
func nullsAt(t reflect.Type) int {
	for i := t.NumField() - 1; i >= 0; i-- {
		if f := t.Field(i); f.Tag.Get("null") == nullFields && f.Type.Kind() == reflect.Struct {
			return i
		}
	}
	return -1
}

// nullOf returns the index of the bool about a field, or -1; nulls is from nullsAt.
func nullOf(t reflect.Type, nulls, field int) int {
	if nulls < 0 {
		return -1
	}
	if f, ok := t.Field(nulls).Type.FieldByName(t.Field(field).Name); ok {
		return f.Index[0]
	}
	return -1
}

// UnmarshalFields decodes an object into a struct, for the JSON methods of generated types. It is
// json.Unmarshal, and notes which members are null.
func UnmarshalFields(data []byte, fields any) error {
	if err := unmarshalJSON(data, fields); err != nil {
		return err
	}
	noteNulls(data, reflect.ValueOf(fields).Elem())
	return nil
}

// MarshalFields writes a struct in which members may be null, for the JSON methods of generated
// types.
func MarshalFields(fields any) ([]byte, error) {
	text, err := writeJSON(fields, true)
	defer text.free()
	if err != nil {
		return nil, err
	}
	return bytes.Clone(text.out), nil
}

// noteNulls sets the bools of a struct by the text that it was read from.
func noteNulls(data []byte, v reflect.Value) {
	at := nullsAt(v.Type())
	if at < 0 {
		return
	}
	nulls, names := v.Field(at), nullNames(v.Type())
	nulls.SetZero()
	for w := walk(scanPointer(data, "")); w.next(); {
		if i, ok := names[decodeName(w.name)]; ok {
			nulls.Field(i).SetBool(w.value.kind == jsonNull)
		}
	}
}

var nullNamesOf sync.Map // of reflect.Type, to map[string]int

// nullNames returns the index of each property's bool.
func nullNames(t reflect.Type) map[string]int {
	if known, ok := nullNamesOf.Load(t); ok {
		return known.(map[string]int)
	}
	names := make(map[string]int)
	fields, _, _ := jsonFields(t)
	for _, f := range fields {
		if f.nulled >= 0 {
			names[f.name] = f.nulled
		}
	}
	nullNamesOf.Store(t, names)
	return names
}
