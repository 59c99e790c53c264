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

// The codec reads and writes the types of an API in one pass over the text. It goes by layouts,
// which are made once of a Go type and of the schemas that its values are held against.
//
// A reader only accepts. It gives up on whatever is wrong or rare, and the text is then read by the
// checker and by encoding/json, which alone say what is wrong and where. The rules of scalars are
// theirs, too (Schema.fits, bounds, within, almost); what has alternatives, patterns of names and
// the like is held against the checker, as a part of the text. So what a layout takes, they take,
// and with the same value. A writer likewise leaves to encoding/json what it does not know.

// form is how a Go type holds a JSON value.
type form uint8

const (
	formRaw form = iota // by its own methods, or by encoding/json
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

// formOf gives a type's form; own says that the type has methods of its own for it.
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
	omit  bool // where it is zero
	null  bool // a nil is null, not empty
	typed reflect.Type
}

// jsonFields returns a struct's fields, and where it keeps its other members, or -1. Structs that
// limitgen does not emit are not ok.
func jsonFields(t reflect.Type) (fields []jsonField, other int, ok bool) {
	other = -1
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		switch {
		case f.Anonymous:
			return nil, -1, false
		case !f.IsExported():
			continue
		case tag == "-":
			if isOther(f) {
				other = i
			}
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			name = f.Name
		}
		if options != "" && options != "omitzero" || strings.ContainsFunc(name, oddInTag) ||
			slices.ContainsFunc(fields, func(g jsonField) bool { return g.name == name }) {
			return nil, -1, false
		}
		fields = append(fields, jsonField{name: name, at: i, omit: options == "omitzero", null: mayBeNil(f), typed: f.Type})
	}
	return fields, other, true
}

// isOther reports whether a field holds an object's other members.
func isOther(f reflect.StructField) bool {
	return f.Name == "AdditionalProperties" && f.Type.Kind() == reflect.Map && f.Type.Key() == stringType
}

// oddInTag reports whether encoding/json would not take a rune of a tag for a part of a name.
func oddInTag(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r)
}

// isOpen reports whether a type is a struct that keeps other members, whose methods are
// UnmarshalOpen and MarshalOpen.
func isOpen(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || !t.Implements(anyMarshaler) {
		return false
	}
	f, ok := t.FieldByName("AdditionalProperties")
	return ok && isOther(f) && f.Tag.Get("json") == "-"
}

// buffers are for bodies, which are used up when their exchange is over.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const maxKept = 1 << 16 // of a buffer; larger ones are not kept

func keepBuffer(b *[]byte) {
	if cap(*b) <= maxKept {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}
