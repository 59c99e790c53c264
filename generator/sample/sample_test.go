package sample

import (
	"encoding/json"
	"fmt"
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

// TestLargeValues has schemas that only huge values fit go without one.
func TestLargeValues(t *testing.T) {
	for _, text := range []string{
		`{"type": "string", "minLength": 4611686018427387904}`,
		`{"type": "string", "pattern": "^a+$", "minLength": 4611686018427387904}`,
		`{"type": "string", "pattern": "^[a-z]*$", "minLength": 65537}`,
		`{"type": "array", "items": {"type": "string"}, "minItems": 4611686018427387904}`,
		`{"type": "object", "minProperties": 4611686018427387904, "additionalProperties": {"type": "string"}}`,
		`{"type": "array", "minItems": 65536, "items": {"type": "array", "minItems": 65536, "items": {"type": "integer"}}}`,
	} {
		if value, ok := new(Maker).Value(schemaOf(t, text)); ok {
			t.Errorf("%s: a value of %T", text, value)
		}
	}
	for _, text := range []string{
		`{"type": "string", "pattern": "^a+b*c*$", "minLength": 65536}`, `{"type": "string", "minLength": 65536}`,
		`{"type": "string", "minItems": 4611686018427387904}`, `{"type": "array", "items": {"type": "integer"}, "minItems": 65536}`,
	} {
		s := schemaOf(t, text)
		value, ok := new(Maker).Value(s)
		if !ok {
			t.Errorf("%s: no value", text)
		} else if err := s.Value.VisitJSON(plain(value)); err != nil {
			t.Errorf("%s: %.200s", text, err.Error())
		}
	}
}

func schemaOf(t *testing.T, text string) *openapi3.SchemaRef {
	t.Helper()
	s := &openapi3.Schema{}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	return &openapi3.SchemaRef{Value: s}
}

// TestFanOut has schemas end that name the next level several times: as members of an allOf, as
// required properties, and as alternatives that no value fits.
func TestFanOut(t *testing.T) {
	const fan, levels = 6, 12
	for kind, want := range map[string]bool{"allOf": true, "required": false, "anyOf": false} {
		s := &openapi3.Schema{Type: &openapi3.Types{"object"}}
		if kind == "anyOf" {
			s.MinProps = largest + 1
		}
		for range levels {
			var all openapi3.SchemaRefs
			properties, required := make(openapi3.Schemas), []string(nil)
			for i := range fan {
				name := fmt.Sprint("p", i)
				ref := &openapi3.SchemaRef{Value: s}
				if kind == "anyOf" { // alternatives of their own
					ref.Value = &openapi3.Schema{AllOf: openapi3.SchemaRefs{{Value: s}}}
				}
				all, required, properties[name] = append(all, ref), append(required, name), ref
			}
			switch s = (&openapi3.Schema{}); kind {
			case "allOf":
				s.AllOf = all
			case "anyOf":
				s.AnyOf = all
			default:
				s.Type, s.Properties, s.Required = &openapi3.Types{"object"}, properties, required
			}
		}
		if _, ok := new(Maker).Value(&openapi3.SchemaRef{Value: s}); ok != want {
			t.Errorf("%s: %t", kind, ok)
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

// TestOneAlternativeAlone holds that a value fits one alternative of a oneOf, where one can be made.
func TestOneAlternativeAlone(t *testing.T) {
	for _, text := range []string{
		`{"type": "object", "properties": {"before": {"type": "string"}, "after": {"type": "string"}}, "oneOf": [{"required": ["before"]}, {"required": ["after"]}]}`,
		`{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "not": {"required": ["a", "b"]}}`,
		`{"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "x": {"type": "string"}}},
			{"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}]}`,
	} {
		var s openapi3.Schema
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		value, ok := (&Maker{Sent: true}).Value(&openapi3.SchemaRef{Value: &s})
		if !ok {
			t.Fatalf("no value of %s", text)
		}
		if err := s.VisitJSON(plain(value)); err != nil {
			t.Errorf("%v: %v", value, err)
		}
	}
}
