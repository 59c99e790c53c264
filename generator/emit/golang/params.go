package golang

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// decodeParams prints how an endpoint reads its parameters: each by a function for its Go type, or,
// where none is for it, by x.Param. Errors are told in the order of the parameters.
func decodeParams(b *jen.Group, op *model.Operation) {
	read := func(p *model.Param) *jen.Statement { return readParam(p, slices.Index(op.Params, p)) }
	for _, p := range op.Args {
		if value := read(p); value != nil {
			b.Id(p.Arg).Op(":=").Add(value)
			continue
		}
		b.Var().Id(p.Arg).Add(goType(p.Type))
		b.Id("x").Dot("Param").Call(rest("InPath"), jen.Lit(p.Name), jen.Op("&").Id(p.Arg))
	}
	if op.ParamsType == "" {
		return
	}
	if !slices.ContainsFunc(op.Fields, func(p *model.Param) bool { return read(p) == nil }) {
		values := make([]jen.Code, len(op.Fields))
		for i, p := range op.Fields {
			values[i] = field(p.Field, read(p))
		}
		// A value that is never assigned to again is not moved to the heap for the closure below.
		b.Id("params").Op(":=").Id(op.ParamsType).Add(multi(values...))
		return
	}
	b.Var().Id("params").Id(op.ParamsType)
	for _, p := range op.Fields {
		target := jen.Id("params").Dot(p.Field)
		if value := read(p); value != nil {
			b.Add(target).Op("=").Add(value)
			continue
		}
		b.Id("x").Dot("Param").Call(rest(placeName(p.In)), jen.Lit(p.Name), jen.Op("&").Add(target))
	}
}

// readParam calls the run-time's function for a parameter's type; nil where there is none.
func readParam(p *model.Param, place int) *jen.Statement {
	if p.Style == "json" || place < 0 {
		return nil
	}
	t, prefix, suffix := p.Type, "", "Param"
	switch t.Kind {
	case model.Pointer:
		t, prefix = t.Elem, "Opt"
	case model.Slice:
		if t.Single {
			return nil
		}
		t, suffix = t.Elem, "ListParam"
	}
	name := scalarName(t)
	switch {
	case name == "", suffix == "ListParam" && name != "Text" && name != "Int":
		return nil
	case name == "Time":
		return rest(prefix+"TimeParam").Call(jen.Id("x"), jen.Lit(place))
	}
	return rest(prefix+name+suffix).Types(goType(t)).Call(jen.Id("x"), jen.Lit(place))
}

// scalarName is how the run-time's functions call a type that is one plain value; "" for others.
func scalarName(t *model.Type) string {
	if t.Kind == model.Time {
		return "Time"
	}
	for t.Kind == model.Named {
		d := t.Decl
		if d == nil || t.Runtime || d.Type == nil || d.Kind != model.Enum && d.Kind != model.Defined && d.Kind != model.Alias {
			return ""
		}
		t = d.Type
	}
	if t.Kind != model.Builtin {
		return ""
	}
	switch t.Name {
	case "string":
		return "Text"
	case "bool":
		return "Bool"
	case "float32", "float64":
		return "Float"
	case "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64":
		return "Int"
	}
	return ""
}
