package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// shape describes how values of a Go type are written. A nil list or map is written as an empty
// one, see filled.
type shape struct {
	form   form
	typ    reflect.Type
	elem   *shape // of a pointer, list or map
	fields []shapeField
	other  int // the field that keeps other members, or -1
	nulls  int // the field that says which members are null, or -1
}

type shapeField struct {
	jsonField
	label string // the name as JSON, and a colon
	html  string // the same with <, > and & escaped
	shape *shape
}

var shapes sync.Map // of reflect.Type to *shape

func shapeOf(t reflect.Type) *shape {
	if known, ok := shapes.Load(t); ok {
		return known.(*shape)
	}
	s := makeShape(t, make(map[reflect.Type]*shape))
	shapes.Store(t, s)
	return s
}

func makeShape(t reflect.Type, known map[reflect.Type]*shape) *shape {
	if s := known[t]; s != nil {
		return s
	}
	pointer := reflect.PointerTo(t)
	own := !hasFields(t) && (pointer.Implements(anyMarshaler) || pointer.Implements(textMarshaler)) && t.Kind() != reflect.Pointer
	s := &shape{form: formOf(t, own), typ: t, other: -1}
	known[t] = s
	switch s.form {
	case formPointer, formList:
		s.elem = makeShape(t.Elem(), known)
	case formMap:
		s.elem = makeShape(t.Elem(), known)
	case formStruct:
		fields, other, ok := jsonFields(t)
		if !ok || slices.ContainsFunc(fields, func(f jsonField) bool { return f.omit && hasOwnZero(f.typed) }) {
			s.form = formRaw
			return s
		}
		s.other, s.nulls = other, nullsAt(t)
		if other >= 0 {
			s.elem = makeShape(t.Field(other).Type.Elem(), known)
		}
		for _, f := range fields {
			s.fields = append(s.fields, shapeField{
				jsonField: f, label: string(appendText(nil, f.name, false)) + ":", html: string(appendText(nil, f.name, true)) + ":",
				shape: makeShape(f.typed, known),
			})
		}
	}
	return s
}

// hasOwnZero reports whether a type, other than a time, has an IsZero method.
func hasOwnZero(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	_, found := reflect.PointerTo(t).MethodByName("IsZero")
	return found && t != timeType
}

// writer writes one JSON text. Its methods report success.
type writer struct {
	out   []byte
	html  bool // escapes <, > and &, as json.Marshal does
	lossy bool // a text was not UTF-8, and is not what was written
}

var writers = sync.Pool{New: func() any { return new(writer) }}

// writeJSON writes the JSON that json.Marshal makes of a filled value. The writer owns the text
// until it is freed.
func writeJSON(v any, html bool) (*writer, error) {
	w := writers.Get().(*writer)
	w.out, w.html, w.lossy = w.out[:0], html, false
	if r := reflect.ValueOf(v); r.IsValid() && w.value(shapeOf(r.Type()), r, jsonDepth) {
		return w, nil
	}
	w.out = w.out[:0]
	return w, w.plain(filled(v), html)
}

// free makes the writer ready for another text. Large buffers are not kept.
func (w *writer) free() {
	if cap(w.out) <= maxKept {
		writers.Put(w)
	}
}

func (w *writer) Write(text []byte) (int, error) {
	w.out = append(w.out, text...)
	return len(text), nil
}

// plain writes a value through encoding/json.
func (w *writer) plain(v any, html bool) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(html)
	err := e.Encode(v)
	w.out = bytes.TrimSuffix(w.out, []byte("\n"))
	return err
}

func (w *writer) value(s *shape, v reflect.Value, depth int) bool {
	if depth == 0 { // a value that is part of itself, which encoding/json reports
		return false
	}
	switch s.form {
	case formString:
		w.text(v.String())
	case formBool:
		w.out = strconv.AppendBool(w.out, v.Bool())
	case formInt:
		w.out = strconv.AppendInt(w.out, v.Int(), 10)
	case formUint:
		w.out = strconv.AppendUint(w.out, v.Uint(), 10)
	case formFloat:
		return w.float(v.Float(), s.typ.Bits())
	case formTime:
		return w.time(v)
	case formBytes:
		w.out = append(base64.StdEncoding.AppendEncode(append(w.out, '"'), v.Bytes()), '"')
	case formPointer:
		if v.IsNil() {
			w.out = append(w.out, "null"...)
			return true
		}
		return w.value(s.elem, v.Elem(), depth-1)
	case formList:
		return w.list(s, v, depth)
	case formMap:
		w.out = append(w.out, '{')
		if !w.members(s, v, depth, nil) {
			return false
		}
		w.out = append(w.out, '}')
	case formStruct:
		return w.object(s, v, depth)
	case formAny:
		return w.any(v.Interface(), depth)
	default:
		return w.raw(v, depth)
	}
	return true
}

// any writes the value of an interface unchanged: it is not filled.
func (w *writer) any(v any, depth int) bool {
	if depth == 0 {
		return false
	}
	switch v := v.(type) {
	case nil:
		w.out = append(w.out, "null"...)
	case string:
		w.text(v)
	case bool:
		w.out = strconv.AppendBool(w.out, v)
	case float64:
		return w.float(v, 64)
	case []any:
		if v == nil {
			return w.any(nil, depth)
		}
		w.out = append(w.out, '[')
		for i := range v {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			if !w.any(v[i], depth-1) {
				return false
			}
		}
		w.out = append(w.out, ']')
	case map[string]any:
		if v == nil {
			return w.any(nil, depth)
		}
		w.out = append(w.out, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			w.text(name)
			w.out = append(w.out, ':')
			if !w.any(v[name], depth-1) {
				return false
			}
		}
		w.out = append(w.out, '}')
	default:
		return w.plain(v, w.html) == nil
	}
	return true
}

// raw writes a value through its type's own method.
func (w *writer) raw(v reflect.Value, depth int) bool {
	if v.CanInterface() && v.Type().Implements(unionType) {
		if u := v.Interface().(anyUnion).asUnion(); u.value != nil {
			return w.union(&u, depth)
		}
	}
	if v.CanAddr() && v.Kind() != reflect.Pointer {
		return w.plain(filled(v.Addr().Interface()), w.html) == nil
	}
	return w.plain(filled(v.Interface()), w.html) == nil
}

// union writes a value as Union.MarshalJSON does.
func (w *writer) union(u *Union, depth int) bool {
	html, begin := w.html, len(w.out)
	w.html = true
	v := reflect.ValueOf(u.value)
	ok := w.value(shapeOf(v.Type()), v, depth-1)
	w.html = html
	if !ok || u.property == "" {
		return ok
	}
	text, err := withKind(w.out[begin:], *u)
	w.out = append(w.out[:begin], text...)
	return err == nil
}

// float writes a number as ECMAScript does.
func (w *writer) float(n float64, bits int) bool {
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return false
	}
	format := byte('f')
	if abs := math.Abs(n); abs != 0 &&
		(bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21)) {
		format = 'e'
	}
	w.out = strconv.AppendFloat(w.out, n, format, -1, bits)
	if n := len(w.out); format == 'e' && w.out[n-4] == 'e' && w.out[n-3] == '-' && w.out[n-2] == '0' { // e-09
		w.out[n-2] = w.out[n-1]
		w.out = w.out[:n-1]
	}
	return true
}

func (w *writer) time(v reflect.Value) bool {
	var t time.Time
	if v.CanAddr() {
		t = *v.Addr().Interface().(*time.Time)
	} else {
		t = v.Interface().(time.Time)
	}
	var err error
	w.out, err = t.AppendText(append(w.out, '"'))
	w.out = append(w.out, '"')
	return err == nil
}

func (w *writer) list(s *shape, v reflect.Value, depth int) bool {
	w.out = append(w.out, '[')
	for i := range v.Len() {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if !w.value(s.elem, v.Index(i), depth-1) {
			return false
		}
	}
	w.out = append(w.out, ']')
	return true
}

// members writes a map's members in the order of their names, without those that have a field.
func (w *writer) members(s *shape, v reflect.Value, depth int, fields []shapeField) bool {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		if slices.ContainsFunc(fields, func(f shapeField) bool { return f.name == key.String() }) {
			continue
		}
		if w.out[len(w.out)-1] != '{' {
			w.out = append(w.out, ',')
		}
		w.text(key.String())
		w.out = append(w.out, ':')
		if !w.value(s.elem, v.MapIndex(key), depth-1) {
			return false
		}
	}
	return true
}

func (w *writer) object(s *shape, v reflect.Value, depth int) bool {
	html := w.html
	if s.other >= 0 {
		w.html = true // as MarshalOpen does
	}
	w.out = append(w.out, '{')
	first := true
	for i := range s.fields {
		f := &s.fields[i]
		value := v.Field(f.at)
		null := false
		if f.omit && isZero(f.shape, value) {
			if null = f.nulled >= 0 && v.Field(s.nulls).Field(f.nulled).Bool(); !null {
				continue
			}
		}
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		if w.html {
			w.out = append(w.out, f.html...)
		} else {
			w.out = append(w.out, f.label...)
		}
		if null || f.null && nilable(f.typed) && value.IsNil() {
			w.out = append(w.out, "null"...)
		} else if !w.value(f.shape, value, depth-1) {
			return false
		}
	}
	if s.other >= 0 && !w.members(s, v.Field(s.other), depth, s.fields) {
		return false
	}
	w.out = append(w.out, '}')
	w.html = html
	return true
}

// isZero reports whether a field that may be omitted is zero. A pointer to a zero is a value.
func isZero(s *shape, v reflect.Value) bool {
	if s.form == formTime {
		t, ok := v.Interface().(time.Time)
		return ok && t.IsZero()
	}
	return v.IsZero()
}
