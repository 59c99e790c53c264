package rest

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// Ptr returns a pointer to v, for optional fields.
func Ptr[T any](v T) *T { return &v }

// UnmarshalOpen decodes an object into fields and keeps the members that have none in other.
func UnmarshalOpen[T any](data []byte, fields any, other *map[string]T, known ...string) error {
	if err := UnmarshalFields(data, fields); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	*other = nil
	for name, raw := range members {
		if slices.Contains(known, name) {
			continue
		}
		var v T
		if err := unmarshalJSON(raw, &v); err != nil {
			return err
		}
		if *other == nil {
			*other = make(map[string]T)
		}
		(*other)[name] = v
	}
	return nil
}

// MarshalOpen writes an object's fields, then its other members in the order of their names. A
// member named as a field is left out, even where the field is: two values would be one too many.
func MarshalOpen[T any](fields any, other map[string]T) ([]byte, error) {
	if nullsAt(reflect.TypeOf(fields)) >= 0 {
		return MarshalFields(fields) // the other members are one of them
	}
	data, err := json.Marshal(fields)
	if err != nil || len(other) == 0 {
		return data, err
	}
	named, _ := membersOf(reflect.TypeOf(fields))
	var buf bytes.Buffer
	buf.Write(data[:len(data)-1])
	for _, name := range slices.Sorted(maps.Keys(other)) {
		if named[name] != nil {
			continue
		}
		if buf.Len() > 1 {
			buf.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(other[name])
		if err != nil {
			return nil, err
		}
		buf.Write(key)
		buf.WriteByte(':')
		buf.Write(value)
	}
	buf.WriteByte('}')
	return buf.Bytes(), nil
}
