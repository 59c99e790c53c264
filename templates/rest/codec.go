package rest

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// The codec reads and writes the types of an API in one pass over the text. It is driven by
// layouts, built once for a Go type and the schemas that its values must fit.
//
// A reader only accepts. It gives up on invalid or rare input; the text is then read by the checker
// and by encoding/json, and only they report errors. The rules of scalars are shared with the
// checker (Schema.fits, bounds, within); alternatives, patterns of names and the like are passed to
// the checker as a part of the text. So whatever a layout accepts, they accept with the same value.
// A writer likewise leaves unknown types to encoding/json.

// form is how a Go type holds a JSON value.
type form uint8

const (
	formRaw form = iota // through its own methods, or encoding/json
	formAny
	formString
	formBool
	formInt
	formUint
	formFloat
	formTime
	formBytes
	formPointer
	formList
	formMap
	formStruct
)

var (
	anyUnmarshaler  = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	anyMarshaler    = reflect.TypeFor[json.Marshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	numberType      = reflect.TypeFor[json.Number]()
	stringType      = reflect.TypeFor[string]()
)

// formOf returns a type's form; own says that the type has its own JSON methods.
func formOf(t reflect.Type, own bool) form {
	switch {
	case t == timeType:
		return formTime
	case own || t == numberType:
		return formRaw
	}
	switch t.Kind() {
	case reflect.String:
		return formString
	case reflect.Bool:
		return formBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return formInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return formUint
	case reflect.Float32, reflect.Float64:
		return formFloat
	case reflect.Pointer:
		return formPointer
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			if t.Elem() != reflect.TypeFor[byte]() {
				return formRaw
			}
			return formBytes
		}
		return formList
	case reflect.Map:
		if t.Key() == stringType {
			return formMap
		}
	case reflect.Struct:
		return formStruct
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return formAny
		}
	}
	return formRaw
}

// jsonField is a field of a struct as encoding/json sees it.
type jsonField struct {
	name  string
	at    int
	omit  bool // omitted when zero
	null  bool // nil is written as null, not empty
	typed reflect.Type
	// nulled is the index of the bool that says that the property is null, or -1; see nullsAt.
	nulled int
}

// jsonFields returns a struct's fields, and the index of the field for other members, or -1. ok is
// false for structs that limitgen does not emit.
func jsonFields(t reflect.Type) (fields []jsonField, other int, ok bool) {
	other = -1
	nulls := nullsAt(t)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			return nil, -1, false
		}
		name, options, ok := propertyOf(f)
		if !ok {
			if f.IsExported() && isOther(f) {
				other = i
			}
			continue
		}
		omit := options == "omitzero" || options == "omitempty" && f.Type.Kind() == reflect.Pointer
		if options != "" && !omit || strings.ContainsFunc(name, oddInTag) ||
			slices.ContainsFunc(fields, func(g jsonField) bool { return g.name == name }) {
			return nil, -1, false
		}
		fields = append(fields, jsonField{
			name: name, at: i, omit: omit, null: mayBeNil(f), typed: f.Type,
			nulled: nullOf(t, nulls, i),
		})
	}
	return fields, other, true
}

// propertyOf returns the name of the property that a field is, and the options of its tag; ok is
// false if it is none.
func propertyOf(f reflect.StructField) (name, options string, ok bool) {
	name, options, _ = strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" || !f.IsExported() {
		return "", "", false
	}
	if name == "" {
		name = f.Name
	}
	return name, options, true
}

// isOther reports whether a field holds an object's other members.
func isOther(f reflect.StructField) bool {
	return f.Name == "AdditionalProperties" && f.Type.Kind() == reflect.Map && f.Type.Key() == stringType
}

// oddInTag reports whether encoding/json rejects a rune in the name of a tag.
func oddInTag(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r)
}

// hasFields reports whether a type is a struct whose methods do what layouts do: it keeps other
// members, or tells null from absence.
func hasFields(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || !t.Implements(anyMarshaler) {
		return false
	}
	f, ok := t.FieldByName("AdditionalProperties")
	return ok && isOther(f) && f.Tag.Get("json") == "-" || nullsAt(t) >= 0
}

// buffers holds buffers of bodies, which are reused when their exchange is over.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const maxKept = 1 << 16 // bytes of a buffer; larger ones are not pooled

func keepBuffer(b *[]byte) {
	if cap(*b) <= maxKept {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}
