package rest

import (
	"bytes"
	"encoding/json"
	"errors"
)

// formField is one field of a form: a scalar as it is, or JSON text.
type formField struct {
	name, value string
	json        bool
}

// formFields makes the fields of a form from the members of v, which is an object in JSON; text is
// that object. An item of a list is a field of its own, and an object is JSON, as OpenAPI has it
// unless told otherwise.
func formFields(v any) (text []byte, fields []formField, err error) {
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
			fields, err = appendFields(fields, name, value)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return text, fields, nil
}

func appendFields(fields []formField, name string, value json.RawMessage) ([]formField, error) {
	switch value[0] {
	case '{':
		return append(fields, formField{name, string(value), true}), nil
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
