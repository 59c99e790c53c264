package rest

import (
	"encoding/json"
	"errors"
)

// Union holds one of several types: the value that it was made of, or the JSON text that it was
// read from.
type Union struct {
	value any
	raw   json.RawMessage
}

// MarshalJSON writes the value.
func (u Union) MarshalJSON() ([]byte, error) {
	if u.value != nil {
		return json.Marshal(filled(u.value))
	}
	if u.raw == nil {
		return []byte("null"), nil
	}
	return u.raw, nil
}

// UnmarshalJSON keeps the text; it is decoded when somebody says as what.
func (u *Union) UnmarshalJSON(data []byte) error {
	u.value = nil
	u.raw = append(u.raw[:0:0], data...)
	return nil
}

// Raw is the JSON text that was read; nil for a value that was made here.
func (u Union) Raw() json.RawMessage { return u.raw }

// UnionAs decodes the value as a T.
func UnionAs[T any](u Union) (T, error) {
	if v, ok := u.value.(T); ok {
		return v, nil
	}
	var v T
	if u.value != nil {
		return v, errors.New("the value was made of another type")
	}
	return v, json.Unmarshal(u.raw, &v)
}

// UnionOf is the union that holds a value, for generated constructors.
func UnionOf(value any) Union { return Union{value: value} }
