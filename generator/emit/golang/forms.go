package golang

import (
	"maps"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// A form is text: only its schema says whether a field is a list, and whether "1.0" is a number.
// Where no server is emitted, which validates by all schemas, transport and middleware get those
// of the forms that a cost, a key or a variant reads, reduced to what reading them takes.

// Depths to which a form's schemas are kept: its fields and the items of those that are lists, or
// all of a field that is spelt as a deepObject.
const (
	fieldDepth = 2
	deepDepth  = 32
)

// formSchemas returns the schemas that have to be kept, by index in the model, with their depths.
func (e *emitter) formSchemas() map[int]int {
	need := make(map[int]int)
	for _, op := range e.api.Operations {
		for _, body := range countedForms(op) {
			if body.Schema == 0 {
				continue
			}
			e.keep(need, body.Schema, fieldDepth)
			for _, f := range body.Fields {
				if f.Styled {
					e.keepField(need, body.Schema, f.Name, deepDepth)
				}
			}
		}
	}
	return need
}

// countedForms returns the bodies of an operation that are forms, if its limits read them.
func countedForms(op *model.Operation) []*model.Body {
	if op.Body == nil || !readsBody(op) {
		return nil
	}
	return slices.DeleteFunc(op.Spoken(), func(b *model.Body) bool { return b.Kind != model.Form && b.Kind != model.Multipart })
}

// keep marks a schema, its parts at the same depth, and its members one level deeper.
func (e *emitter) keep(need map[int]int, index, depth int) {
	if old, ok := need[index]; index == 0 || ok && old >= depth {
		return
	}
	need[index] = depth
	s := e.api.Schemas[index]
	for _, i := range parts(s) {
		e.keep(need, i, depth)
	}
	if depth == 0 {
		return
	}
	for _, p := range s.Properties {
		e.keep(need, p.Schema, depth-1)
	}
	e.keep(need, s.Items, depth-1)
	e.keep(need, max(0, s.Additional), depth-1)
}

// keepField marks a property, wherever the parts of a schema have it.
func (e *emitter) keepField(need map[int]int, index int, name string, depth int) {
	seen := make(map[int]bool)
	var visit func(index int)
	visit = func(index int) {
		if seen[index] {
			return
		}
		seen[index] = true
		s := e.api.Schemas[index]
		for _, p := range s.Properties {
			if p.Name == name {
				e.keep(need, p.Schema, depth)
			}
		}
		for _, i := range parts(s) {
			visit(i)
		}
	}
	visit(index)
}

func parts(s *model.Schema) []int { return slices.Concat(s.AllOf, s.AnyOf, s.OneOf) }

// bodySchema returns the index of a body's schema in the table that is printed; 0 for none.
func (e *emitter) bodySchema(index int) int {
	if e.checks() {
		return index
	}
	return e.forms[index]
}

// reduced prints what of the forms' schemas it takes to read them.
func (e *emitter) reduced(f *jen.File) {
	need := e.formSchemas()
	rows := []jen.Code{jen.Lit(0).Op(":").Values()}
	for _, old := range slices.Sorted(maps.Keys(need)) {
		rows = append(rows, jen.Lit(e.forms[old]).Op(":").Values(schemaFields(e.reduce(e.api.Schemas[old],
			need[old]))...))
	}
	f.Line().Comment(comment("schemas says which fields of a form are lists and numbers, for forms that the limits read. References are indexes of this table."))
	f.Var().Id("schemas").Op("=").Index(jen.Op("...")).Add(rest("Schema")).Add(multi(rows...))
}

// reduce returns a schema without what only checks values.
func (e *emitter) reduce(s *model.Schema, depth int) *model.Schema {
	renamed := func(list []int) []int {
		var out []int
		for _, i := range list {
			out = append(out, e.forms[i])
		}
		return out
	}
	out := &model.Schema{
		Kinds: s.Kinds, AllOf: renamed(s.AllOf), AnyOf: renamed(s.AnyOf), OneOf: renamed(s.OneOf),
	}
	if len(s.Kinds) == 0 && len(s.Properties) > 0 {
		out.Kinds = []string{"object"}
	}
	if depth == 0 {
		return out
	}
	out.Items = e.forms[s.Items]
	if s.Additional > 0 {
		out.Additional = e.forms[s.Additional]
	}
	for _, p := range s.Properties {
		out.Properties = append(out.Properties, model.SchemaProperty{
			Name: p.Name, Schema: e.forms[p.Schema],
		})
	}
	return out
}

// numberForms gives the schemas that are kept their places in the printed table.
func (e *emitter) numberForms() {
	e.forms = make(map[int]int)
	if e.checks() || !e.targets.Limits {
		return
	}
	for i, old := range slices.Sorted(maps.Keys(e.formSchemas())) {
		e.forms[old] = i + 1
	}
}

// readsForms reports whether transport and middleware need schemas to read forms by. A table
// without any says that all fields are texts.
func (e *emitter) readsForms() bool {
	return slices.ContainsFunc(e.api.Operations,
		func(op *model.Operation) bool { return len(countedForms(op)) > 0 })
}
