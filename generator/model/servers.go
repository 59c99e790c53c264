package model

// ServerURL is an address of the API in the spec.
type ServerURL struct {
	Const       string // constant that names it; "" if it has none
	URL         string // with its variables in braces
	Of          string // Operation.Server of the operations whose own it is; "" for the API's
	Description string
	Variables   []*ServerVariable
}

// ServerVariable is a variable of one server.
type ServerVariable struct {
	Name, Default string
	Enum          []string
}

// VariableOption is the option that sets the variables of one name.
type VariableOption struct {
	Option string
	Name   string
	Type   *Decl // an Enum; nil for any text
	Doc    Doc
}
