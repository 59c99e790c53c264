package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
)

// A float64 keeps 15 digits of any integer, and 16 or more of some. An integer that would lose some
// is refused by servers, or stays a json.Number where its Go type is any.

const keptDigits = 15

// keepsDigits reports whether a number is what a float64 made of it is written as, exactly or by
// the fewest digits. Fractions are not integers whose digits matter.
func keepsDigits(raw []byte) bool {
	if !isLongInteger(raw) {
		return true
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return false
	}
	return strconv.FormatFloat(n, 'f', 0, 64) == string(raw) || isWritten(n, raw)
}

// isLongInteger reports whether a number is an integer that a float64 may not keep.
func isLongInteger(raw []byte) bool {
	return len(raw) > keptDigits && !bytes.ContainsAny(raw, ".eE")
}

// isWritten reports whether an integer is how its float64 is written.
func isWritten(n float64, raw []byte) bool {
	return strconv.FormatFloat(n, 'f', -1, 64) == string(raw)
}

// hasLongNumber reports whether a JSON text may hold a number that a float64 does not keep.
func hasLongNumber(text []byte) bool {
	run := 0
	for _, c := range text {
		if run++; c < '0' || c > '9' {
			run = 0
		}
		if run > keptDigits {
			return true
		}
	}
	return false
}

// anyNumber returns the value of a number whose type is open: it is written as it was read.
func anyNumber(raw []byte) (any, error) {
	n, err := strconv.ParseFloat(string(raw), 64)
	if err == nil && isLongInteger(raw) && !isWritten(n, raw) {
		return json.Number(raw), nil
	}
	return n, err
}

// unmarshalJSON is json.Unmarshal, which keeps the digits of numbers whose type is open, and
// compares the names of properties exactly.
func unmarshalJSON(data []byte, v any) error {
	data = exactly(data, reflect.TypeOf(v))
	if !hasLongNumber(data) {
		return json.Unmarshal(data, v)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return json.Unmarshal(data, v) // which tells what is behind the value
	}
	return settle(reflect.ValueOf(v))
}

// settle turns numbers inside values of open type into float64, unless they lose digits by that.
func settle(v reflect.Value) (err error) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return settle(v.Elem())
		}
	case reflect.Interface:
		if v.NumMethod() > 0 || v.IsNil() {
			return nil
		}
		open, err := settled(v.Interface())
		if err == nil {
			v.Set(reflect.ValueOf(open))
		}
		return err
	case reflect.Slice:
		for i := 0; i < v.Len() && err == nil && mayHoldAny(v.Type().Elem()); i++ {
			err = settle(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			item := reflect.New(v.Type().Elem()).Elem()
			item.Set(v.MapIndex(key))
			if err = settle(item); err != nil {
				return err
			}
			v.SetMapIndex(key, item)
		}
	case reflect.Struct:
		for i := 0; i < v.NumField() && err == nil; i++ {
			if v.Type().Field(i).IsExported() {
				err = settle(v.Field(i))
			}
		}
	}
	return err
}

func mayHoldAny(t reflect.Type) bool { return t.Kind() >= reflect.Array && t.Kind() != reflect.String }

func settled(v any) (any, error) {
	var err error
	switch open := v.(type) {
	case json.Number:
		return anyNumber([]byte(open))
	case []any:
		for i := 0; i < len(open) && err == nil; i++ {
			open[i], err = settled(open[i])
		}
	case map[string]any:
		for name := range open {
			if open[name], err = settled(open[name]); err != nil {
				return v, err
			}
		}
	}
	return v, err
}

// unkept returns a fault for the first part of a sound value that its Go type does not keep: a
// number that a float64 rounds, or null where the type has none, as for a schema without a type. It
// returns nil if there is none.
func unkept(v jsonValue, t reflect.Type) *fault {
	if v.kind == jsonNull && t != nil && !holdsNull(t) {
		return wrong("null is not allowed here")
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil || t == timeType || t.Implements(unionType):
	case v.kind == jsonNumber && t.Kind() == reflect.Float64 && !keepsDigits(v.raw):
		return wrong("more digits than a number keeps")
	case v.kind == jsonArray && t.Kind() == reflect.Slice:
		for w := walk(v); w.next(); {
			if f := unkept(w.value, t.Elem()); f != nil {
				return f.under(strconv.Itoa(w.index))
			}
		}
	case v.kind == jsonObject && (t.Kind() == reflect.Struct || t.Kind() == reflect.Map):
		for w := walk(v); w.next(); {
			name := decodeName(w.name)
			if f := unkept(w.value, memberType(t, name)); f != nil {
				return f.under(name)
			}
		}
	case v.kind != jsonNull && t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return unkept(v, t.Elem()) // a list that may be its only item
	}
	return nil
}

// holdsNull reports whether a type has a value for null.
func holdsNull(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	}
	own := reflect.PointerTo(t)
	return t != timeType && !hasFields(t) && (own.Implements(anyUnmarshaler) || own.Implements(textUnmarshaler))
}
