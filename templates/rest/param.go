package rest

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Generated code asks for each parameter by its place in the operation's table and by its Go type.
// A text that is spelt as almost all are, under a schema that describes one plain value, is read
// and checked here in one step. All others, and whatever is wrong with a value, are left to Param,
// which knows every style and schema: one place says what is wrong.

// paramPlan holds the properties of a parameter that do not depend on the request.
type paramPlan struct {
	plain   bool   // the style is the usual one, and the schema has no parts
	segment bool   // any text of a segment of the path fits
	header  string // the name as http.Header spells it
	kinds   kinds
	schema  *Schema
	texts   []string // of an enum
	numbers []string
	items   *paramPlan // of a list; nil if Param has to read it
	usual   jsonValue  // the default of an absent value
}

// planParams prepares the parameters of an operation.
func (s *Server) planParams(op *Operation) []paramPlan {
	plans := make([]paramPlan, len(op.Params))
	again := slices.ContainsFunc(op.Params, func(p Param) bool { return p.Again })
	for i := range op.Params {
		p := &op.Params[i]
		plan := s.planSchema(p.Schema)
		plan.header = http.CanonicalHeaderKey(p.Name)
		usual := p.Style == StyleDefault && !again && !p.Empty
		plan.plain = plan.plain && usual
		if p.Default != "" {
			plan.usual = scanPointer([]byte(p.Default), "")
		}
		c := plan.schema
		plan.segment = plan.plain && p.In == InPath && plan.fits("") && c.MaxLength == 0 && c.Pattern == nil && c.Format == "" && len(c.Enum) == 0
		switch {
		case !usual || p.EncodedComma || len(c.AllOf)+len(c.AnyOf)+len(c.OneOf) > 0 || c.Not != 0 || c.Kind != nil:
		case plan.kinds == KindArray && len(c.Prefix) == 0 && c.Contains == 0 && !c.Unique && len(c.Enum) == 0:
			if items := s.planSchema(c.Items); items.plain {
				plan.items = &items
			}
		case plan.kinds&KindArray == 0 && plan.plain:
			plan.items = &paramPlan{plain: true, kinds: plan.kinds, schema: c, texts: plan.texts, numbers: plan.numbers}
		}
		plans[i] = plan
	}
	return plans
}

// planSchema prepares the checks of one plain value.
func (s *Server) planSchema(index int) paramPlan {
	plan := paramPlan{kinds: s.kinds(index), schema: &Schema{}}
	if index > 0 && index < len(s.config.Schemas) {
		plan.schema = &s.config.Schemas[index]
	}
	c := plan.schema
	plan.plain = len(c.AllOf)+len(c.AnyOf)+len(c.OneOf) == 0 && c.Not == 0 && c.Kind == nil
	for _, text := range c.Enum {
		switch value := scanPointer([]byte(text), ""); value.kind {
		case jsonString:
			plan.texts = append(plan.texts, decodeString(value.raw))
		case jsonNumber:
			plan.numbers = append(plan.numbers, text)
		}
	}
	return plan
}

// reading is the outcome of an attempt to read a parameter here.
type reading uint8

const (
	readHard   reading = iota // Param has to do it
	readAbsent                // it is not there, and need not be
	readValue
	readUsual // it is not there, and its default is not checked
)

// text finds the decoded text of a plain parameter. The text of a default is its JSON.
func (x *Exchange) text(i int) (string, *paramPlan, reading) {
	if x.err != nil || i >= len(x.of.params) || !x.of.params[i].plain {
		return "", nil, readHard
	}
	p, plan := &x.view.op.Params[i], &x.of.params[i]
	var text string
	found := false
	switch p.In {
	case InPath:
		if found = i < len(x.view.path); found {
			text = unescapePath(x.view.path[i])
		}
	case InQuery:
		if text, found = firstQuery(x.view.rawQuery, p.Name); found {
			text = unescapeQuery(text)
		}
	case InCookie:
		if text, found = cookieValue(x.r.Header, p.Name); found {
			text = unescapeQuery(text)
		}
	default:
		if lines := x.r.Header[plan.header]; len(lines) > 0 {
			text, found = strings.TrimSpace(lines[0]), true
		}
	}
	switch {
	case found:
		return text, plan, readValue
	case p.Required:
		return "", nil, readHard
	case p.Default == "":
		return "", nil, readAbsent
	}
	return string(plan.usual.raw), plan, readUsual
}

// itemTexts appends the decoded texts of a list's items to texts.
func (x *Exchange) itemTexts(i int, texts []string) ([]string, *paramPlan, reading) {
	if x.err != nil || i >= len(x.of.params) || x.of.params[i].items == nil || x.view.op.Params[i].Default != "" {
		return texts, nil, readHard
	}
	p, plan := &x.view.op.Params[i], &x.of.params[i]
	found := false
	switch p.In {
	case InPath:
		if found = i < len(x.view.path); found {
			texts = p.appendItems(texts, x.view.path[i], unescapePath)
		}
	case InCookie:
		return texts, nil, readHard
	case InQuery:
		for rest := x.view.rawQuery; rest != ""; {
			var raw string
			var one bool
			if raw, rest, one = nextQuery(rest, p.Name); one {
				found = true
				texts = p.appendItems(texts, raw, unescapeQuery)
			}
		}
	default:
		for _, line := range x.r.Header[plan.header] {
			found = true
			texts = p.appendItems(texts, line, strings.TrimSpace)
		}
	}
	switch {
	case !found && p.Required:
		return texts, nil, readHard
	case !found:
		return texts, nil, readAbsent
	case plan.kinds&KindArray != 0 && !within(len(texts), plan.schema.MinItems, plan.schema.MaxItems):
		return texts, nil, readHard
	}
	return texts, plan.items, readValue
}

// appendItems is split, decoded.
func (p *Param) appendItems(texts []string, raw string, decode func(string) string) []string {
	if p.pairs() {
		return append(texts, decode(raw))
	}
	for item := range strings.SplitSeq(raw, ",") {
		if item != "" {
			texts = append(texts, decode(item))
		}
	}
	return texts
}

// fits reports whether a text is a string that the schema allows.
func (p *paramPlan) fits(text string) bool {
	c := p.schema
	switch {
	case p.kinds != KindAny && p.kinds&^KindNull != KindString, !utf8.ValidString(text),
		len(c.Enum) > 0 && !slices.Contains(p.texts, text),
		c.Format != "" && !hasFormat(text, c.Format),
		(c.MinLength != 0 || c.MaxLength != 0) && !within(utf8.RuneCountInString(text), c.MinLength, c.MaxLength),
		c.Pattern != nil && !c.Pattern.MatchString(text):
		return false
	}
	return true
}

// bounded reports whether the schema allows a number; text is its spelling.
func (p *paramPlan) bounded(text string, n float64) bool {
	c := p.schema
	switch {
	case c.Min != nil && (n < *c.Min || c.ExclMin && n == *c.Min), c.Max != nil && (n > *c.Max || c.ExclMax && n == *c.Max),
		c.MultipleOf > 0, len(c.Enum) > 0 && !slices.Contains(p.numbers, text):
		return false
	}
	return true
}

// whole reads a number in digits alone.
func whole(text string) (int64, bool) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || len(digits) > 18 || digits[0] == '0' && len(text) > 1 {
		return 0, false
	}
	n := int64(0)
	for i := range len(digits) {
		c := digits[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if len(digits) < len(text) {
		n = -n
	}
	return n, true
}

// integer reads an integer that the schema allows.
func (p *paramPlan) integer(text string) (int64, bool) {
	n, ok := whole(text)
	ok = ok && p.kinds&(KindNumber|KindInteger) != 0 && p.bounded(text, float64(n)) &&
		(p.schema.Format != "int32" || n >= math.MinInt32 && n <= math.MaxInt32)
	return n, ok
}

// float reads a number that the schema allows.
func (p *paramPlan) float(text string, bits int) (float64, bool) {
	if p.kinds&KindNumber == 0 || len(text) > 32 || text == "" || scanNumber([]byte(text), 0) != len(text) {
		return 0, false
	}
	if f := p.schema.Format; f == "int32" || f == "int64" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !p.bounded(text, n) || !keepsDigits([]byte(text)) {
		return 0, false
	}
	if bits == 32 {
		n, err = strconv.ParseFloat(text, 32)
	}
	return n, err == nil
}

// truth reads a bool that the schema allows.
func (p *paramPlan) truth(text string) (value, ok bool) {
	value = text == "true"
	return value, (value || text == "false") && p.kinds&KindBool != 0 && len(p.schema.Enum) == 0
}

// paramAt is Param by the parameter's place.
func (x *Exchange) paramAt(i int, target any) {
	p := &x.view.op.Params[i]
	x.Param(p.In, p.Name, target)
}

func (x *Exchange) readText(i int) (string, reading) {
	if x.decoded && i < len(x.view.path) && x.err == nil && x.of.segments>>i&1 == 1 {
		return x.view.path[i], readValue
	}
	text, plan, how := x.text(i)
	switch {
	case how == readUsual && plan.usual.kind == jsonString:
		return decodeString(plan.usual.raw), readValue
	case how == readUsual, how == readValue && !plan.fits(text):
		return "", readHard
	}
	return text, how
}

func (x *Exchange) readInt(i int) (int64, reading) {
	text, plan, how := x.text(i)
	if how != readValue && how != readUsual {
		return 0, how
	}
	n, ok := whole(text)
	if how == readValue {
		n, ok = plan.integer(text)
	}
	if !ok {
		return 0, readHard
	}
	return n, readValue
}

func (x *Exchange) readBool(i int) (bool, reading) {
	text, plan, how := x.text(i)
	if how != readValue && how != readUsual {
		return false, how
	}
	value, ok := text == "true", text == "true" || text == "false"
	if how == readValue {
		value, ok = plan.truth(text)
	}
	if !ok {
		return false, readHard
	}
	return value, readValue
}

func (x *Exchange) readFloat(i, bits int) (float64, reading) {
	text, plan, how := x.text(i)
	switch how {
	case readValue:
		if n, ok := plan.float(text, bits); ok {
			return n, readValue
		}
		return 0, readHard
	case readUsual:
		return 0, readHard
	}
	return 0, how
}

func (x *Exchange) readTime(i int) (time.Time, reading) {
	text, how := x.readText(i)
	if how != readValue {
		return time.Time{}, how
	}
	var t time.Time
	if x.of.params[i].schema.Format != "date-time" || t.UnmarshalText([]byte(text)) != nil {
		return t, readHard
	}
	return t, readValue
}
