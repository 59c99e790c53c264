package runtime

import "regexp"

// kinds is a set of JSON types.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindBool
	kindInteger
	kindNumber // includes integers
	kindString
	kindArray
	kindObject
	kindAny kinds = 0
)

// schema is what the spec asks of a JSON value. The zero schema accepts everything. References are
// indexes into the package's table, so that schemas may be recursive; index 0 is the zero schema.
type schema struct {
	kinds      kinds // allowed types; kindAny allows all
	format     string
	enum       []string // allowed values as compact JSON
	pattern    *regexp.Regexp
	minLength  int // in characters
	maxLength  int // 0 is unbounded, -1 is a bound of zero
	minItems   int
	maxItems   int // 0 is unbounded, -1 is a bound of zero
	unique     bool
	minProps   int
	maxProps   int // 0 is unbounded, -1 is a bound of zero
	min, max   *float64
	exclMin    bool
	exclMax    bool
	multipleOf float64
	items      int
	properties []property // sorted by name
	additional int        // schema of other properties; -1 forbids them
	allOf      []int
	anyOf      []int
	oneOf      []int
	not        int // 0 is none
}

// property is one named member of an object.
type property struct {
	name     string
	required bool
	schema   int
}
