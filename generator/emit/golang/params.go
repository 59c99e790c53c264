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

// readParam calls the run-time's function for a parameter's type; nil if there is none.
func readParam(p *model.Param, place int) *jen.Statement {
	name, t := plainName(p)
	switch {
	case name == "" || place < 0:
		return nil
	case t.Kind == model.Time:
		return rest(name+"Param").Call(jen.Id("x"), jen.Lit(place))
	}
	return rest(name+"Param").Types(goType(t)).Call(jen.Id("x"), jen.Lit(place))
}

// encodeParam prints how a call is given a parameter: by the run-time's function for its type, or,
// if there is none, by a method for values of any type.
func encodeParam(b *jen.Group, op *model.Operation, p *model.Param, value jen.Code) {
	name, t := plainName(p)
	place := slices.Index(op.Params, p)
	if name == "" || place < 0 || t.Kind == model.Time {
		method := "Path"
		if p.In != model.InPath {
			method = capital(string(p.In)) + "Param"
		}
		b.Id("r").Dot(method).Call(jen.Lit(p.Name), value)
		return
	}
	b.Add(rest("Put"+name)).Call(jen.Id("r"), jen.Lit(place), value)
}

// plainName returns how the run-time's functions for a parameter's type are called, and the type
// that they are of; "" if there are none.
func plainName(p *model.Param) (string, *model.Type) {
	t, prefix, suffix := p.Type, "", ""
	switch {
	case p.Style == "json":
		return "", nil
	case t.Kind == model.Pointer:
		t, prefix = t.Elem, "Opt"
	case t.Kind == model.Slice && t.Single:
		return "", nil
	case t.Kind == model.Slice:
		t, suffix = t.Elem, "List"
	}
	name := scalarName(t)
	if name == "" || suffix == "List" && name != "Text" && name != "Int" {
		return "", nil
	}
	return prefix + name + suffix, t
}

// scalarName returns how the run-time's functions call a type that is one plain value; "" for
// others.
func scalarName(t *model.Type) string {
	if t.Kind == model.Time {
		return "Time"
	}
	for t.Kind == model.Named {
		d := t.Decl
		if d == nil || t.Runtime || d.Type == nil ||
			d.Kind != model.Enum && d.Kind != model.Defined && d.Kind != model.Alias {
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
