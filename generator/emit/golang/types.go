package golang

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// goType returns a type in jennifer's terms.
func goType(t *model.Type) jen.Code {
	switch t.Kind {
	case model.Slice:
		if t.Single {
			return rest("ListOrOne").Types(goType(t.Elem))
		}
		return jen.Index().Add(goType(t.Elem))
	case model.Map:
		return jen.Map(jen.String()).Add(goType(t.Elem))
	case model.Pointer:
		return jen.Op("*").Add(goType(t.Elem))
	case model.Time:
		return jen.Qual("time", "Time")
	case model.Bytes:
		return jen.Index().Byte()
	case model.Reader:
		return jen.Qual("io", "Reader")
	}
	if t.Runtime {
		return rest(t.Name)
	}
	return jen.Id(t.Name)
}

// types prints the declarations, then the structs of parameters and results.
func (e *emitter) types(f *jen.File) {
	if len(e.api.Scope) > 0 && e.targets.Server {
		f.Line().Comment(comment(e.api.Names.Scope +
			" has the parameters with which every path of the API begins; a client is given them once."))
		fields := make([]jen.Code, 0, len(e.api.Scope))
		for _, p := range e.api.Scope {
			fields = append(fields, jen.Id(p.Field).String().Comment(oneLine(p.Doc.Description)))
		}
		f.Type().Id(e.api.Names.Scope).Struct(fields...)
	}
	if slices.ContainsFunc(e.api.Types, func(d *model.Decl) bool { return d.Kind == model.Union }) {
		f.Line().Comment(comment("union is embedded in the types below that hold one of several alternatives, to keep its methods out of their documentation."))
		f.Type().Id("union").Op("=").Add(rest("Union"))
	}
	what := purposes(e.api)
	for i, d := range e.api.Types {
		if i%typesAPart == typesAPart-1 {
			e.cut(f)
		}
		e.decl(f, d, what[d])
	}
	for i, op := range e.api.Operations {
		if i%typesAPart == typesAPart-1 {
			e.cut(f)
		}
		e.paramsType(f, op)
		e.resultType(f, op)
	}
	for _, w := range e.api.Webhooks {
		e.paramsType(f, w.Operation)
		e.resultType(f, w.Operation)
	}
	e.formerTypes(f)
}

const typesAPart = 100 // a few hundred kB of source

// decl prints a declaration. purpose is what its comment says where the spec says nothing; ""
// leaves that to the kind of type.
func (e *emitter) decl(f *jen.File, d *model.Decl, purpose string) {
	switch d.Kind {
	case model.Struct:
		f.Line().Comment(sentence(d.Name, d.Doc, cmp.Or(purpose, "is a JSON object.")))
		f.Type().Id(d.Name).Struct(fieldsOf(d)...)
		switch {
		case d.Additional != nil:
			e.openStruct(f, d)
		case d.Nulls != "":
			nullStruct(f, d)
		}
	case model.Defined:
		f.Line().Comment(sentence(d.Name, d.Doc, cmp.Or(purpose, "is a JSON value of the API.")))
		f.Type().Id(d.Name).Add(goType(d.Type))
	case model.Alias:
		f.Line().Comment(sentence(d.Name, d.Doc, cmp.Or(purpose, "is a plain value.")))
		f.Type().Id(d.Name).Op("=").Add(goType(d.Type))
	case model.Enum:
		what := "is one of the values below."
		if d.Open {
			what = "is one of the values below, or another."
		}
		f.Line().Comment(sentence(d.Name, d.Doc, what))
		f.Type().Id(d.Name).Add(goType(d.Type))
		f.Line().Comment(comment("Values of " + d.Name + "."))
		f.Const().DefsFunc(func(g *jen.Group) {
			for _, v := range d.Values {
				if text := fieldComment(v.Doc); text != "" {
					g.Comment(text)
				}
				g.Id(v.Name).Id(d.Name).Op("=").Add(literal(v.Value))
			}
		})
	case model.Union:
		e.union(f, d)
	}
}

// literal returns a constant's value, without a type of its own.
func literal(v any) jen.Code {
	if n, ok := v.(int64); ok {
		return jen.Op(strconv.FormatInt(n, 10))
	}
	return jen.Lit(v)
}

func fieldsOf(d *model.Decl) []jen.Code {
	var out []jen.Code
	for _, field := range d.Fields {
		if text := fieldComment(field.Doc); text != "" {
			out = append(out, jen.Comment(text))
		}
		tag := "-"
		if field.JSON != "" {
			tag = field.JSON
			if field.Omit {
				tag += omitWhen(field.Type)
			} else if tag == "-" {
				tag += ","
			}
		}
		tags := map[string]string{"json": tag}
		if field.Null && !field.Omit && field.Type.Nilable() && field.Type.Kind != model.Pointer {
			tags["null"] = "nil" // see the run-time's filled
		}
		if field.Default != "" {
			tags["default"] = field.Default
		}
		out = append(out, jen.Id(field.Name).Add(goType(field.Type)).Tag(tags))
	}
	if d.Additional != nil {
		out = append(out, jen.Comment("// AdditionalProperties are the object's other members."))
		out = append(out, jen.Id("AdditionalProperties").Map(jen.String()).Add(goType(d.Additional)).Tag(map[string]string{"json": "-"}))
	}
	if d.Nulls != "" {
		out = append(out, nullsField(d)...)
	}
	return out
}

// omitWhen returns the option of a tag by which a property without a value is left out. A pointer
// to the zero time is one: encoding/json's omitzero would ask the time.
func omitWhen(t *model.Type) string {
	if t.Kind == model.Pointer {
		t = t.Elem
		for t.Kind == model.Named && t.Decl != nil && t.Decl.Kind == model.Alias {
			t = t.Decl.Type
		}
		if t.Kind == model.Time {
			return ",omitempty"
		}
	}
	return ",omitzero"
}

// fieldComment returns a field's comment; "" if there is none.
func fieldComment(d model.Doc) string {
	text := strings.TrimSpace(clean(d.Description))
	if text == "" && !d.Deprecated {
		return ""
	}
	if d.Deprecated {
		text = strings.TrimSpace(text + "\n\nDeprecated: the API marks this as deprecated.")
	}
	return comment(text)
}

// openStruct prints the methods of a struct that keeps other members.
func (e *emitter) openStruct(f *jen.File, d *model.Decl) {
	names := make([]jen.Code, 0, len(d.Fields)+3)
	names = append(names, jen.Id("data"), jen.Parens(jen.Op("*").Id("plain")).Call(jen.Id("v")),
		jen.Op("&").Id("v").Dot("AdditionalProperties"))
	for _, field := range d.Fields {
		names = append(names, jen.Lit(field.JSON))
	}
	f.Line().Comment("// UnmarshalJSON keeps the members that have no field.")
	f.Func().Params(jen.Id("v").Op("*").Id(d.Name)).Id("UnmarshalJSON").Params(jen.Id("data").Index().Byte()).Error().Block(
		jen.Type().Id("plain").Id(d.Name),
		jen.Return(rest("UnmarshalOpen").Call(names...)),
	)
	f.Line().Comment("// MarshalJSON writes the fields, then the other members.")
	f.Func().Params(jen.Id("v").Id(d.Name)).Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Type().Id("plain").Id(d.Name),
		jen.Return(rest("MarshalOpen").Call(jen.Id("plain").Call(jen.Id("v")),
			jen.Id("v").Dot("AdditionalProperties"))),
	)
}

func (e *emitter) union(f *jen.File, d *model.Decl) {
	labels := make([]string, len(d.Members))
	for i, m := range d.Members {
		labels[i] = m.Type.String()
	}
	f.Line().Comment(sentence(d.Name, d.Doc, "is one of "+strings.Join(labels, ", ")+"."))
	f.Type().Id(d.Name).Struct(jen.Id("union"))
	if d.Property != "" {
		f.Line().Comment(comment(fmt.Sprintf("Kind is the value of %s, which identifies the alternative.",
			d.Property)))
		f.Func().Params(jen.Id("u").Id(d.Name)).Id("Kind").Params().String().Block(
			jen.Return(rest("UnionKind").Call(jen.Id("u").Dot("union"), jen.Lit(d.Property))),
		)
	}
	for _, m := range d.Members {
		kind := discriminator(d, m)
		of := "UnionOf"
		if m.Literal && len(kind) > 0 {
			of = "LiteralUnionOf"
		}
		f.Line().Comment(comment(fmt.Sprintf("%s wraps v.", m.From)))
		f.Func().Id(m.From).Params(jen.Id("v").Add(goType(m.Type))).Id(d.Name).Block(
			jen.Return(jen.Id(d.Name).Values(rest(of).Call(append([]jen.Code{jen.Id("v")}, kind...)...))),
		)
		f.Line().Comment(comment(fmt.Sprintf("%s decodes the value as %s.", m.As, m.Type)))
		f.Func().Params(jen.Id("u").Id(d.Name)).Id(m.As).Params().Params(goType(m.Type), jen.Error()).Block(
			jen.Return(rest("UnionAs").Index(goType(m.Type)).Call(append([]jen.Code{jen.Id("u").Dot("union")}, kind...)...)),
		)
	}
}

// discriminator returns the arguments that say by which values of which property a member is known.
func discriminator(d *model.Decl, m *model.UnionMember) []jen.Code {
	if d.Property == "" || len(m.Values) == 0 {
		return nil
	}
	out := []jen.Code{jen.Lit(d.Property)}
	for _, v := range m.Values {
		out = append(out, jen.Lit(v))
	}
	return out
}

// paramsType prints the struct of an operation's query, header and cookie parameters.
func (e *emitter) paramsType(f *jen.File, op *model.Operation) {
	if op.ParamsType == "" {
		return
	}
	f.Line().Comment(comment(fmt.Sprintf("%s are the parameters of %s that are not in its path. Nil omits a parameter.", op.ParamsType, op.Method)))
	f.Type().Id(op.ParamsType).StructFunc(func(g *jen.Group) {
		for _, p := range op.Fields {
			if text := fieldComment(p.Doc); text != "" {
				g.Comment(text)
			}
			g.Id(p.Field).Add(goType(p.Type))
		}
	})
}

// resultType prints the struct of an operation with several successful answers.
func (e *emitter) resultType(f *jen.File, op *model.Operation) {
	if op.Result.Struct == "" {
		return
	}
	f.Line().Comment(comment(fmt.Sprintf("%s is the answer of %s: StatusCode says which field is set.",
		op.Result.Struct, op.Method)))
	f.Type().Id(op.Result.Struct).StructFunc(func(g *jen.Group) {
		g.Id("StatusCode").Int()
		for _, m := range op.Result.Members {
			if m.Type != nil {
				when := fmt.Sprintf("with %d", m.Status)
				if m.Range {
					when = "with any other success"
				}
				g.Id(m.Name).Add(resultOf(m.Kind, m.Type)).Comment(when)
			}
		}
	})
}

// resultOf returns the type that a call returns: structs by pointer, what has a nil as it is.
func resultOf(kind model.BodyKind, t *model.Type) jen.Code {
	if byPointer(kind, t) {
		return jen.Op("*").Add(goType(t))
	}
	return goType(t)
}

func byPointer(kind model.BodyKind, t *model.Type) bool {
	if kind != model.JSON || t.Kind != model.Named {
		return false
	}
	for d := t.Decl; d != nil; d = t.Decl {
		switch d.Kind {
		case model.Struct, model.Union:
			return true
		case model.Alias:
			t = d.Type
			continue
		}
		return false
	}
	return false
}
