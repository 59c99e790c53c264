package runtime

import (
	"encoding/json"
	"errors"
)

// union holds one of several types: the value that it was made of, or the JSON text that it was
// read from.
type union struct {
	value any
	raw   json.RawMessage
}

// MarshalJSON writes the value.
func (u union) MarshalJSON() ([]byte, error) {
	if u.value != nil {
		return json.Marshal(filled(u.value))
	}
	if u.raw == nil {
		return []byte("null"), nil
	}
	return u.raw, nil
}

// UnmarshalJSON keeps the text; it is decoded when somebody says as what.
func (u *union) UnmarshalJSON(data []byte) error {
	u.value = nil
	u.raw = append(u.raw[:0:0], data...)
	return nil
}

// Raw is the JSON text that was read; nil for a value that was made here.
func (u union) Raw() json.RawMessage { return u.raw }

// unionAs decodes the value as a T.
func unionAs[T any](u union) (T, error) {
	if v, ok := u.value.(T); ok {
		return v, nil
	}
	var v T
	if u.value != nil {
		return v, errors.New("the value was made of another type")
	}
	return v, json.Unmarshal(u.raw, &v)
}
