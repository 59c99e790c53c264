package naming

import (
	"go/token"
	"go/types"
	"strconv"
)

// A Table is one namespace of Go identifiers. Names are assigned by priority: reserved names first,
// then names in the spec, then derived ones. An assigned name never changes.
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

// Taken reports whether a name has been assigned, or cannot be an identifier.
func (t *Table) Taken(name string) bool {
	return t.taken[name] || types.Universe.Lookup(name) != nil || token.IsKeyword(name) ||
		name == "" || name == "_"
}

// Take assigns name if it is free.
func (t *Table) Take(name string) bool {
	if t.Taken(name) {
		return false
	}
	t.taken[name] = true
	return true
}

// Give assigns name or, if that is taken, name with the suffix of its kind; a number is the last
// resort.
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
