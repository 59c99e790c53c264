package analyze

import (
	"math"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/naming"
)

// choice is one value of an enum: a string or an integer.
type choice struct {
	value any    // string or int64
	name  string // its name in the spec; "" if that is the value itself
	doc   string
}

// Extensions that several generators read: names and descriptions of an enum's values, in its
// order.
var (
	enumNames = []string{"x-enum-varnames", "x-enumNames", "x-enum-names"}
	enumDocs  = []string{"x-enum-descriptions", "x-enumDescriptions"}
)

// choices returns the enum values that a schema itself lists, without duplicates, and their kind.
// kind is anyShape if they have several kinds, or if none is a string or an integer.
func (b *builder) choices(l loc) (kind shapeKind, list []choice) {
	s := l.schema()
	values, names, docs := s.Enum, b.enumWords(l, enumNames), b.enumWords(l, enumDocs)
	if len(values) == 0 && s.Const != nil {
		values = []any{s.Const}
	}
	for i, v := range values {
		if v == nil {
			continue
		}
		c := choice{value: choiceOf(v, s)}
		k := kindOfValue(c.value)
		if kind != anyShape && kind != k || k != stringShape && k != integerShape {
			return anyShape, nil
		}
		kind = k
		if slices.ContainsFunc(list, func(o choice) bool { return o.value == c.value }) {
			continue
		}
		if i < len(names) {
			c.name = names[i]
		}
		if i < len(docs) {
			c.doc = docs[i]
		}
		list = append(list, c)
	}
	return kind, list
}

// enumWords reads the first of the extensions that a schema has.
func (b *builder) enumWords(l loc, words []string) []string {
	s := l.schema()
	for _, word := range words {
		raw, ok := s.Extensions[word].([]any)
		if !ok || len(s.Enum) == 0 {
			continue
		}
		out := make([]string, 0, len(raw))
		for _, v := range raw {
			text, _ := v.(string)
			out = append(out, text)
		}
		if len(out) != len(s.Enum) {
			b.diags.Warnf(b.doc.Pos(l.at(nil, word).ptr...), "enum-names",
				"%s has %d entries for %d values of the enum; it is not read", word, len(out), len(s.Enum))
			return nil
		}
		return out
	}
	return nil
}

// choiceOf converts a value of an enum to Go. YAML reads 1 beside type: string as a number; the
// string is meant, and so is null where a value may not be that.
func choiceOf(v any, s *openapi3.Schema) any {
	if text, ok := v.(string); ok {
		return text
	}
	if v == nil && s.Nullable {
		return nil
	}
	if s.Type != nil && s.Type.Includes("string") && len(*s.Type) == 1 {
		if text := appendJSON(nil, v)[0]; !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
			return text
		}
	}
	if n, ok := integerOf(v); ok {
		return n
	}
	return v
}

// integerOf converts a number without a fraction.
func integerOf(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case uint64:
		return int64(n), n <= math.MaxInt64
	case float64:
		return int64(n), n == math.Trunc(n) && math.Abs(n) < 1<<53
	}
	return 0, false
}

func kindOfValue(v any) shapeKind {
	switch v.(type) {
	case string:
		return stringShape
	case int64:
		return integerShape
	case float64, uint64:
		return numberShape
	case bool:
		return boolShape
	case []any:
		return arrayShape
	case map[string]any:
		return objectShape
	}
	return anyShape
}

// examples returns the values of x-extensible-enum; other values are accepted too.
func examples(s *openapi3.Schema) []choice {
	raw, _ := s.Extensions["x-extensible-enum"].([]any)
	if ownKind(s) != stringShape || len(s.Enum) > 0 {
		return nil
	}
	var list []choice
	for _, v := range raw {
		if text, ok := v.(string); ok && !slices.ContainsFunc(list,
			func(o choice) bool { return o.value == text }) {
			list = append(list, choice{value: text})
		}
	}
	return list
}

// listed returns the common kind of an enum's values, for schemas without a type.
func listed(s *openapi3.Schema) shapeKind {
	values := s.Enum
	if len(values) == 0 && s.Const != nil {
		values = []any{s.Const}
	}
	kind := anyShape
	for _, v := range values {
		if v == nil {
			continue
		}
		k := kindOfValue(choiceOf(v, s))
		switch {
		case kind == anyShape || kind == k:
			kind = k
		case kind == integerShape && k == numberShape || kind == numberShape && k == integerShape:
			kind = numberShape
		default:
			return anyShape
		}
	}
	if kind == arrayShape || kind == objectShape {
		return anyShape // the schema describes no parts
	}
	return kind
}

// alternatives returns the enum values of all alternatives, if these have one kind. open says that
// other values of the kind are accepted too, because one alternative lists none.
func (b *builder) alternatives(members []loc) (kind shapeKind, list []choice, open bool) {
	for _, m := range members {
		sh, at := b.resolved(m)
		if sh.kind != stringShape && sh.kind != integerShape || kind != anyShape && kind != sh.kind {
			return anyShape, nil, false
		}
		kind = sh.kind
		open = open || len(sh.enum) == 0 || sh.open
		for _, c := range sh.enum {
			if s := at.schema(); len(sh.enum) == 1 && c.name == "" {
				c.name, c.doc = s.Title, s.Description // {enum: [a], title: A} is a const
			}
			if !slices.ContainsFunc(list, func(o choice) bool { return o.value == c.value }) {
				list = append(list, c)
			}
		}
	}
	if len(list) == 0 || open && len(list) == 1 && list[0].value == "" {
		return anyShape, nil, false // a string that may be empty is a plain string
	}
	for i := range list { // a duplicate title names no value
		if slices.ContainsFunc(list[:i], func(o choice) bool { return o.name != "" && o.name == list[i].name }) {
			for j := range list {
				list[j].name = ""
			}
		}
	}
	return kind, list, open
}

// constrained reads alternatives beside a plain type: {type: string, oneOf: [{const: a}, …]}.
func (b *builder) constrained(sh *shape, l loc, refs openapi3.SchemaRefs, members []loc) {
	if len(sh.enum) > 0 || sh.kind != stringShape && sh.kind != integerShape {
		return
	}
	kind, list, open := b.alternatives(members)
	for _, m := range refs {
		if m != nil && m.Value != nil && len(m.Value.Enum) == 0 && m.Value.Const == nil &&
			!isNull(m.Value) {
			open = true // it only bounds the values
		}
	}
	if kind == sh.kind {
		sh.enum, sh.open = list, open
	}
}

// enumOf declares a string or integer type and its constants.
func (b *builder) enumOf(d *model.Decl, sh shape) {
	d.Kind, d.Type, d.Open = model.Enum, b.plain(shape{kind: sh.kind, format: integerFormat(sh)},
		loc{}, ""), sh.open
	for _, c := range sh.enum {
		d.Values = append(d.Values, &model.EnumValue{
			Name: b.derived(choiceName(d.Name, c), "Value"), Value: c.value,
			Doc: model.Doc{Description: c.doc},
		})
	}
}

// integerFormat returns a format that says how many bits an integer has, if they hold all values.
func integerFormat(sh shape) string {
	bits := map[string]int{
		"int8": 8, "int16": 16, "int32": 32, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64,
	}[sh.format]
	if sh.kind != integerShape || bits == 0 {
		return ""
	}
	for _, c := range sh.enum {
		n := c.value.(int64)
		if sh.format[0] == 'u' && (n < 0 || bits < 64 && n >= 1<<bits) ||
			sh.format[0] == 'i' && (n < -1<<(bits-1) || n >= 1<<(bits-1)) {
			return ""
		}
	}
	if sh.format == "uint8" {
		return "uint16" // a list of them would be bytes
	}
	return sh.format
}

// choiceName returns the name of a constant: the type's and the value's.
func choiceName(typ string, c choice) string {
	if c.name != "" && len(c.name) <= longestName {
		name := naming.Exported(c.name)
		if strings.HasPrefix(name, typ) && name != typ {
			return name
		}
		return typ + name
	}
	switch v := c.value.(type) {
	case string:
		return typ + naming.Exported(v)
	case int64:
		if v < 0 {
			return typ + "Minus" + strings.TrimPrefix(itoa(int(v)), "-")
		}
		return typ + itoa(int(v))
	}
	return typ + "Value"
}

// longestName is the longest name that is taken from a title: a longer one is a sentence.
const longestName = 40
