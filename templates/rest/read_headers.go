package rest

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A HeaderReader reads the headers of an answer for generated code. It goes on after an error, and
// Err returns all of them.
type HeaderReader struct {
	from http.Header
	errs []error
}

// ReadHeaders returns a reader of headers.
func ReadHeaders(from http.Header) *HeaderReader { return &HeaderReader{from: from} }

// Err returns what is wrong with the headers that were read.
func (r *HeaderReader) Err() error { return errors.Join(r.errs...) }

func (r *HeaderReader) fail(name string, err error) {
	r.errs = append(r.errs, fmt.Errorf("header %s: %w", name, err))
}

// text returns a header's value. Several lines are one value, which commas separate, except of
// cookies, whose text has commas of its own.
func (r *HeaderReader) text(name string, required bool) (text string, found bool) {
	if !r.has(name, required) {
		return "", false
	}
	lines := r.from[http.CanonicalHeaderKey(name)]
	if len(lines) > 1 && http.CanonicalHeaderKey(name) == "Set-Cookie" {
		r.fail(name, errors.New("several cookies, where the API describes one value"))
		return "", false
	}
	return strings.Trim(strings.Join(lines, ", "), " \t"), true
}

// has reports whether a header is there.
func (r *HeaderReader) has(name string, required bool) bool {
	found := len(r.from[http.CanonicalHeaderKey(name)]) > 0
	if !found && required {
		r.fail(name, errors.New("missing"))
	}
	return found
}

// Header reads a header that every answer has.
func Header[T any](r *HeaderReader, name string, parse func(string) (T, error)) (value T) {
	if text, found := r.text(name, true); found {
		return headerValue(r, name, text, parse)
	}
	return value
}

// OptHeader reads a header that may be absent.
func OptHeader[T any](r *HeaderReader, name string, parse func(string) (T, error)) *T {
	text, found := r.text(name, false)
	if !found {
		return nil
	}
	before := len(r.errs)
	value := headerValue(r, name, text, parse)
	if len(r.errs) > before {
		return nil
	}
	return &value
}

// HeaderList reads a header that is a list, and that every answer has.
func HeaderList[T any](r *HeaderReader, name string, parse func(string) (T, error)) []T {
	r.has(name, true)
	return OptHeaderList(r, name, parse)
}

// OptHeaderList reads a header that is a list and may be absent. An empty header is an empty list.
func OptHeaderList[T any](r *HeaderReader, name string, parse func(string) (T, error)) []T {
	lines, found := r.from[http.CanonicalHeaderKey(name)]
	if !found || len(lines) == 0 {
		return nil
	}
	out := []T{}
	for _, item := range headerItems(name, lines) {
		out = append(out, headerValue(r, name, item, parse))
	}
	return out
}

// headerItems splits a list. Empty items are none, as in all lists of HTTP.
func headerItems(name string, lines []string) []string {
	if http.CanonicalHeaderKey(name) == "Set-Cookie" {
		return lines
	}
	var out []string
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			if item = strings.Trim(item, " \t"); item != "" {
				out = append(out, item)
			}
		}
	}
	return out
}

func headerValue[T any](r *HeaderReader, name, text string, parse func(string) (T, error)) T {
	value, err := parse(text)
	if err != nil {
		r.fail(name, err)
	}
	return value
}

// ParseText reads a string.
func ParseText[T anyText](text string) (T, error) { return T(text), nil }

// ParseInt reads an integer.
func ParseInt[T anyInt](text string) (T, error) {
	if scanNumber([]byte(text), 0) == len(text) && text != "" {
		digits := integerText([]byte(text))
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && holds[T](n) {
			return T(n), nil
		}
		if n, err := strconv.ParseUint(digits, 10, 64); err == nil && uint64(T(n)) == n && T(n) > 0 {
			return T(n), nil
		}
	}
	return 0, fmt.Errorf("%q is not an integer, or is out of range", text)
}

// ParseFloat reads a number.
func ParseFloat[T anyFloat](text string) (T, error) {
	n, err := strconv.ParseFloat(text, bitsOf[T]())
	if err != nil || scanNumber([]byte(text), 0) != len(text) {
		return 0, fmt.Errorf("%q is not a number, or is out of range", text)
	}
	return T(n), nil
}

// ParseBool reads true or false.
func ParseBool[T anyBool](text string) (T, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf("%q is not true or false", text)
	}
	return text == "true", nil
}

// ParseTime reads a date and time as JSON spells it, or as HTTP does.
func ParseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, zoned(text))
	if err == nil {
		return t, nil
	}
	if t, err := http.ParseTime(text); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a date and time", text)
}

// JSON reads a header whose value is JSON into the value that target points to.
func (r *HeaderReader) JSON(name string, target any)         { r.json(name, false, target) }
func (r *HeaderReader) RequiredJSON(name string, target any) { r.json(name, true, target) }

func (r *HeaderReader) json(name string, required bool, target any) {
	reflect.ValueOf(target).Elem().SetZero()
	if text, found := r.text(name, required); found {
		r.decode(name, []byte(text), target)
	}
}

// Value reads a header of any type: the members of an object are names and values in turn.
func (r *HeaderReader) Value(name string, to any)         { r.value(name, false, false, to) }
func (r *HeaderReader) RequiredValue(name string, to any) { r.value(name, true, false, to) }

// Exploded reads an object whose members are name=value.
func (r *HeaderReader) Exploded(name string, to any)         { r.value(name, false, true, to) }
func (r *HeaderReader) RequiredExploded(name string, to any) { r.value(name, true, true, to) }

func (r *HeaderReader) value(name string, required, explode bool, target any) {
	reflect.ValueOf(target).Elem().SetZero()
	t := reflect.TypeOf(target).Elem()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var text string
	var found bool
	if isItems(t) {
		found = r.has(name, required)
	} else {
		text, found = r.text(name, required)
	}
	if !found {
		return
	}
	text, err := headerJSON(t, name, text, r.from[http.CanonicalHeaderKey(name)], explode)
	if err != nil {
		r.fail(name, err)
		return
	}
	r.decode(name, []byte(text), target)
}

func (r *HeaderReader) decode(name string, text []byte, target any) {
	if err := decode(text, target); err != nil {
		r.fail(name, err)
	}
}

// isItems reports whether a type is that of a list, of which a header's lines hold the items.
func isItems(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8
}

// headerJSON spells a header as the JSON that its type is read from.
func headerJSON(t reflect.Type, name, text string, lines []string, explode bool) (string, error) {
	switch {
	case isItems(t):
		out := make([]string, 0, 8)
		for _, item := range headerItems(name, lines) {
			out = append(out, headerScalar(t.Elem(), item))
		}
		return "[" + strings.Join(out, ",") + "]", nil
	case (t.Kind() != reflect.Struct || !isObject(t)) && t.Kind() != reflect.Map:
		return headerScalar(t, text), nil
	}
	items := headerItems(name, lines)
	if explode {
		var apart []string
		for _, item := range items {
			member, value, found := strings.Cut(item, "=")
			if !found {
				return "", fmt.Errorf("%q is not name=value", item)
			}
			apart = append(apart, member, value)
		}
		items = apart
	}
	if len(items)%2 != 0 {
		return "", errors.New("not names and values in turn")
	}
	var out []string
	for pair := range slices.Chunk(items, 2) {
		member := memberType(t, pair[0])
		if member == nil {
			member = stringType
		}
		out = append(out, string(quote(pair[0]))+":"+headerScalar(member, pair[1]))
	}
	if err := lacks(t, items); err != nil {
		return "", err
	}
	return "{" + strings.Join(out, ",") + "}", nil
}

// lacks names the members that an object must have and a header does not give. One that may be
// null has no spelling where it is.
func lacks(t reflect.Type, items []string) error {
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	fields, _, _ := jsonFields(t)
	for _, f := range fields {
		given := false
		for i := 0; i < len(items); i += 2 {
			given = given || items[i] == f.name
		}
		if !given && !f.omit && !f.null && f.typed.Kind() != reflect.Pointer {
			names = append(names, strconv.Quote(f.name))
		}
	}
	if names == nil {
		return nil
	}
	return errors.New("lacks " + strings.Join(names, ", "))
}

// isObject reports whether a struct is the type of an object: it has fields of JSON.
func isObject(t reflect.Type) bool {
	fields, other, ok := jsonFields(t)
	return ok && len(fields)+other >= 0 && t != timeType
}

// headerScalar spells one value. Where the type does not say which kind it is, what looks like a
// number is one.
func headerScalar(t reflect.Type, text string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	number := text != "" && scanNumber([]byte(text), 0) == len(text)
	switch form := formOf(t, t.Implements(anyMarshaler)); {
	case number && (form == formInt || form == formUint || form == formFloat || form == formRaw),
		(text == "true" || text == "false") && (form == formBool || form == formRaw):
		return text
	}
	return string(quote(text))
}
