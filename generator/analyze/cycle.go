package analyze

import (
	"unicode"

	"github.com/limitgen/limitgen/generator/model"
)

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// breakCycles turns every field through which a struct would contain itself into a pointer.
func breakCycles(types []*model.Decl) {
	const (
		active = 1
		done   = 2
	)
	state := make(map[*model.Decl]int)
	var visit func(d *model.Decl)
	visit = func(d *model.Decl) {
		state[d] = active
		for _, f := range d.Fields {
			inner := containedIn(f.Type)
			if inner == nil {
				continue
			}
			if state[inner] == active {
				f.Type = pointer(f.Type)
				continue
			}
			if state[inner] == 0 {
				visit(inner)
			}
		}
		state[d] = done
	}
	for _, d := range types {
		if d.Kind == model.Struct && state[d] == 0 {
			visit(d)
		}
	}
}

// containedIn returns the struct that values of the type contain without a pointer in between.
func containedIn(t *model.Type) *model.Decl {
	for depth := 0; t != nil && t.Kind == model.Named && t.Decl != nil && depth < maxDepth; depth++ {
		switch t.Decl.Kind {
		case model.Struct:
			return t.Decl
		case model.Alias:
			t = t.Decl.Type
		default:
			return nil
		}
	}
	return nil
}
