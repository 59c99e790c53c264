package sample

import (
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestValuesAreAccepted has a validator judge what is made of schemas of every kind.
func TestValuesAreAccepted(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"type": "string", "minLength": 40}`, `{"type": "string", "maxLength": 2}`, `{"type": "string", "pattern": "^[a-z]{3}-[0-9]+$"}`,
		`{"type": "string", "pattern": "^\\w+$", "minLength": 12}`, `{"type": "string", "format": "uuid"}`, `{"type": "string", "format": "date-time"}`,
		`{"type": "integer", "minimum": 7}`, `{"type": "integer", "maximum": -3}`, `{"type": "number", "minimum": 0, "maximum": 0.5}`,
		`{"type": "integer", "minimum": 10, "multipleOf": 4}`, `{"type": "integer", "minimum": 1, "exclusiveMinimum": true}`,
		`{"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": true}`, `{"type": "array", "items": {"type": "integer"}, "maxItems": 0}`,
		`{"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}}}`,
		`{"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2}`,
		`{"allOf": [{"type": "object", "required": ["a"]}, {"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}}]}`,
		`{"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["a", "c"]}]}`,
		`{"anyOf": [{"type": "object", "properties": {"k": {"type": "boolean"}}}, {"type": "string"}]}`,
	} {
		s := &openapi3.Schema{}
		if err := json.Unmarshal([]byte(text), s); err != nil {
			t.Fatal(err)
		}
		for _, m := range []*Maker{{}, {Sent: true}, {Form: true}} {
			value, ok := m.Value(&openapi3.SchemaRef{Value: s})
			if !ok {
				t.Errorf("%s: no value", text)
				continue
			}
			if err := s.VisitJSON(plain(value)); err != nil {
				t.Errorf("%s: %v: %v", text, value, err)
			}
		}
	}
	for _, text := range []string{`{"type": "string", "format": "uuid", "maxLength": 3}`, `{"allOf": [{"type": "string"}, {"type": "object"}]}`, `{"type": "string", "enum": [1]}`} {
		s := &openapi3.Schema{}
		if err := json.Unmarshal([]byte(text), s); err != nil {
			t.Fatal(err)
		}
		if value, ok := new(Maker).Value(&openapi3.SchemaRef{Value: s}); ok {
			t.Errorf("%s: %v", text, value)
		}
	}
}

// TestExamples has the spec's examples come before made values, where its schemas accept them.
func TestExamples(t *testing.T) {
	s := &openapi3.Schema{}
	text := `{"type": "object", "properties": {
		"id": {"type": "string", "example": "p-1"}, "price": {"type": "integer", "minimum": 5, "example": 1},
		"day": {"type": "string", "format": "date", "example": "2020-01-02"},
		"tags": {"type": "array", "minItems": 2, "uniqueItems": true, "items": {"type": "string", "example": "new"}}}}`
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	for want, m := range map[string]*Maker{
		`{"day":"2020-01-02","id":"p-1","price":5,"tags":["new","some text1"]}`:             {Examples: true},
		`{"day":"2024-02-29","id":"some text","price":5,"tags":["some text","some text1"]}`: {},
	} {
		value, ok := m.Value(&openapi3.SchemaRef{Value: s})
		got, _ := json.Marshal(value)
		if !ok || string(got) != want {
			t.Errorf("%+v: %s, want %s", m, got, want)
		}
	}
}
