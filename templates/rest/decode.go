package rest

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// RawParam returns the text of a path parameter, which is checked like any other.
func (x *Exchange) RawParam(name string) string {
	for i := range x.view.op.Params {
		if p := &x.view.op.Params[i]; p.In == InPath && p.Name == name {
			if text, how := x.readText(i); how == readValue {
				return text
			}
		}
	}
	if p := x.find(InPath, name); p != nil {
		if _, err := x.paramValue(p, false, false); err != nil && x.err == nil {
			x.err = err
		}
	}
	raw, _ := x.view.pathValue(x.view.op, name)
	return unescapePath(raw)
}

// Param decodes a parameter into target. It is converted to JSON by its schema, and then checked
// and decoded like a body.
func (x *Exchange) Param(in Place, name string, target any) {
	p := x.find(in, name)
	if x.err != nil || p == nil {
		return
	}
	value, err := x.paramValue(p, listTarget(target), openTarget(target))
	if err != nil || value.raw == nil {
		x.err = err
		return
	}
	if t, ok := target.(*string); ok && value.kind == jsonString {
		*t = decodeString(value.raw)
	} else if f := unkept(value, reflect.TypeOf(target).Elem()); f != nil {
		x.err = badRequest(name + f.pointer + ": " + f.what)
	} else if decode(value.raw, target) != nil {
		x.err = badRequest(name + ": not valid")
	} else if p.Style != StyleJSON {
		x.server.spellings(p.Schema, reflect.ValueOf(target), &x.effort)
	}
}

func (x *Exchange) find(in Place, name string) *Param { return x.view.op.find(in, name) }

// paramValue returns a parameter as JSON, checked by its schema; without text if it is absent.
func (x *Exchange) paramValue(p *Param, list, open bool) (jsonValue, error) {
	text, found, err := x.paramJSON(p, list, open)
	if err != nil {
		return jsonValue{}, err
	}
	if !found {
		if p.Required {
			return jsonValue{}, badRequest(p.Name + ": missing")
		}
		if p.Default == "" {
			return jsonValue{}, nil
		}
		return scanPointer([]byte(p.Default), ""), nil
	}
	value := scanPointer(text, "")
	if value.kind == jsonInvalid || p.Style == StyleJSON && checkText(text) != nil {
		return jsonValue{}, badRequest(p.Name + ": not valid")
	}
	if value.kind != jsonArray || p.Style == StyleJSON || x.server.kinds(p.Schema)&KindArray != 0 {
		return value, x.check(p.Schema, value, p.Name)
	}
	for w := walk(value); w.next(); { // a list where the schema describes one item
		if err := x.check(p.Schema, w.value, p.Name); err != nil {
			return jsonValue{}, err
		}
	}
	return value, nil
}

// listTarget reports whether a target takes several values regardless of the schema, as in the
// variant of an operation that takes a list.
func listTarget(target any) bool {
	t := reflect.TypeOf(target).Elem()
	return t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8
}

func (x *Exchange) paramJSON(p *Param, list, open bool) ([]byte, bool, error) {
	var raws []string
	var from pairs
	decode, s := unescapePath, x.server
	switch p.In {
	case InPath:
		raw, found := x.view.pathValue(x.view.op, p.Name)
		if !found {
			return nil, false, nil
		}
		if !x.view.agrees(p.Name, raw) {
			return nil, true, badRequest(p.Name + ": other values at other places of the path")
		}
		raws = []string{raw}
	case InQuery:
		decode = unescapeQuery
		raws = queryTexts(x.view.rawQuery, p.Name)
		from.text = x.view.rawQuery
	case InHeader:
		decode = strings.TrimSpace
		raws = x.r.Header.Values(p.Name)
	default:
		decode = unescapeQuery
		if raw, found := cookieValue(x.r.Header, p.Name); found {
			raws = []string{raw}
		}
		if p.Explode {
			from.text = cookiePairs(x.r)
		}
	}
	if open && p.Explode || p.Style == StyleDeep {
		from.taken = func(name string) bool { return s.taken(x.view.op, p, name) }
	}
	return s.paramText(p, raws, from, decode, list, &x.effort)
}

// paramText converts the texts of a parameter, or of a form's field that is spelt like one, to
// JSON; from has its pairs if it is an object. The work of choosing among readings adds to spent.
func (s *Server) paramText(p *Param, raws []string, from pairs, decode func(string) string, list bool, spent *int) ([]byte, bool, error) {
	kinds := s.kinds(p.Schema)
	if p.Empty && len(raws) == 1 && raws[0] == "" && kinds != KindAny && kinds&KindString == 0 {
		return nil, false, nil
	}
	switch {
	case p.Style == StyleJSON:
		if len(raws) == 0 {
			return nil, false, nil
		}
		return []byte(decode(raws[0])), true, nil
	case p.Style == StyleDeep && (!list || kinds&KindArray != 0):
		return s.deepParam(p, from, spent)
	case kinds.several() && !list:
		return s.anyParam(p, raws, from, decode, spent)
	case kinds&KindObject != 0 && !list:
		return s.objectParam(p, raws, from, decode, spent)
	case len(raws) == 0:
		return nil, false, nil
	case !list && kinds&KindArray == 0:
		return s.scalar(p.Schema, decode(p.trim(raws[0])), spent), true, nil
	}
	return s.listParam(p, raws, decode, spent), true, nil
}

// listParam spells the items of a list; of the schema's own type where it describes one item.
func (s *Server) listParam(p *Param, raws []string, decode func(string) string, spent *int) []byte {
	items := p.Schema
	if s.kinds(p.Schema)&KindArray != 0 {
		items = s.itemsOf(p.Schema)
	}
	out := []byte{'['}
	for _, raw := range raws {
		for _, part := range p.split(raw) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, s.scalar(items, decode(part), spent)...)
		}
	}
	return append(out, ']')
}

// queryTexts returns the values of a name in a query, as they are spelt there.
func queryTexts(query, name string) []string {
	var raws []string
	for query != "" {
		var raw string
		var found bool
		if raw, query, found = nextQuery(query, name); found {
			raws = append(raws, raw)
		}
	}
	return raws
}

// formBody converts a form of an operation to a JSON object.
func (s *Server) formBody(of *Body, data string, spent *int) ([]byte, error) {
	form, err := url.ParseQuery(data)
	if err != nil {
		return nil, badRequest("the form cannot be read")
	}
	read := make(map[string][]byte)
	for i := range of.Fields {
		f := &of.Fields[i]
		if !f.Styled {
			continue
		}
		p := &Param{In: InQuery, Name: f.Name, Style: f.Style, Explode: f.Explode, Schema: max(0, s.property(of.Schema, f.Name))}
		text, found, err := s.paramText(p, queryTexts(data, f.Name), pairs{text: data}, unescapeQuery, false, spent)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		read[f.Name] = text
		object := f.Explode && f.Style == StyleDefault && s.kinds(p.Schema)&KindObject != 0
		maps.DeleteFunc(form, func(name string, _ []string) bool {
			return name == f.Name || f.Style == StyleDeep && strings.HasPrefix(name, f.Name+"[") || object && s.property(p.Schema, name) >= 0
		})
	}
	return s.formObject(of.Schema, form, of, read, spent)
}

// formObject converts a form to a JSON object; of is its body, if it is one, and read holds the
// fields that have been read already.
func (s *Server) formObject(index int, form url.Values, of *Body, read map[string][]byte, spent *int) ([]byte, error) {
	if len(s.config.Schemas) == 0 {
		out := looseForm(form)
		return out, checkText(out)
	}
	names := slices.Collect(maps.Keys(form))
	names = slices.AppendSeq(names, maps.Keys(read))
	slices.Sort(names)
	out := []byte{'{'}
	for _, name := range slices.Compact(names) {
		if of.isFile(name) {
			return nil, badRequest(name + ": a file is expected")
		}
		if f := notTexts(name, form[name]); f != nil {
			return nil, badRequest("body" + f.pointer + ": " + f.what)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(out, quote(name)...), ':')
		if text := read[name]; text != nil {
			out = append(out, text...)
			continue
		}
		value := s.formMember(s.memberOf(index, name), name, form[name], of, spent)
		if value == nil {
			return nil, badRequest(name + ": more than one value")
		}
		out = append(out, value...)
	}
	out = append(out, '}')
	return out, checkText(out) // a field may hold JSON
}

// formMember spells the texts of one name as the JSON value that a schema expects there; nil if it
// expects one value and there are several.
func (s *Server) formMember(index int, name string, texts []string, of *Body, spent *int) []byte {
	kinds, items := s.kinds(index), s.itemsOf(index)
	single := len(texts) == 1
	switch {
	case single && kinds&KindArray != 0 && s.isList(of, name, items, texts[0]):
		return []byte(texts[0])
	case single && (kinds&KindArray == 0 || kinds.several()):
		if value := s.scalar(index, texts[0], spent); kinds&KindArray == 0 || s.reads(index, value, spent) {
			return value
		}
	case kinds != KindAny && kinds&KindArray == 0:
		return nil
	}
	return s.listText(items, texts, spent)
}

// listText spells texts as a list.
func (s *Server) listText(items int, texts []string, spent *int) []byte {
	out := []byte{'['}
	for i, text := range texts {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, s.scalar(items, text, spent)...)
	}
	return append(out, ']')
}

// isList reports whether the only value of a list's field is the whole list as JSON. Where the
// items are texts, such a value may be one of them, unless the spec says that the field is JSON.
func (s *Server) isList(of *Body, name string, items int, text string) bool {
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "[") || scanPointer([]byte(text), "").kind != jsonArray {
		return false
	}
	if of != nil {
		if f := of.field(name); f != nil {
			return isJSON(f.Media)
		}
	}
	kinds := s.kinds(items)
	return kinds != KindAny && kinds&(KindString|KindArray) == 0
}

// scalar spells a text as the JSON value that a schema expects there. Any other text becomes a
// string, which the check then refuses. So does one that may be a string or what it looks like, if
// only the string fits.
func (s *Server) scalar(index int, text string, spent *int) []byte {
	kinds := s.kinds(index)
	raw := []byte(text)
	value := scanPointer(raw, "")
	sound := len(value.raw) == len(raw)
	switch {
	case kinds == KindAny:
	case sound && value.kind == jsonNumber && kinds&(KindNumber|KindInteger) != 0,
		sound && value.kind == jsonBool && kinds&KindBool != 0,
		sound && value.kind == jsonObject && kinds&KindObject != 0,
		sound && value.kind == jsonArray && kinds&KindArray != 0:
		list := value.kind == jsonArray // which a client spells by its items
		if kinds&KindString == 0 || !list && s.reads(index, raw, spent) {
			return raw
		}
		if text := quote(text); s.reads(index, text, spent) {
			return text
		}
		return raw
	case text == "" && kinds&KindNull != 0 && kinds&KindString == 0:
		return []byte("null")
	}
	return quote(text)
}

// quote spells a text as a JSON string. Bytes that are not UTF-8 make it a question mark, which
// is not in JSON and so is refused: encoding/json would repair them, and a key or a count
// would not.
func quote(text string) []byte {
	data, sound := appendString(nil, text, true)
	if !sound {
		return []byte("?")
	}
	return data
}
