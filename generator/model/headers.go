package model

import "fmt"

// Headers is the type of the headers that an operation's answers, or its errors, declare.
type Headers struct {
	Type   string // its struct
	Same   string // the type that it is another name of; "" if it has fields of its own
	Fields []*Header
}

// Header is one of them.
type Header struct {
	Name     string // as the spec spells it
	Field    string
	Doc      Doc
	Type     *Type
	Required bool
	Null     bool // null is a value of its schema, which has no spelling in a header
	Explode  bool // the members of an object are name=value
	JSON     bool // it is spelt as JSON
}

// Fingerprint is equal for types with the same fields.
func (h *Headers) Fingerprint() string {
	out := ""
	for _, f := range h.Fields {
		out += fmt.Sprintf("%q %s %s %v %v %v %q\n",
			f.Name, f.Field, f.Type, f.Required, f.Explode, f.JSON, f.Doc.Description)
	}
	return out
}
