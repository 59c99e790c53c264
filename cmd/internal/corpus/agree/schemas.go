package agree

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A maker makes a document of n schemas, with an operation for each that takes and answers it.
type maker struct {
	r      *rand.Rand
	n      int
	modern bool // OpenAPI 3.1
	at     int  // the schema that is made
	plain  bool // no property or item lies between, so that a reference back would be endless
}

const deepest = 3

// Document returns an OpenAPI document of n random schemas.
func Document(r *rand.Rand, n int, modern bool) []byte {
	m := &maker{r: r, n: n, modern: modern}
	version := "3.0.3"
	if modern {
		version = "3.1.0"
	}
	schemas, paths := make(map[string]any), make(map[string]any)
	for i := range n {
		name := fmt.Sprintf("S%d", i)
		m.at = i
		schemas[name] = m.schema(deepest)
		content := map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + name}}}
		paths["/"+name] = map[string]any{"post": map[string]any{
			"operationId": "put" + name,
			"requestBody": map[string]any{"required": true, "content": content},
			"responses":   map[string]any{"200": map[string]any{"description": "the same", "content": content}},
		}}
	}
	out, _ := json.MarshalIndent(map[string]any{
		"openapi": version, "info": map[string]any{"title": "Made", "version": "1"}, "paths": paths,
		"components": map[string]any{"schemas": schemas},
	}, "", " ")
	return out
}

func (m *maker) chance(percent int) bool { return m.r.IntN(100) < percent }

func (m *maker) schema(depth int) map[string]any {
	if depth > 0 && m.chance(20) {
		return m.composed(depth - 1)
	}
	if to := m.reach(depth); depth > 0 && to > 0 && m.chance(10) {
		return map[string]any{"$ref": fmt.Sprintf("#/components/schemas/S%d", m.r.IntN(to))}
	}
	kinds := []func(int) map[string]any{m.text, m.integer, m.number, m.boolean, m.array, m.object, m.object, m.enum, m.several, m.anything}
	if depth == 0 {
		kinds = []func(int) map[string]any{m.text, m.integer, m.number, m.boolean, m.enum}
	}
	out := kinds[m.r.IntN(len(kinds))](depth)
	if m.chance(12) {
		m.nullable(out)
	}
	return out
}

// reach returns how many schemas may be referred to: only those before this one where nothing lies
// between, because a reference back would be endless.
func (m *maker) reach(depth int) int {
	if depth == deepest || m.plain {
		return m.at
	}
	return m.n
}

// nullable lets a schema with a type accept null.
func (m *maker) nullable(s map[string]any) {
	switch t, ok := s["type"].(string); {
	case !ok || s["enum"] != nil:
	case m.modern:
		s["type"] = []string{t, "null"}
	default:
		s["nullable"] = true
	}
}

func (m *maker) text(int) map[string]any {
	s := map[string]any{"type": "string"}
	switch m.r.IntN(6) {
	case 0:
		s["minLength"] = m.r.IntN(4)
		if m.chance(60) {
			s["maxLength"] = 4 + m.r.IntN(6)
		}
	case 1:
		s["pattern"] = []string{"^[a-z]+$", "^\\d{2,4}$", "a", "^(x|y)-[0-9]*$", "^\\S+@\\S+$"}[m.r.IntN(5)]
	case 2:
		s["format"] = []string{"date", "date-time", "uuid", "ipv4", "ipv6"}[m.r.IntN(5)]
	case 3:
		s["maxLength"] = m.r.IntN(3)
	}
	return s
}

func (m *maker) integer(int) map[string]any {
	s := map[string]any{"type": "integer"}
	if m.chance(30) {
		s["format"] = []string{"int32", "int64"}[m.r.IntN(2)]
	}
	m.bounds(s, func() any { return m.r.IntN(40) - 10 })
	if m.chance(15) {
		s["multipleOf"] = 1 + m.r.IntN(5)
	}
	return s
}

func (m *maker) number(int) map[string]any {
	s := map[string]any{"type": "number"}
	m.bounds(s, func() any { return float64(m.r.IntN(80)-20) / 4 })
	if m.chance(15) {
		s["multipleOf"] = []float64{0.5, 0.25, 2, 0.1}[m.r.IntN(4)]
	}
	return s
}

func (m *maker) bounds(s map[string]any, value func() any) {
	for range 2 {
		side := []string{"Minimum", "Maximum"}[m.r.IntN(2)]
		switch n := m.r.IntN(10); {
		case n < 6:
		case n < 8 || !m.modern:
			s[strings.ToLower(side)] = value()
			if n >= 8 {
				s["exclusive"+side] = true
			}
		default:
			s["exclusive"+side] = value()
		}
	}
}

func (m *maker) boolean(int) map[string]any { return map[string]any{"type": "boolean"} }

func (m *maker) enum(int) map[string]any {
	switch m.r.IntN(4) {
	case 0:
		return map[string]any{"type": "integer", "enum": []any{1, 2, 30}[:1+m.r.IntN(3)]}
	case 1:
		if m.modern {
			return map[string]any{"const": []any{"fixed", 7, true}[m.r.IntN(3)]}
		}
	}
	if m.chance(20) {
		return map[string]any{"enum": []any{"red", 3, true, nil, 1.5}[m.r.IntN(3):]}
	}
	return map[string]any{"type": "string", "enum": []any{"red", "green", "a b", ""}[:1+m.r.IntN(4)]}
}

func (m *maker) array(depth int) map[string]any {
	s := map[string]any{"type": "array", "items": m.schema(depth - 1)}
	if m.chance(30) {
		s["minItems"] = m.r.IntN(3)
	}
	if m.chance(30) {
		s["maxItems"] = 2 + m.r.IntN(4)
	}
	if m.chance(20) {
		s["uniqueItems"] = true
	}
	if m.modern && m.chance(15) {
		s["prefixItems"] = []any{m.schema(depth - 1), m.schema(0)}
	}
	if m.modern && m.chance(15) {
		s["contains"] = m.schema(0)
		if m.chance(40) {
			s["maxContains"] = 1 + m.r.IntN(3)
		}
	}
	return s
}

func (m *maker) object(depth int) map[string]any {
	return m.objectOf(depth, []string{"a", "b", "c-d", "eF", "items"}[:m.r.IntN(6)])
}

func (m *maker) objectOf(depth int, names []string) map[string]any {
	s := map[string]any{"type": "object"}
	properties, required := make(map[string]any), []any{}
	for _, name := range names {
		properties[name] = m.schema(depth - 1)
		if m.chance(35) {
			required = append(required, name)
		}
	}
	if len(properties) > 0 {
		s["properties"] = properties
	}
	if len(required) > 0 {
		s["required"] = required
	}
	switch m.r.IntN(6) {
	case 2:
		s["additionalProperties"] = true
	case 0:
		s["additionalProperties"] = false
	case 1:
		s["additionalProperties"] = m.schema(depth - 1)
	}
	if m.chance(15) {
		s["minProperties"] = m.r.IntN(3)
	}
	if m.chance(10) {
		s["maxProperties"] = 2 + m.r.IntN(4)
	}
	if m.modern {
		m.modernObject(s)
	}
	return s
}

// open is an object that does not forbid the properties of another beside it.
func (m *maker) open(depth int, names ...string) map[string]any {
	s := m.objectOf(depth, names[:m.r.IntN(len(names)+1)])
	if s["additionalProperties"] != nil {
		delete(s, "additionalProperties")
	}
	return s
}

func (m *maker) modernObject(s map[string]any) {
	switch m.r.IntN(8) {
	case 0:
		s["patternProperties"] = map[string]any{"^x-": m.schema(0)}
	case 1:
		s["propertyNames"] = map[string]any{"maxLength": 6 + m.r.IntN(6)}
	case 2:
		s["dependentRequired"] = map[string]any{"a": []any{"b"}}
	case 3:
		s["dependentSchemas"] = map[string]any{"a": map[string]any{"required": []any{"eF"}}}
	case 4:
		s["if"] = map[string]any{"required": []any{"a"}}
		s["then"] = map[string]any{"required": []any{"b"}}
		s["else"] = map[string]any{"properties": map[string]any{"eF": m.schema(0)}}
	}
}

func (m *maker) composed(depth int) map[string]any {
	word := []string{"allOf", "anyOf", "oneOf", "not", "allOf", "kind"}[m.r.IntN(6)]
	switch word {
	case "kind":
		return m.told(depth)
	case "not":
		s := m.object(depth + 1)
		s["not"] = map[string]any{"required": []any{"a"}}
		return s
	case "allOf":
		return map[string]any{"allOf": []any{m.open(depth+1, "a", "b", "c-d"), m.open(depth+1, "eF", "items", "g")}}
	}
	members := []any{}
	for range 2 + m.r.IntN(2) {
		m.plain = true
		members = append(members, m.schema(depth))
		m.plain = false
	}
	return map[string]any{word: members}
}

// told is a union of objects that a property with one value each tells apart.
func (m *maker) told(depth int) map[string]any {
	members := []any{}
	for _, kind := range []string{"cat", "dog", "eel"}[:2+m.r.IntN(2)] {
		s := m.objectOf(depth+1, []string{"a", "b"})
		properties, _ := s["properties"].(map[string]any)
		properties["kind"] = map[string]any{"type": "string", "enum": []any{kind}}
		required, _ := s["required"].([]any)
		s["required"] = append(required, "kind")
		delete(s, "maxProperties")
		members = append(members, s)
	}
	return map[string]any{"oneOf": members}
}

// several is a value of several types.
func (m *maker) several(int) map[string]any {
	if !m.modern {
		return map[string]any{"anyOf": []any{m.text(0), m.integer(0)}}
	}
	return map[string]any{"type": [][]string{{"string", "integer"}, {"boolean", "null", "number"}, {"object", "string"}}[m.r.IntN(3)]}
}

func (m *maker) anything(int) map[string]any {
	if m.plain { // among alternatives it would take the type of the others
		return m.boolean(0)
	}
	return []map[string]any{{}, {"description": "anything"}}[m.r.IntN(2)]
}
