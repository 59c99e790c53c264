package runtime

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// rawParam gives the decoded value of a path parameter.
func (x *exchange) rawParam(name string) string {
	raw, _ := x.view.pathValue(x.view.op, name)
	return unescapePath(raw)
}

// param decodes a parameter into target. It becomes the JSON that its schema says it stands for,
// which is then checked and decoded like a body.
func (x *exchange) param(in place, name string, target any) {
	if x.err != nil {
		return
	}
	op := x.view.op
	at := slices.IndexFunc(op.params, func(p param) bool { return p.in == in && p.name == name })
	if at < 0 {
		return
	}
	p := &op.params[at]
	text, found := x.paramJSON(p, listTarget(target))
	if !found {
		if p.required {
			x.err = badRequest(name + ": missing")
		}
		return
	}
	value := scanPointer(text, "")
	check := checker{schemas: x.server.schemas}
	var err error
	if value.kind == jsonArray && x.server.kinds(p.schema)&kindArray == 0 && p.style != styleJSON {
		for w := walk(value); w.next() && err == nil; {
			err = check.value(p.schema, w.value, name)
		}
	} else if value.kind == jsonInvalid {
		err = badRequest(name + ": not valid")
	} else {
		err = check.value(p.schema, value, name)
	}
	if err == nil {
		if t, ok := target.(*string); ok && value.kind == jsonString {
			*t = decodeString(value.raw)
		} else if json.Unmarshal(text, target) != nil {
			err = badRequest(name + ": not valid")
		}
	}
	x.err = err
}

// listTarget reports whether a target takes several values whatever the schema says,
// as in the variant of an operation that takes a list.
func listTarget(target any) bool {
	t := reflect.TypeOf(target).Elem()
	return t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8
}

func (x *exchange) paramJSON(p *param, list bool) ([]byte, bool) {
	var raws []string
	decode, s := unescapePath, x.server
	switch p.in {
	case inPath:
		raw, found := x.view.pathValue(x.view.op, p.name)
		if !found {
			return nil, false
		}
		raws = []string{raw}
	case inQuery:
		decode = unescapeQuery
		for rest := x.view.rawQuery; rest != ""; {
			var raw string
			var found bool
			if raw, rest, found = nextQuery(rest, p.name); found {
				raws = append(raws, raw)
			}
		}
	case inHeader:
		decode = strings.TrimSpace
		raws = x.r.Header.Values(p.name)
	default:
		decode = unescapeQuery
		if raw, found := cookieValue(x.r.Header, p.name); found {
			raws = []string{raw}
		}
	}
	kinds := s.kinds(p.schema)
	switch {
	case p.style == styleJSON:
		if len(raws) == 0 {
			return nil, false
		}
		return []byte(decode(raws[0])), true
	case kinds&kindObject != 0 && kinds != kindAny && !list:
		return s.objectParam(p, raws, x.view.rawQuery, decode)
	case len(raws) == 0:
		return nil, false
	case !list && (kinds == kindAny || kinds&kindArray == 0):
		return s.scalar(p.schema, decode(trimStyle(p, raws[0]))), true
	}
	items := p.schema
	if kinds&kindArray != 0 {
		items = s.itemsOf(p.schema)
	}
	out := []byte{'['}
	for _, raw := range raws {
		for _, part := range splitParam(p, raw) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, s.scalar(items, decode(part))...)
		}
	}
	return append(out, ']'), true
}

func trimStyle(p *param, raw string) string {
	switch p.style {
	case styleLabel:
		return strings.TrimPrefix(raw, ".")
	case styleMatrix:
		return strings.TrimPrefix(raw, ";"+p.name+"=")
	}
	return raw
}

// splitParam splits before anything is decoded: an encoded separator belongs to a value.
func splitParam(p *param, raw string) []string {
	raw = trimStyle(p, raw)
	separator := ","
	switch {
	case p.style == styleSpace && !p.explode:
		raw, separator = strings.ReplaceAll(raw, "+", "%20"), "%20"
	case p.style == stylePipe && !p.explode:
		raw, separator = strings.ReplaceAll(raw, "%7c", "%7C"), "|"
		raw = strings.ReplaceAll(raw, "%7C", "|")
	case p.style == styleLabel && p.explode:
		separator = "."
	case p.style == styleMatrix && p.explode:
		separator = ";" + p.name + "="
	case p.explode && (p.in == inQuery || p.in == inCookie):
		return []string{raw}
	}
	if raw == "" {
		return nil
	}
	return strings.Split(raw, separator)
}

// objectParam gathers an object from the pairs of a query, or from one value that lists names and values.
func (s *Server) objectParam(p *param, raws []string, query string, decode func(string) string) ([]byte, bool) {
	form := url.Values{}
	if p.in == inQuery && (p.style == styleDeep || p.explode) {
		for _, pair := range strings.Split(query, "&") {
			key, value, _ := strings.Cut(pair, "=")
			key = unescapeQuery(key)
			if p.style == styleDeep {
				inner, ok := strings.CutPrefix(key, p.name+"[")
				if !ok || !strings.HasSuffix(inner, "]") {
					continue
				}
				key = strings.TrimSuffix(inner, "]")
			} else if s.property(p.schema, key) < 0 {
				continue // another parameter's
			}
			form.Add(key, unescapeQuery(value))
		}
	} else if len(raws) > 0 {
		parts := splitParam(p, raws[0])
		for i := 0; i < len(parts); i++ {
			if p.explode {
				key, value, _ := strings.Cut(parts[i], "=")
				form.Add(decode(key), decode(value))
			} else if i+1 < len(parts) {
				form.Add(decode(parts[i]), decode(parts[i+1]))
				i++
			}
		}
	}
	if len(form) == 0 {
		return nil, false
	}
	out, err := s.formObject(p.schema, form, nil)
	return out, err == nil
}

// formObject gives the JSON object that a form stands for.
func (s *Server) formObject(index int, form url.Values, files []string) ([]byte, error) {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	out := []byte{'{'}
	for _, name := range names {
		if slices.Contains(files, name) {
			return nil, badRequest(name + ": a file is expected")
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(out, quote(name)...), ':')
		property := max(0, s.property(index, name))
		if kinds := s.kinds(property); kinds == kindAny || kinds&kindArray == 0 {
			if len(form[name]) > 1 {
				return nil, badRequest(name + ": more than one value")
			}
			out = append(out, s.scalar(property, form[name][0])...)
			continue
		}
		items := s.itemsOf(property)
		out = append(out, '[')
		for i, text := range form[name] {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, s.scalar(items, text)...)
		}
		out = append(out, ']')
	}
	out = append(out, '}')
	if scanPointer(out, "").kind == jsonInvalid {
		return nil, &APIError{StatusCode: http.StatusBadRequest, Message: "the form cannot be read"}
	}
	return out, nil
}

// scalar spells a text as the JSON value that a schema expects there.
// A text that is no such value becomes a string, which the check then refuses.
func (s *Server) scalar(index int, text string) []byte {
	kinds := s.kinds(index)
	raw := []byte(text)
	value := scanPointer(raw, "")
	sound := len(value.raw) == len(raw)
	switch {
	case kinds == kindAny:
	case sound && value.kind == jsonNumber && kinds&(kindNumber|kindInteger) != 0,
		sound && value.kind == jsonBool && kinds&kindBool != 0,
		sound && value.kind == jsonObject && kinds&kindObject != 0,
		sound && value.kind == jsonArray && kinds&kindArray != 0:
		return raw
	case text == "" && kinds&kindNull != 0 && kinds&kindString == 0:
		return []byte("null")
	}
	return quote(text)
}

func quote(text string) []byte {
	data, err := json.Marshal(text)
	if err != nil {
		return []byte(`""`)
	}
	return data
}
