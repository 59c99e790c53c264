package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// formerMethod is a method of a client by the name that it had before.
type formerMethod struct {
	old, now     string
	params, args []jen.Code
	results      jen.Code
}

// formerMethods returns those of an operation, by each of its former names.
func (e *emitter) formerMethods(op *model.Operation) []formerMethod {
	var out []formerMethod
	args := append([]jen.Code{jen.Id("ctx")}, argNames(op)...)
	for _, f := range op.Former {
		out = append(out, formerMethod{f.Method, op.Method, e.clientParams(op), args, e.results(op)})
		for i, m := range op.Media {
			as := op.As(m)
			out = append(out, formerMethod{f.Media[i], m.Method, e.clientParams(as),
				append([]jen.Code{jen.Id("ctx")}, argNames(as)...), e.results(as)})
		}
		if op.Page != nil {
			out = append(out, formerMethod{f.Page, op.Page.Method, e.clientParams(op), args, pageType(op)})
		}
		if op.Parts != nil {
			out = append(out, formerMethod{
				f.Parts, op.Parts.Method, e.partsParams(op), append(args[:len(args):len(args)], jen.Id("from")),
				partsType(op),
			})
		}
	}
	return out
}

func (m *formerMethod) doc() string {
	return comment(fmt.Sprintf("%s is the former name of %s.\n\nDeprecated: use %s.", m.old, m.now,
		m.now))
}

// formerTypes prints the former names of the types and constants of renamed operations.
func (e *emitter) formerTypes(f *jen.File) {
	for _, n := range e.api.Former {
		f.Line().Comment(comment(fmt.Sprintf("%s is the former name of %s.\n\nDeprecated: use %s.", n.Old,
			n.New, n.New)))
		if n.Const {
			f.Const().Id(n.Old).Op("=").Id(n.New)
		} else {
			f.Type().Id(n.Old).Op("=").Id(n.New)
		}
	}
}
