package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// Union holds one of several types: the value that it was made of, or the JSON text that it was
// read from.
type Union struct {
	value    any
	raw      json.RawMessage
	readings [][]byte // what the text of a parameter or form may mean besides

	property string   // discriminator; "" if there is none
	kinds    []string // its values that mean the type of value; the first unless value has one
	literal  bool     // they are numbers or true and false, not strings
}

// anyUnion is a Union, or a type that embeds one.
type anyUnion interface{ asUnion() Union }

var unionType = reflect.TypeFor[anyUnion]()

func (u Union) asUnion() Union { return u }

func (u *Union) own() *Union { return u }

// MarshalJSON writes the value with its discriminator.
func (u Union) MarshalJSON() ([]byte, error) {
	if u.value != nil {
		text, err := MarshalFields(u.value)
		if err != nil || u.property == "" {
			return text, err
		}
		return withKind(text, u)
	}
	if u.raw == nil {
		return []byte("null"), nil
	}
	return u.raw, nil
}

// withKind sets the discriminator of an object to the first of its values, unless it has one of them.
func withKind(text []byte, u Union) ([]byte, error) {
	object := scanPointer(text, "")
	if object.kind != jsonObject {
		return text, nil
	}
	kind, err := json.Marshal(u.kinds[0])
	if err != nil {
		return nil, err
	}
	if u.literal {
		kind = []byte(u.kinds[0])
	}
	at, end := member(object, u.property)
	has, ok := kindText(at)
	switch {
	case ok && slices.Contains(u.kinds, has) && (at.kind != jsonString) == u.literal:
		return text, nil
	case at.kind != jsonMissing:
		return slices.Concat(object.raw[:end-len(at.raw)], kind, object.raw[end:]), nil
	}
	name, err := json.Marshal(u.property)
	if err != nil {
		return nil, err
	}
	out := slices.Concat([]byte("{"), name, []byte(":"), kind)
	if object.count > 0 {
		out = append(out, ',')
	}
	return append(out, object.raw[1:]...), nil
}

// member finds a member of a sound object by its name, and where its value ends.
func member(object jsonValue, name string) (value jsonValue, end int) {
	value.kind = jsonMissing
	for w := walk(object); w.next(); {
		if string(w.name) == name || bytes.IndexByte(w.name, '\\') >= 0 && decodeName(w.name) == name {
			value, end = w.value, w.at
		}
	}
	return value, end
}

// UnmarshalJSON keeps the text; it is decoded when a caller names a type.
func (u *Union) UnmarshalJSON(data []byte) error {
	u.value, u.readings = nil, nil
	u.raw = append(u.raw[:0:0], data...)
	return nil
}

// Raw returns the JSON text that was read; nil for a value that was made here.
func (u Union) Raw() json.RawMessage { return u.raw }

// UnionAs decodes the value as a T. The text of a parameter, or of a form's field, may be several
// types: a server decodes 5 as an integer and as a string, if the spec has both. discriminator is a
// property and its values that mean T: a text with another value is refused; a text without the
// property is accepted.
func UnionAs[T any](u Union, discriminator ...string) (T, error) {
	if v, ok := u.value.(T); ok {
		return v, nil
	}
	var v T
	if u.value != nil {
		return v, errors.New("the value was made of another type")
	}
	if len(discriminator) > 1 {
		property, kinds := discriminator[0], discriminator[1:]
		if kind, ok := kindOf(u.raw, property); ok && !slices.Contains(kinds, kind) {
			return v, fmt.Errorf("the value is of another type: its %s is %q", property, clip(kind))
		}
	}
	err := decode(u.raw, &v)
	for i := 0; i < len(u.readings) && err != nil; i++ {
		var other T
		if decode(u.readings[i], &other) == nil {
			v, err = other, nil
		}
	}
	return v, err
}

// UnionOf returns the union that holds a value, for generated constructors. After the value come
// the discriminator property and its values that mean this type.
func UnionOf(value any, discriminator ...string) Union {
	u := Union{value: value}
	if len(discriminator) > 1 {
		u.property, u.kinds = discriminator[0], discriminator[1:]
	}
	return u
}

// LiteralUnionOf is UnionOf for a discriminator whose values are numbers, or true and false.
func LiteralUnionOf(value any, discriminator ...string) Union {
	u := UnionOf(value, discriminator...)
	u.literal = true
	return u
}

// UnionKind returns the value of a union's discriminator property; "" if it has none.
func UnionKind(u Union, property string) string {
	text := []byte(u.raw)
	if u.value != nil {
		var err error
		if text, err = u.MarshalJSON(); err != nil {
			return ""
		}
	}
	kind, _ := kindOf(text, property)
	return kind
}

func kindOf(text []byte, property string) (string, bool) {
	object := scanPointer(text, "")
	if object.kind != jsonObject {
		return "", false
	}
	at, _ := member(object, property)
	return kindText(at)
}

// kindText returns a discriminator's value as a text: numbers and truth values have one too.
func kindText(v jsonValue) (string, bool) {
	switch v.kind {
	case jsonString:
		return decodeString(v.raw), true
	case jsonNumber:
		return canonicalNumber(string(v.raw)), true
	case jsonBool:
		return string(v.raw), true
	}
	return "", false
}
