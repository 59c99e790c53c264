// Package compat compares two versions of a spec, and of the generated Go package, from the
// callers' point of view.
package compat

import (
	"cmp"
	"maps"
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
	Was, Is  string // as Go spells it; Is is "" if the name vanished
}

// String returns one line: "breaking: method Client.GetUser vanished (was func(...))".
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

// Diff lists the changes from old to new, breaking ones first, then by name. New names are not
// changes, except methods of interfaces, which break implementations. Tests and files that are not
// Go are skipped, and so are files that do not parse: names in an edited old file may be missing.
func Diff(old, new []fileset.File) []Change {
	before, after := exported(old), exported(new)
	spellOutMoved(before, after)
	var out []Change
	for name, was := range before {
		is, ok := after[name]
		switch {
		case !ok && was.owner != "" && missing(after, was.owner):
			// The type itself is reported, which says enough.
		case !ok:
			out = append(out, Change{true, name, was.kind, was.text, ""})
		case was.kind != is.kind:
			out = append(out, Change{
				true, name, was.kind, was.kind + " " + was.text, is.kind + " " + is.text,
			})
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

// spellOutMoved replaces names of types that stand for another type in one package only: which of
// several names a struct is declared by does not matter to callers.
func spellOutMoved(before, after map[string]symbol) {
	was, is := maps.Clone(before), maps.Clone(after)
	for name, s := range was {
		if now, ok := is[name]; ok && s.alias != now.alias {
			spellOut(before, was, name)
			spellOut(after, is, name)
		}
	}
}

func missing(names map[string]symbol, name string) bool {
	_, ok := names[name]
	return !ok
}
