package model

// Kind is the kind of a Go type.
type Kind int

// The kinds of Go types that are emitted.
const (
	Builtin Kind = iota // Name is string, int64, bool, any, …
	Named               // Name is declared in the package
	Slice
	Map // of string to Elem
	Pointer
	Time   // time.Time
	Bytes  // []byte, base64 in JSON
	Reader // io.Reader
)

// Type is a Go type.
type Type struct {
	Kind Kind
	Name string
	Elem *Type
	Decl *Decl // of a Named type; nil for types of the run-time
	// Single is a slice that JSON may also hold as its one item, without brackets.
	Single bool
	// Runtime says that a named type is one of the run-time.
	Runtime bool
}

// Nilable reports whether the type has a nil that can mean "left out".
func (t *Type) Nilable() bool {
	switch t.Kind {
	case Slice, Map, Pointer, Bytes, Reader:
		return true
	case Builtin:
		return t.Name == "any"
	case Named:
		return t.Decl != nil && t.Decl.Nilable()
	}
	return false
}

// String returns the type's spelling in Go.
func (t *Type) String() string {
	switch t.Kind {
	case Slice:
		if t.Single {
			return "rest.ListOrOne[" + t.Elem.String() + "]"
		}
		return "[]" + t.Elem.String()
	case Map:
		return "map[string]" + t.Elem.String()
	case Pointer:
		return "*" + t.Elem.String()
	case Time:
		return "time.Time"
	case Bytes:
		return "[]byte"
	case Reader:
		return "io.Reader"
	}
	if t.Runtime {
		return "rest." + t.Name
	}
	return t.Name
}

// DeclKind is the kind of a declaration.
type DeclKind int

// The kinds of declarations.
const (
	Struct  DeclKind = iota
	Defined          // type X []Y
	Alias            // type X = string
	Enum
	Union
)

// Decl is a type declaration.
type Decl struct {
	Name       string
	Doc        Doc
	Kind       DeclKind
	Fields     []*Field       // of a Struct
	Additional *Type          // values of a Struct's other properties; nil if they are not kept
	Nulls      string         // field of a Struct that says which properties are null; "" if absence and null are one
	Type       *Type          // of Defined, Alias and Enum
	Values     []*EnumValue   // of an Enum
	Open       bool           // an Enum may have other values too
	Members    []*UnionMember // of a Union
	Property   string         // of a Union: the discriminator; "" if nothing says which type it is
}

// Nilable reports whether the declared type has a nil.
func (d *Decl) Nilable() bool {
	return (d.Kind == Defined || d.Kind == Alias) && d.Type != nil && d.Type.Nilable()
}

// Field is a field of a struct. Name is the Go name, JSON the property's.
type Field struct {
	Name string
	JSON string // "" for fields that are not JSON (files)
	Doc  Doc
	Type *Type
	Omit bool // left out when zero
	Null bool // null is a value of it, represented by nil; see Decl.Nulls
	// Default is the value, as JSON, that a handler gets where a request leaves the field out; ""
	// for none.
	Default string
}

// Nullable reports whether a property may be absent as well as null.
func (f *Field) Nullable() bool { return f.Omit && f.Null && f.JSON != "" }

// EnumValue is one constant.
type EnumValue struct {
	Name  string
	Value any // string or int64
	Doc   Doc
}

// UnionMember is one type that a union may hold.
type UnionMember struct {
	Type    *Type
	From    string   // constructor
	As      string   // accessor
	Values  []string // of the discriminator, that mean this type
	Literal bool     // they are numbers, or true and false
}

// Schema is what the server asks of a JSON value; references are indexes into API.Schemas.
type Schema struct {
	Comment    string
	Kinds      []string // JSON types in a fixed order; empty allows all
	Format     string
	Enum       []string // compact JSON
	Pattern    string
	MinLength  int64
	MaxLength  *int64
	MinItems   int64
	MaxItems   *int64
	Unique     bool
	MinProps   int64
	MaxProps   *int64
	Min, Max   *float64
	ExclMin    bool
	ExclMax    bool
	MultipleOf float64
	Items      int
	Prefix     []int // of the first items, one each
	Contains   int
	MinContain int64
	MaxContain *int64
	Properties []SchemaProperty
	Additional int // -1 forbids other properties
	Patterns   []PatternProperty
	Names      int
	AllOf      []int
	AnyOf      []int
	OneOf      []int
	Not        int
	Kind       *Discriminator
}

// PatternProperty is what the members of an object are whose names match a pattern.
type PatternProperty struct {
	Pattern string
	Schema  int
}

// Discriminator is a property whose value picks one of the alternatives.
type Discriminator struct {
	Property string
	Cases    []DiscriminatorCase
}

// DiscriminatorCase is one value, and the schema that it means.
type DiscriminatorCase struct {
	Value  string
	Schema int
}

// SchemaProperty is one member of an object.
type SchemaProperty struct {
	Name     string
	Required bool
	Schema   int
}
