package rest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// A text of a parameter or form does not tell types apart: 5 may be a number or a string, and a may
// be a string or a list of one. The functions of this file read one as the first type that fits its
// schema, in this order: number, true or false, object in JSON, string, list, list in JSON. Unions
// that were read so can be had as the other types too.

// several reports whether values of more than one shape are allowed: one text, lists, objects.
func (k kinds) several() bool {
	shapes := 0
	for _, shape := range [...]kinds{^(KindArray | KindObject | KindNull), KindArray, KindObject} {
		if k&shape != 0 {
			shapes++
		}
	}
	return shapes > 1
}

// reads reports whether a reading of a text fits its schema.
func (s *Server) reads(index int, text []byte, spent *int) bool {
	value := scanPointer(text, "")
	return value.kind != jsonInvalid && s.check(index, value, "", spent) == nil
}

// anyParam reads a parameter that may have several shapes. A separator, which a client escapes in
// an only text, makes an object or a list of it. If no reading fits, the check refuses the first.
func (s *Server) anyParam(p *Param, raws []string, from pairs, decode func(string) string, spent *int) (text []byte, found bool, err error) {
	for _, shape := range s.shapes(p, raws) {
		var one []byte
		ok := true
		var fault error
		switch shape {
		case KindObject:
			one, ok, fault = s.objectParam(p, raws, from, decode, spent)
		case KindArray:
			one = s.listParam(p, raws, decode, spent)
		default:
			one = s.scalar(p.Schema, decode(p.trim(raws[0])), spent)
		}
		if ok && fault == nil && s.reads(p.Schema, one, spent) {
			return one, true, nil
		}
		if ok && !found {
			text, found, err = one, true, fault
		}
	}
	return text, found, err
}

// shapes returns the shapes that a parameter's texts may have, the most probable first.
func (s *Server) shapes(p *Param, raws []string) []kinds {
	allowed := s.kinds(p.Schema)
	order := []kinds{KindString, KindArray, KindObject}
	if p.composite(raws) {
		order = []kinds{KindObject, KindArray, KindString}
	}
	return slices.DeleteFunc(order, func(shape kinds) bool {
		switch shape {
		case KindObject:
			return allowed&KindObject == 0
		case KindArray:
			return allowed&KindArray == 0 || len(raws) == 0
		}
		text := allowed&^(KindArray|KindObject|KindNull) != 0
		return !text || len(raws) == 0 || len(raws) > 1 && allowed&KindArray != 0
	})
}

// composite reports whether texts are spelt like a list of several items, or an object.
func (p *Param) composite(raws []string) bool {
	if p.pairs() || len(raws) != 1 {
		return len(raws) != 1
	}
	raw := p.trim(raws[0])
	_, _, more := nextItem(raw, p.separators())
	return more || p.Explode && strings.Contains(raw, "=")
}

// spellings gives the unions in what was read from texts the other readings that fit their schemas.
func (s *Server) spellings(index int, v reflect.Value, spent *int) {
	if !unions.in(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			s.spellings(index, v.Elem(), spent)
		}
	case reflect.Slice:
		for i := range v.Len() {
			s.spellings(s.itemsOf(index), v.Index(i), spent)
		}
	case reflect.Map:
		for m := v.MapRange(); m.Next(); {
			item := reflect.New(v.Type().Elem()).Elem()
			item.Set(m.Value())
			s.spellings(s.memberOf(index, m.Key().String()), item, spent)
			v.SetMapIndex(m.Key(), item)
		}
	case reflect.Struct:
		if u, ok := v.Addr().Interface().(interface{ own() *Union }); ok {
			u.own().readings = slices.DeleteFunc(otherReadings(u.own().raw), func(text []byte) bool {
				return !s.reads(index, text, spent)
			})
			return
		}
		for i := range v.NumField() {
			if name, _, ok := propertyOf(v.Type().Field(i)); ok {
				s.spellings(s.memberOf(index, name), v.Field(i), spent)
			}
		}
	}
}

// otherReadings returns what a text that was read as raw may mean besides.
func otherReadings(raw []byte) (out [][]byte) {
	value := scanPointer(raw, "")
	if value.kind == jsonArray && value.count == 1 {
		w := walk(value)
		w.next()
		value = w.value
	}
	var text string
	switch value.kind {
	case jsonString:
		text = decodeString(value.raw)
	case jsonNumber, jsonBool, jsonObject:
		text = string(value.raw)
	default:
		return nil
	}
	all := [][]byte{quote(text)}
	if json.Valid([]byte(text)) {
		all = append(all, []byte(text))
	}
	for _, one := range all {
		out = append(out, one, slices.Concat([]byte("["), one, []byte("]")))
	}
	return slices.DeleteFunc(out, func(text []byte) bool { return bytes.Equal(text, raw) })
}

// unions are the types that embed Union.
var unions = holding{is: func(t reflect.Type) bool { return t.Kind() == reflect.Struct && t.Implements(unionType) }}
