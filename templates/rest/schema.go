package rest

import "regexp"

// kinds is a set of JSON types.
type kinds uint8

const (
	KindNull kinds = 1 << iota
	KindBool
	KindInteger
	KindNumber // includes integers
	KindString
	KindArray
	KindObject
	KindAny kinds = 0
)

// Schema is the schema of a JSON value. The zero schema accepts everything. References are
// indexes into the package's table, so that schemas may be recursive; index 0 is the zero schema.
type Schema struct {
	Kinds      kinds // allowed types; kindAny allows all
	Format     string
	Enum       []string // allowed values as compact JSON
	Pattern    *regexp.Regexp
	MinLength  int // in characters
	MaxLength  int // 0 is unbounded, -1 is a bound of zero
	MinItems   int
	MaxItems   int // 0 is unbounded, -1 is a bound of zero
	Unique     bool
	MinProps   int
	MaxProps   int // 0 is unbounded, -1 is a bound of zero
	Min, Max   *float64
	ExclMin    bool
	ExclMax    bool
	MultipleOf float64
	Items      int
	Prefix     []int // of the first items, one each
	Contains   int   // schema that some items must fit; 0 is none
	MinContain int
	MaxContain int        // 0 is unbounded, -1 is a bound of zero
	Properties []Property // sorted by name
	Additional int        // schema of other properties; -1 forbids them
	Patterns   []PatternProperty
	Names      int // schema of all properties' names
	AllOf      []int
	AnyOf      []int
	OneOf      []int
	Not        int // 0 is none
	Kind       *Discriminator
}

// Discriminator is a property whose value selects the alternative for an object. An object without
// it is checked against all of them.
type Discriminator struct {
	Property string
	Schemas  map[string]int
}

// PatternProperty is the schema of all members whose names match a pattern.
type PatternProperty struct {
	Pattern *regexp.Regexp
	Schema  int
}

// Property is one named member of an object.
type Property struct {
	Name     string
	Required bool
	Schema   int
}
