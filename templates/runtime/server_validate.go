package runtime

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// checkSteps bounds the work for one value: alternatives within alternatives multiply.
const checkSteps = 1 << 20

// checker checks JSON values by a table of schemas.
type checker struct {
	schemas []schema
	files   []string // required properties that stand outside of the JSON, at the top
	steps   int
	depth   int
}

// checkText refuses a text that is not one JSON value, or that names a member of an object twice:
// what was checked must be what is decoded, whoever reads it.
func checkText(data []byte) error {
	value := scanPointer(data, "")
	if value.kind == jsonInvalid {
		return badRequest("the body is not valid JSON")
	}
	return checkNames(value)
}

func checkNames(value jsonValue) error {
	var seen map[string]bool
	if value.kind == jsonObject {
		seen = make(map[string]bool, min(value.count, 64))
	}
	for w := walk(value); w.next(); {
		if value.kind == jsonObject {
			name := decodeName(w.name)
			if seen[name] {
				return badRequest("the body has the name " + strconv.Quote(name) + " twice")
			}
			seen[name] = true
		}
		if w.value.kind == jsonObject || w.value.kind == jsonArray {
			if err := checkNames(w.value); err != nil {
				return err
			}
		}
	}
	return nil
}

func wrong(at, what string) error { return badRequest(at + ": " + what) }

// value checks one value; at says where it stands.
func (c *checker) value(index int, v jsonValue, at string) error {
	if index <= 0 || index >= len(c.schemas) {
		return nil
	}
	c.steps++
	if c.steps > checkSteps || c.depth > 2*jsonDepth {
		return wrong(at, "too complicated")
	}
	c.depth++
	defer func() { c.depth-- }()
	s := &c.schemas[index]
	if !s.kinds.allow(v) {
		return wrong(at, "a value of another type is expected")
	}
	if len(s.enum) > 0 && !slices.ContainsFunc(s.enum, func(e string) bool { return sameValue(v, e) }) {
		return wrong(at, "not one of the allowed values")
	}
	var err error
	switch v.kind {
	case jsonNumber:
		err = s.number(v, at)
	case jsonString:
		err = s.text(v, at)
	case jsonArray:
		err = c.array(s, v, at)
	case jsonObject:
		err = c.object(s, v, at)
	}
	if err != nil {
		return err
	}
	return c.composed(s, v, at)
}

func (k kinds) allow(v jsonValue) bool {
	switch {
	case k == kindAny:
		return true
	case v.kind == jsonNumber:
		return k&kindNumber != 0 || k&kindInteger != 0 && !bytes.ContainsAny(v.raw, ".eE")
	}
	return k&[...]kinds{jsonNull: kindNull, jsonBool: kindBool, jsonString: kindString, jsonArray: kindArray, jsonObject: kindObject}[v.kind] != 0
}

func (c *checker) composed(s *schema, v jsonValue, at string) error {
	for _, part := range s.allOf {
		if err := c.value(part, v, at); err != nil {
			return err
		}
	}
	if len(s.anyOf) > 0 && !slices.ContainsFunc(s.anyOf, func(part int) bool { return c.value(part, v, at) == nil }) {
		return wrong(at, "none of the alternatives")
	}
	if len(s.oneOf) > 0 {
		n := 0
		for _, part := range s.oneOf {
			if c.value(part, v, at) == nil {
				n++
			}
		}
		if n != 1 {
			return wrong(at, "not exactly one of the alternatives")
		}
	}
	if s.not != 0 && c.value(s.not, v, at) == nil {
		return wrong(at, "not allowed")
	}
	if c.steps > checkSteps {
		return wrong(at, "too complicated")
	}
	return nil
}

// within checks a count. A bound of zero is spelt -1, because 0 stands for none.
func within(n, least, most int) bool {
	return n >= least && (most == 0 || n <= max(0, most))
}

func (s *schema) number(v jsonValue, at string) error {
	n, err := strconv.ParseFloat(string(v.raw), 64)
	if err != nil {
		return wrong(at, "out of range")
	}
	switch {
	case s.min != nil && (n < *s.min || s.exclMin && n == *s.min):
		return wrong(at, "too small")
	case s.max != nil && (n > *s.max || s.exclMax && n == *s.max):
		return wrong(at, "too large")
	}
	if s.multipleOf > 0 {
		if q := n / s.multipleOf; math.Abs(q-math.Round(q)) > 1e-9*max(1, math.Abs(q)) {
			return wrong(at, "not a multiple")
		}
	}
	if bits, ok := map[string]int{"int32": 32, "int64": 64}[s.format]; ok {
		if _, err := strconv.ParseInt(string(v.raw), 10, bits); err != nil {
			return wrong(at, "out of range")
		}
	}
	return nil
}

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (s *schema) text(v jsonValue, at string) error {
	text := decodeString(v.raw)
	ok := true
	switch s.format {
	case "date-time":
		_, err := time.Parse(time.RFC3339, text)
		ok = err == nil
	case "date":
		_, err := time.Parse(time.DateOnly, text)
		ok = err == nil
	case "uuid":
		ok = uuidPattern.MatchString(text)
	case "ipv4", "ipv6":
		address, err := netip.ParseAddr(text)
		ok = err == nil && address.Is4() == (s.format == "ipv4")
	}
	switch {
	case !ok:
		return wrong(at, "not a "+s.format)
	case !within(utf8.RuneCountInString(text), s.minLength, s.maxLength):
		return wrong(at, "too short or too long")
	case s.pattern != nil && !s.pattern.MatchString(text):
		return wrong(at, "does not match the pattern")
	}
	return nil
}

func (c *checker) array(s *schema, v jsonValue, at string) error {
	if !within(v.count, s.minItems, s.maxItems) {
		return wrong(at, "too few or too many items")
	}
	var seen map[string]bool
	if s.unique {
		seen = make(map[string]bool, v.count)
	}
	if s.items == 0 && seen == nil {
		return nil
	}
	for w := walk(v); w.next(); {
		if s.items != 0 {
			if err := c.value(s.items, w.value, at+"/"+strconv.Itoa(w.index)); err != nil {
				return err
			}
		}
		if seen == nil {
			continue
		}
		text := canonical(w.value.raw)
		if seen[text] {
			return wrong(at, "items are not unique")
		}
		seen[text] = true
	}
	return nil
}

func (c *checker) object(s *schema, v jsonValue, at string) error {
	if !within(v.count, s.minProps, s.maxProps) {
		return wrong(at, "too few or too many members")
	}
	top := c.files
	c.files = nil
	defer func() { c.files = top }()
	if len(s.properties) == 0 && s.additional == 0 {
		return nil
	}
	required := 0
	for w := walk(v); w.next(); {
		name := decodeName(w.name)
		i, found := slices.BinarySearchFunc(s.properties, name, func(p property, name string) int { return strings.Compare(p.name, name) })
		part := s.additional
		if found {
			if part = s.properties[i].schema; s.properties[i].required {
				required++
			}
		} else if slices.ContainsFunc(s.properties, func(p property) bool { return strings.EqualFold(p.name, name) }) {
			return wrong(at, strconv.Quote(name)+" is not spelt so") // encoding/json would take it for the property
		} else if part < 0 {
			return wrong(at, strconv.Quote(name)+" is not allowed")
		}
		if err := c.value(part, w.value, at+"/"+name); err != nil {
			return err
		}
	}
	for i := range s.properties {
		p := &s.properties[i]
		if p.required && slices.Contains(top, p.name) {
			continue
		}
		if p.required {
			required--
		}
	}
	if required < 0 {
		return wrong(at, "a required member is missing")
	}
	return nil
}

// sameValue compares a value with an allowed one, however each is spelt.
func sameValue(v jsonValue, allowed string) bool {
	if string(v.raw) == allowed {
		return true
	}
	var a, b any
	return json.Unmarshal(v.raw, &a) == nil && json.Unmarshal([]byte(allowed), &b) == nil && reflect.DeepEqual(a, b)
}

// canonical spells equal values alike.
func canonical(raw []byte) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	if data, err := json.Marshal(v); err == nil {
		return string(data)
	}
	return string(raw)
}
