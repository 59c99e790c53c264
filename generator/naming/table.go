package naming

import (
	"go/token"
	"go/types"
	"strconv"
)

// A Table is one namespace of Go identifiers. Names are given in order of right: what is reserved
// first, then what the author wrote, then what is derived. A name once given never moves.
type Table struct {
	taken map[string]bool
}

// NewTable returns a namespace in which keywords, predeclared identifiers and the reserved names
// are taken.
func NewTable(reserved ...string) *Table {
	t := &Table{taken: make(map[string]bool, len(reserved))}
	for _, name := range reserved {
		t.taken[name] = true
	}
	return t
}

// Taken reports whether a name has been given, or cannot be an identifier.
func (t *Table) Taken(name string) bool {
	return t.taken[name] || types.Universe.Lookup(name) != nil || token.IsKeyword(name) || name == "" || name == "_"
}

// Take gives name when it is free.
func (t *Table) Take(name string) bool {
	if t.Taken(name) {
		return false
	}
	t.taken[name] = true
	return true
}

// Give returns name, or when that is taken, name with the suffix of its kind; a number is the last
// resort, for specs that hold both of those too.
func (t *Table) Give(name, suffix string) string {
	if t.Take(name) {
		return name
	}
	if t.Take(name + suffix) {
		return name + suffix
	}
	for n := 2; ; n++ {
		if id := name + suffix + strconv.Itoa(n); t.Take(id) {
			return id
		}
	}
}
