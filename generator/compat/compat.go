// Package compat compares two generated Go packages as their callers see them: exported names that
// vanished or mean something else now.
package compat

import (
	"cmp"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/fileset"
)

// Change is one exported name that differs.
type Change struct {
	// Breaking means that code which compiled against the old package may not compile now.
	Breaking bool
	Name     string // Type, Type.Method, Type.Field, Func
	Kind     string // func, type, method, field, const, var
	Was, Is  string // as Go spells it; Is is "" when the name vanished
}

// String is one line: "breaking: method Client.GetUser vanished (was func(...))".
func (c Change) String() string {
	var b strings.Builder
	if c.Breaking {
		b.WriteString("breaking: ")
	} else {
		b.WriteString("changed: ")
	}
	b.WriteString(c.Kind + " " + c.Name)
	switch {
	case c.Is == "":
		b.WriteString(" vanished (was " + c.Was + ")")
	case c.Was == "":
		b.WriteString(" is new in an interface: " + c.Is)
	default:
		b.WriteString(" was " + c.Was + ", is " + c.Is)
	}
	return b.String()
}

// Diff lists what changed from old to new, breaking changes first, then by name. Names that are
// only new are no change, except a method of an interface, which breaks those who implement it.
// Files that are not Go, or tests, are passed over; one that does not parse counts for nothing,
// so names in an edited old file may be missing from the comparison.
func Diff(old, new []fileset.File) []Change {
	before, after := exported(old), exported(new)
	var out []Change
	for name, was := range before {
		is, ok := after[name]
		switch {
		case !ok && was.owner != "" && missing(after, was.owner):
			// The type itself is reported, which says enough.
		case !ok:
			out = append(out, Change{true, name, was.kind, was.text, ""})
		case was.kind != is.kind:
			out = append(out, Change{true, name, was.kind, was.kind + " " + was.text, is.kind + " " + is.text})
		case was.text != is.text:
			out = append(out, Change{was.shape != is.shape, name, was.kind, was.text, is.text})
		}
	}
	for name, is := range after {
		if _, ok := before[name]; !ok && is.inInterface && !missing(before, is.owner) {
			out = append(out, Change{true, name, is.kind, "", is.text})
		}
	}
	slices.SortFunc(out, func(a, b Change) int {
		if a.Breaking != b.Breaking {
			if a.Breaking {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return out
}

func missing(names map[string]symbol, name string) bool {
	_, ok := names[name]
	return !ok
}
