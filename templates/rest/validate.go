package rest

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

// checker checks one JSON value by a table of schemas.
type checker struct {
	schemas []Schema
	depth   int
	work    *int // left; see effort
}

// fault describes an error in a value and its place. The pointer is built on the way out, so that a
// valid value costs no text.
type fault struct{ pointer, what string }

// effort is how much work the checks of one request may be: nothing of it is counted by a limit
// before, and alternatives that contain alternatives multiply. A unit is about what it takes to
// read a byte. A request has a fixed part and some for each byte that is checked: enough for each
// byte to be looked at under dozens of schemas, and too little for a body of a kilobyte to take a
// millisecond or two. What takes more is refused as too complicated.
const (
	effortBase  = 1 << 17
	effortByte  = 128
	effortVisit = 32 // of a value by a schema
)

// check refuses a value that does not fit its schema; at names its parameter or body.
func (x *Exchange) check(index int, v jsonValue, at string) error {
	return x.server.check(index, v, at, &x.effort)
}

// check adds its work to spent, which the checks of one request share.
func (s *Server) check(index int, v jsonValue, at string, spent *int) error {
	*spent -= effortByte * len(v.raw)
	return s.checkWithin(index, v, at, spent)
}

// checkWithin is check without more effort for the bytes of the value.
func (s *Server) checkWithin(index int, v jsonValue, at string, spent *int) error {
	left := effortBase - *spent
	c := checker{schemas: s.config.Schemas, work: &left}
	f := c.value(index, v)
	*spent = effortBase - left
	if f != nil {
		return badRequest(at + f.pointer + ": " + f.what)
	}
	return nil
}

// under prepends a member or an item to the fault's pointer.
func (f *fault) under(token string) *fault {
	f.pointer = "/" + nameToken.Replace(clip(token)) + f.pointer
	return f
}

// clip shortens a caller's text before it is echoed.
func clip(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

func wrong(what string) *fault { return &fault{what: what} }

// schemaDeep is more than schemas that are no circle of each other nest around one value.
const schemaDeep = 2 * jsonDepth

func (c *checker) value(index int, v jsonValue) *fault {
	if index <= 0 || index >= len(c.schemas) {
		return nil
	}
	if *c.work -= effortVisit; *c.work < 0 || c.depth > schemaDeep {
		return wrong("too complicated")
	}
	c.depth++
	defer func() { c.depth-- }()
	s := &c.schemas[index]
	if !s.Kinds.allow(v) {
		return wrong("a value of another type is expected")
	}
	if len(s.Enum) > 0 && !c.isAllowed(s.Enum, v) {
		return wrong("not one of the allowed values")
	}
	var f *fault
	switch v.kind {
	case jsonNumber:
		f = s.number(v)
	case jsonString:
		if s.Pattern != nil {
			*c.work -= 4 * len(v.raw)
		}
		f = s.text(v)
	case jsonArray:
		f = c.array(s, v)
	case jsonObject:
		f = c.object(s, v)
	}
	if f != nil {
		return f
	}
	return c.composed(s, v)
}

// allow reports whether a value is of one of the types. 1.0 and 1e3 are integers, however they are
// spelt; see decode.
func (k kinds) allow(v jsonValue) bool {
	switch {
	case k == KindAny:
		return true
	case v.kind == jsonNumber:
		return k&KindNumber != 0 || k&KindInteger != 0 && isInteger(v.raw)
	}
	return k&[...]kinds{jsonNull: KindNull, jsonBool: KindBool, jsonString: KindString, jsonArray: KindArray, jsonObject: KindObject}[v.kind] != 0
}

func (c *checker) composed(s *Schema, v jsonValue) *fault {
	for _, part := range s.AllOf {
		if f := c.value(part, v); f != nil {
			return f
		}
	}
	if part, said, f := s.Kind.pick(v); f != nil {
		return f
	} else if said {
		if f := c.value(part, v); f != nil {
			return f
		}
		s = &Schema{Not: s.Not} // the alternatives are decided
	}
	fits := func(part int) bool { return c.value(part, v) == nil }
	if len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, fits) {
		return c.spent("none of the alternatives")
	}
	if len(s.OneOf) > 0 {
		n := 0
		for _, part := range s.OneOf {
			if fits(part) {
				n++
			}
		}
		if n != 1 {
			return c.spent("not exactly one of the alternatives")
		}
	}
	if s.Not != 0 && fits(s.Not) {
		return c.spent("not allowed")
	}
	if *c.work < 0 { // an alternative that was given up is none that failed
		return wrong("too complicated")
	}
	return nil
}

// pick returns the schema that an object's discriminator names.
func (d *Discriminator) pick(v jsonValue) (part int, said bool, f *fault) {
	if d == nil || v.kind != jsonObject {
		return 0, false, nil
	}
	at, _ := member(v, d.Property)
	if at.kind == jsonMissing {
		return 0, false, nil
	}
	if kind, ok := kindText(at); ok {
		part, said = d.Schemas[kind]
	}
	if !said {
		return 0, false, wrong("not one of the allowed values").under(d.Property)
	}
	return part, true, nil
}

// spent returns a fault: what is given, or "too complicated" if the check ran out of effort.
func (c *checker) spent(what string) *fault {
	if *c.work < 0 {
		what = "too complicated"
	}
	return wrong(what)
}

// isAllowed compares a value with those that an enum allows. Each comparison of values that are
// spelt differently reads both, so it is paid for.
func (c *checker) isAllowed(enum []string, v jsonValue) bool {
	*c.work -= len(enum)
	if slices.Contains(enum, string(v.raw)) {
		return true
	}
	for _, allowed := range enum {
		if scanPointer([]byte(allowed), "").kind != v.kind {
			continue
		}
		if v.kind == jsonNumber || v.kind == jsonObject || v.kind == jsonArray {
			*c.work -= 32 * (len(v.raw) + len(allowed))
		}
		if *c.work < 0 {
			return true // the caller finds out
		}
		if sameValue(v, allowed) {
			return true
		}
	}
	return false
}

// within checks a count. A bound of zero is spelt -1, because 0 means none.
func within(n, least, most int) bool {
	return n >= least && (most == 0 || n <= max(0, most))
}

func (c *checker) array(s *Schema, v jsonValue) *fault {
	if !within(v.count, s.MinItems, s.MaxItems) {
		return wrong("too few or too many items")
	}
	if s.Items == 0 && !s.Unique && len(s.Prefix) == 0 && s.Contains == 0 {
		return nil
	}
	*c.work -= len(v.raw)
	var seen map[string]bool
	if s.Unique {
		*c.work -= 32 * len(v.raw)
		seen = make(map[string]bool, v.count)
	}
	contained := 0
	for w := walk(v); w.next(); {
		part := s.Items
		if w.index < len(s.Prefix) {
			part = s.Prefix[w.index]
		}
		if f := c.value(part, w.value); f != nil {
			return f.under(strconv.Itoa(w.index))
		}
		if s.Contains != 0 && c.value(s.Contains, w.value) == nil {
			contained++
		}
		if !s.Unique {
			continue
		}
		text := canonical(w.value)
		if seen[text] {
			return wrong("items are not unique").under(strconv.Itoa(w.index))
		}
		seen[text] = true
	}
	if s.Contains != 0 && !within(contained, s.MinContain, s.MaxContain) {
		return c.spent("too few or too many items of a kind")
	}
	return nil
}

func (c *checker) object(s *Schema, v jsonValue) *fault {
	if !within(v.count, s.MinProps, s.MaxProps) {
		return wrong("too few or too many members")
	}
	if len(s.Properties) == 0 && s.Additional == 0 && len(s.Patterns) == 0 && s.Names == 0 {
		return nil
	}
	*c.work -= len(v.raw)
	required := 0
	for i := range s.Properties {
		if s.Properties[i].Required {
			required++
		}
	}
	for w := walk(v); w.next(); {
		part, i := s.Additional, s.property(w.name)
		matched, f := c.named(s, w)
		if f != nil {
			return f.under(decodeName(w.name))
		}
		switch {
		case i >= 0:
			part = s.Properties[i].Schema
			if s.Properties[i].Required {
				required--
			}
		case matched:
			part = 0
		case part < 0:
			return wrong(strconv.Quote(clip(decodeName(w.name))) + " is not allowed")
		}
		if f := c.value(part, w.value); f != nil {
			return f.under(decodeName(w.name))
		}
	}
	if required > 0 {
		return s.missing(v)
	}
	return nil
}

// named checks a member's name, and its value by the patterns that the name matches.
func (c *checker) named(s *Schema, w walker) (matched bool, f *fault) {
	if s.Names == 0 && len(s.Patterns) == 0 {
		return false, nil
	}
	*c.work -= 4 * len(w.name)
	if s.Names != 0 {
		name := slices.Concat([]byte{'"'}, w.name, []byte{'"'})
		if f := c.value(s.Names, jsonValue{kind: jsonString, raw: name}); f != nil {
			return false, f
		}
	}
	name := decodeName(w.name)
	for i := range s.Patterns {
		*c.work -= 4 * len(w.name)
		if !s.Patterns[i].Pattern.MatchString(name) {
			continue
		}
		matched = true
		if f := c.value(s.Patterns[i].Schema, w.value); f != nil {
			return true, f
		}
	}
	return matched, nil
}

// missing names a required member that is not there. Names are not repeated, so one of them is
// missing.
func (s *Schema) missing(v jsonValue) *fault {
	for i := range s.Properties {
		p := &s.Properties[i]
		if !p.Required {
			continue
		}
		found := false
		for w := walk(v); w.next() && !found; {
			found = s.property(w.name) == i
		}
		if !found {
			return wrong(strconv.Quote(p.Name) + " is required")
		}
	}
	return wrong("a member is required")
}

// property finds a property by a member's name as spelt in the JSON; it returns -1 if there is
// none.
func (s *Schema) property(name []byte) int {
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(decodeName(name))
	}
	low, high := 0, len(s.Properties)
	for low < high {
		if middle := (low + high) / 2; s.Properties[middle].Name < string(name) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(s.Properties) && s.Properties[low].Name == string(name) {
		return low
	}
	return -1
}
