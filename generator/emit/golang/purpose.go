package golang

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// purposes describes the declared types without a description in the spec: as the body or answer of
// a call, an item of one, or a part of another type.
func purposes(api *model.API) map[*model.Decl]string {
	p := purpose{
		bodies: map[*model.Decl][]string{}, answers: map[*model.Decl][]string{},
		parts: map[*model.Decl][]string{}, whole: map[*model.Decl]bool{},
	}
	for _, op := range methodsOf(api) {
		if op.Body != nil {
			p.add(p.bodies, op.Body.Type, op.Method)
			p.whole[declared(op.Body.Type)] = true
		}
		if op.Result.Type != nil {
			p.add(p.answers, op.Result.Type, op.Method)
			p.whole[declared(op.Result.Type)] = true
		}
		for _, m := range op.Result.Members {
			p.add(p.answers, m.Type, op.Method)
			p.whole[declared(m.Type)] = true
		}
	}
	for _, d := range api.Types {
		for _, f := range d.Fields {
			p.add(p.parts, f.Type, d.Name)
		}
		for _, m := range d.Members {
			p.add(p.parts, m.Type, d.Name)
		}
		p.add(p.parts, d.Additional, d.Name)
		p.add(p.parts, d.Type, d.Name)
	}
	out := map[*model.Decl]string{}
	for _, d := range api.Types {
		out[d] = p.of(d)
	}
	return out
}

// methodsOf returns what has a method of its own: operations, as each media type sees them, and
// webhooks.
func methodsOf(api *model.API) []*model.Operation {
	var out []*model.Operation
	for _, op := range api.Operations {
		out = append(out, op)
		for _, m := range op.Media {
			out = append(out, op.As(m))
		}
	}
	for _, w := range api.Webhooks {
		out = append(out, w.Operation)
	}
	return out
}

// purpose holds for each type the names of the calls and types that use it, in the order of the
// spec.
type purpose struct {
	bodies, answers, parts map[*model.Decl][]string
	whole                  map[*model.Decl]bool // a body or an answer as such, not an item of one
}

// declared returns the type's declaration, also behind a pointer; nil if there is none.
func declared(t *model.Type) *model.Decl {
	for t != nil && t.Kind == model.Pointer {
		t = t.Elem
	}
	if t == nil || t.Kind != model.Named {
		return nil
	}
	return t.Decl
}

// add finds the declared type in t, also as the item of a list or map.
func (p purpose) add(to map[*model.Decl][]string, t *model.Type, user string) {
	for t != nil && t.Kind != model.Named {
		t = t.Elem
	}
	if t != nil && t.Decl != nil && t.Decl.Name != user {
		to[t.Decl] = append(to[t.Decl], user)
	}
}

func (p purpose) of(d *model.Decl) string {
	bodies, answers, what := p.bodies[d], p.answers[d], "is "
	if !p.whole[d] {
		what = "is an item of "
	}
	switch {
	case len(bodies) > 0 && len(answers) > 0:
		return fmt.Sprintf("%sthe body of %s and the answer of %s.", what, users(bodies), users(answers))
	case len(bodies) > 0:
		return what + "the body of " + users(bodies) + "."
	case len(answers) > 0:
		return what + "the answer of " + users(answers) + "."
	case len(p.parts[d]) > 0:
		return "is part of " + users(p.parts[d]) + "."
	}
	return ""
}

// users returns the first names of a list, each once.
func users(names []string) string {
	var once []string
	for _, n := range names {
		if len(once) == 0 || once[len(once)-1] != n {
			once = append(once, n)
		}
	}
	switch n := len(once); {
	case n == 1:
		return once[0]
	case n <= 3:
		return strings.Join(once[:n-1], ", ") + " and " + once[n-1]
	default:
		return fmt.Sprintf("%s, %s and %d others", once[0], once[1], n-2)
	}
}
