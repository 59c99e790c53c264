package rest

import (
	"reflect"
	"strings"
	"sync"
)

// exactly returns a JSON text without the members that encoding/json would take for a field whose
// name differs from theirs in case. Names of properties are compared exactly here. Types with an
// UnmarshalJSON of their own do so by themselves.
func exactly(data []byte, t reflect.Type) []byte {
	root := scanPointer(data, "")
	if root.kind == jsonInvalid || !inexact(root, t) {
		return data
	}
	return appendExact(nil, root, t)
}

// fieldsOf are the types of a struct's fields by the names of their properties.
type fieldsOf map[string]reflect.Type

var fieldTypes sync.Map // of reflect.Type to fieldsOf

// membersOf returns the fields of a type, or the type of its items in a map or a list; nil for any
// other type.
func membersOf(t reflect.Type) (fields fieldsOf, items reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil || reflect.PointerTo(t).Implements(anyUnmarshaler):
		return nil, nil
	case t.Kind() == reflect.Map || t.Kind() == reflect.Slice:
		return nil, t.Elem()
	case t.Kind() != reflect.Struct:
		return nil, nil
	}
	if known, ok := fieldTypes.Load(t); ok {
		return known.(fieldsOf), nil
	}
	fields = make(fieldsOf)
	for i := range t.NumField() {
		if name, _, ok := propertyOf(t.Field(i)); ok {
			fields[name] = t.Field(i).Type
		}
	}
	fieldTypes.Store(t, fields)
	return fields, nil
}

// member returns the type of a member. other reports that it is a field to encoding/json only.
func (f fieldsOf) member(name string) (t reflect.Type, other bool) {
	if t = f[name]; t != nil {
		return t, false
	}
	for known := range f {
		if strings.EqualFold(known, name) {
			return nil, true
		}
	}
	return nil, false
}

// inexact reports whether a value has such members.
func inexact(v jsonValue, t reflect.Type) bool {
	fields, items := membersOf(t)
	if fields == nil && items == nil || v.kind != jsonObject && v.kind != jsonArray {
		return false
	}
	for w := walk(v); w.next(); {
		of, other := items, false
		if fields != nil && v.kind == jsonObject {
			of, other = fields.member(decodeName(w.name))
		}
		if other || of != nil && inexact(w.value, of) {
			return true
		}
	}
	return false
}

// appendExact copies a value without them.
func appendExact(out []byte, v jsonValue, t reflect.Type) []byte {
	fields, items := membersOf(t)
	if fields == nil && items == nil || v.kind != jsonObject && v.kind != jsonArray {
		return append(out, v.raw...)
	}
	out = append(out, v.raw[0])
	begin := len(out)
	for w := walk(v); w.next(); {
		of, other := items, false
		if fields != nil && v.kind == jsonObject {
			of, other = fields.member(decodeName(w.name))
		}
		if other {
			continue
		}
		if len(out) > begin {
			out = append(out, ',')
		}
		if v.kind == jsonObject {
			out = append(append(append(out, '"'), w.name...), '"', ':')
		}
		out = appendExact(out, w.value, of)
	}
	return append(out, v.raw[len(v.raw)-1])
}
