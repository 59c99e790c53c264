package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"time"
)

// A DecodeError is a successful answer whose body does not match the API's description. It keeps
// the body.
type DecodeError struct {
	StatusCode int
	Header     http.Header
	Body       []byte
	Err        error
}

// Error describes the fault of the body.
func (e *DecodeError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the decoder.
func (e *DecodeError) Unwrap() error { return e.Err }

// decode reads JSON into v, in one pass where it can.
func decode(text []byte, v any) error {
	if target := reflect.ValueOf(v); target.Kind() == reflect.Pointer && !target.IsNil() && target.Elem().IsZero() &&
		readJSON(text, target.Elem(), typeLayout(target.Type().Elem()), nil, nil) {
		return nil
	}
	return unmarshal(text, v)
}

// unmarshal reads JSON into v. Times and integers that encoding/json rejects are rewritten, and the
// text is read again: a date and time without a zone is UTC, and 1.0 is an integer.
func unmarshal(text []byte, v any) error {
	err := unmarshalJSON(text, v)
	var wrong *time.ParseError
	var kind *json.UnmarshalTypeError
	if err == nil || !errors.As(err, &wrong) && !errors.As(err, &kind) {
		return err
	}
	root := scanPointer(text, "")
	mended := mend(nil, root, reflect.TypeOf(v))
	if bytes.Equal(mended, root.raw) {
		return err
	}
	if unmarshalJSON(mended, v) != nil {
		return err
	}
	return nil
}

// mend copies a JSON value, with the times in it spelt as encoding/json reads them.
func mend(out []byte, v jsonValue, t reflect.Type) []byte {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil:
	case t == timeType && v.kind == jsonString:
		return append(out, quote(zoned(decodeString(v.raw)))...)
	case v.kind == jsonNumber && t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return append(out, integerText(v.raw)...)
	case v.kind == jsonArray && t.Kind() == reflect.Slice:
		out = append(out, '[')
		for w := walk(v); w.next(); {
			if w.index > 0 {
				out = append(out, ',')
			}
			out = mend(out, w.value, t.Elem())
		}
		return append(out, ']')
	case v.kind == jsonObject && (t.Kind() == reflect.Struct || t.Kind() == reflect.Map):
		out = append(out, '{')
		first := true
		for w := walk(v); w.next(); first = false {
			if !first {
				out = append(out, ',')
			}
			out = append(append(append(out, '"'), w.name...), '"', ':')
			out = mend(out, w.value, memberType(t, decodeName(w.name)))
		}
		return append(out, '}')
	case t.Kind() == reflect.Slice:
		return mend(out, v, t.Elem()) // a list that may be its only item
	}
	return append(out, v.raw...)
}

// memberType returns the type of a member of an object; nil if any value is allowed.
func memberType(t reflect.Type, name string) reflect.Type {
	if t.Kind() == reflect.Map {
		return t.Elem()
	}
	var other reflect.Type
	for i := range t.NumField() {
		f := t.Field(i)
		if property, _, ok := propertyOf(f); ok && property == name {
			return f.Type
		} else if !ok && isOther(f) {
			other = f.Type.Elem()
		}
	}
	return other
}

var looseTime = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?\s?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?$`)

// zoned converts a time to RFC 3339: without a zone it is UTC, without a time of day it is
// midnight.
func zoned(text string) string {
	m := looseTime.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	clock, seconds, zone := m[2], m[3], m[4]
	if clock == "" {
		clock = "00:00"
	}
	if seconds == "" {
		seconds = ":00"
	}
	switch {
	case zone == "" || zone == "z" || zone == "UTC":
		zone = "Z"
	case len(zone) == 3:
		zone += ":00"
	case len(zone) == 5:
		zone = zone[:3] + ":" + zone[3:]
	}
	return m[1] + "T" + clock + seconds + zone
}
