package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strings"
)

// formField is one field of a form: a plain scalar, or JSON text.
type formField struct {
	name, value string
	media       string // media type of its part; "" for a text
	escaped     bool   // name and value are spelt as in a query
}

const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
)

// formFields returns the fields of a form for the members of v, which is an object in JSON; text is
// that object. By OpenAPI's defaults, an item of a list is a field of its own, and an object is
// JSON.
func (b *Body) formFields(v any) (text []byte, fields []formField, err error) {
	if text, err = marshal(v); err != nil {
		return nil, nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, nil, errors.New("a form is made of an object")
	}
	for d.More() {
		var value json.RawMessage
		token, err := d.Token()
		if err == nil {
			err = d.Decode(&value)
		}
		name, _ := token.(string)
		if err == nil {
			fields, err = b.appendField(fields, name, value)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return text, fields, nil
}

// field returns the encoding of a field; nil for the default.
func (b *Body) field(name string) *FormField {
	for i := range b.Fields {
		if b.Fields[i].Name == name {
			return &b.Fields[i]
		}
	}
	return nil
}

// appendField adds a member of the object in its declared encoding.
func (b *Body) appendField(fields []formField, name string, value json.RawMessage) ([]formField, error) {
	f := b.field(name)
	switch {
	case f == nil:
		return appendFields(fields, name, value)
	case f.Styled:
		n, err := parseNode(value)
		if err != nil || n.kind == nodeNone {
			return fields, err
		}
		p := &Param{In: InQuery, Name: name, Style: f.Style, Explode: f.Explode}
		pairs, err := encodePairs(p, n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, e := range pairs {
			fields = append(fields, formField{name: escape(e.name), value: e.value, escaped: true})
		}
		return fields, nil
	case isJSON(f.Media) && (value[0] == '[' || value[0] == '{'):
		return append(fields, formField{name: name, value: string(value), media: f.Media}), nil
	}
	own, err := appendFields(nil, name, value)
	for i := range own {
		own[i].media = f.Media
	}
	return append(fields, own...), err
}

// isJSON reports whether a media type is JSON.
func isJSON(media string) bool {
	t, _, err := mime.ParseMediaType(media)
	return err == nil && (t == mediaJSON || strings.HasSuffix(t, "+json"))
}

func appendFields(fields []formField, name string, value json.RawMessage) ([]formField, error) {
	switch value[0] {
	case '{':
		return append(fields, formField{name: name, value: string(value), media: mediaJSON}), nil
	case '[':
		var items []json.RawMessage
		err := json.Unmarshal(value, &items)
		for i := 0; i < len(items) && err == nil; i++ {
			fields, err = appendFields(fields, name, items[i])
		}
		return fields, err
	}
	n, err := parseNode(value)
	if err != nil || n.kind == nodeNone {
		return fields, err
	}
	return append(fields, formField{name: name, value: n.text}), nil
}
