package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// clientGroup prints a group's interface and its implementation.
func (e *emitter) clientGroup(f *jen.File, g *model.Group) {
	f.Line().Comment(sentence(g.Client, g.Doc, "are "+tagged(g.Tag)+"."))
	f.Type().Id(g.Client).InterfaceFunc(func(i *jen.Group) {
		for _, op := range g.Operations {
			i.Comment(comment(headline(op, "calls")))
			i.Id(op.Method).Params(e.clientParams(op)...).Add(e.results(op))
			for _, m := range op.Media {
				i.Comment(comment(mediaComment(op, m)))
				i.Id(m.Method).Params(e.clientParams(op.As(m))...).Add(e.results(op.As(m)))
			}
			if op.Page != nil {
				i.Comment(comment(fmt.Sprintf("%s calls %s for page after page and yields each item.",
					op.Page.Method, op.Method)))
				i.Id(op.Page.Method).Params(e.clientParams(op)...).Add(pageType(op))
			}
			if op.Parts != nil {
				i.Comment(comment(fmt.Sprintf("%s is %s in as many calls as the limits require.",
					op.Parts.Method, op.Method)))
				i.Id(op.Parts.Method).Params(e.partsParams(op)...).Add(partsType(op))
			}
			for _, m := range e.formerMethods(op) {
				i.Comment(m.doc())
				i.Id(m.old).Params(m.params...).Add(m.results)
			}
		}
	})
	f.Line().Type().Id(g.Impl).Struct(jen.Id("core").Op("*").Add(rest("Client")))
	for _, op := range g.Operations {
		f.Line().Comment(methodComment(op))
		f.Func().Params(jen.Id("c").Op("*").Id(g.Impl)).Id(op.Method).Params(e.clientParams(op)...).Add(e.results(op)).
			BlockFunc(func(b *jen.Group) { e.clientBody(b, op) })
		e.clientMedia(f, g, op)
		if op.Page != nil {
			e.iterator(f, g, op)
		}
		if op.Parts != nil {
			e.parts(f, g, op)
		}
		for _, m := range e.formerMethods(op) {
			f.Line().Comment(m.doc())
			f.Func().Params(jen.Id("c").Op("*").Id(g.Impl)).Id(m.old).Params(m.params...).Add(m.results).Block(
				jen.Return(jen.Id("c").Dot(m.now).Call(m.args...)),
			)
		}
	}
}

// headline returns a method's first line: the spec's summary or, with the given verb, what it calls
// or serves.
func headline(op *model.Operation, verb string) string {
	if s := oneLine(op.Doc.Summary); s != "" {
		return op.Method + ": " + lowerFirst(s)
	}
	return fmt.Sprintf("%s %s %s %s", op.Method, verb, op.HTTPMethod, oneLine(op.Path))
}

// methodComment returns a method's comment: what it does, its endpoint and its limits.
func methodComment(op *model.Operation) string {
	text := sentence(op.Method, model.Doc{
		Summary: headline(op, "calls"), Description: op.Doc.Description,
	}, "")
	if oneLine(op.Doc.Summary) != "" {
		text += "\n//\n" + comment(op.HTTPMethod+" "+op.Path)
	}
	if limits := limitLine(op); limits != "" {
		text += "\n//\n" + comment(limits)
	}
	if errors := errorLine(op); errors != "" {
		text += "\n//\n" + comment(errors)
	}
	if headers := headerLine(op); headers != "" {
		text += "\n//\n" + comment(headers)
	}
	if op.Doc.Deprecated {
		text += "\n//\n// Deprecated: the API marks this as deprecated."
	}
	return text
}

// clientParams returns a method's parameters: path, body, then the rest as a struct.
func (e *emitter) clientParams(op *model.Operation) []jen.Code {
	return append([]jen.Code{jen.Id("ctx").Qual("context", "Context")}, argParams(op)...)
}

func argParams(op *model.Operation) []jen.Code {
	var out []jen.Code
	for i := 0; i < len(op.Args); { // those of one type together
		of, names := op.Args[i].Type, []jen.Code(nil)
		for ; i < len(op.Args) && op.Args[i].Type.String() == of.String(); i++ {
			names = append(names, jen.Id(op.Args[i].Arg))
		}
		out = append(out, jen.List(names...).Add(goType(of)))
	}
	if op.Body != nil {
		out = append(out, jen.Id("body").Add(goType(op.Body.Type)))
	}
	if op.ParamsType != "" {
		out = append(out, jen.Id("params").Id(op.ParamsType))
	}
	return out
}

// argNames returns the same as values.
func argNames(op *model.Operation) []jen.Code {
	var out []jen.Code
	for _, p := range op.Args {
		out = append(out, jen.Id(p.Arg))
	}
	if op.Body != nil {
		out = append(out, jen.Id("body"))
	}
	if op.ParamsType != "" {
		out = append(out, jen.Id("params"))
	}
	return out
}

// results returns the results of a method.
func (e *emitter) results(op *model.Operation) jen.Code {
	r := op.Result
	switch {
	case r.Struct != "":
		return jen.Params(jen.Op("*").Id(r.Struct), jen.Error())
	case r.Type == nil:
		return jen.Error()
	}
	return jen.Params(resultOf(r.Kind, r.Type), jen.Error())
}

func (e *emitter) clientBody(b *jen.Group, op *model.Operation) {
	clientRequest(b, op)
	clientAnswer(b, op)
}

// clientRequest prints the code that prepares a call; first comes right after its beginning.
func clientRequest(b *jen.Group, op *model.Operation, first ...jen.Code) {
	b.Id("r").Op(":=").Id("c").Dot("core").Dot("NewCall").Call(jen.Id(op.Const))
	for _, line := range first {
		b.Add(line)
	}
	for _, p := range op.Args {
		encodeParam(b, op, p, jen.Id(p.Arg))
	}
	for _, p := range op.Fields {
		encodeParam(b, op, p, jen.Id("params").Dot(p.Field))
	}
	switch {
	case op.Body == nil:
	case op.Body.Kind == model.Multipart:
		clientForm(b, op.Body)
	default:
		b.Id("r").Dot(bodyNames[op.Body.Kind]).Call(jen.Id("body"))
	}
}

// clientAnswer prints the code that sends the call and reads its answer.
func clientAnswer(b *jen.Group, op *model.Operation) {
	r := op.Result
	switch {
	case r.Struct != "":
		clientResult(b, r)
	case r.Kind == model.JSON && byPointer(r.Kind, r.Type):
		b.Return(rest("DoJSON").Index(goType(r.Type)).Call(jen.Id("ctx"), jen.Id("r")))
	case r.Kind == model.JSON:
		b.Return(rest("DoValue").Index(goType(r.Type)).Call(jen.Id("ctx"), jen.Id("r")))
	case r.Kind == model.Text:
		b.Return(rest("DoText").Call(jen.Id("ctx"), jen.Id("r")))
	case r.Kind == model.Empty:
		b.Return(rest("DoEmpty").Call(jen.Id("ctx"), jen.Id("r")))
	default:
		b.Return(rest("DoStream").Call(jen.Id("ctx"), jen.Id("r")))
	}
}

// clientForm passes a form's fields and its files.
func clientForm(b *jen.Group, body *model.Body) {
	part := func(name string, value *jen.Statement) jen.Code {
		return rest("FilePart").Values(field("Name", jen.Lit(name)), field("File", value))
	}
	args := []jen.Code{jen.Id("body")}
	var many []*model.FileField
	for _, f := range body.Files {
		value := jen.Id("body").Dot(f.Field)
		switch {
		case f.Many:
			many = append(many, f)
			continue
		case !f.Optional:
			value = jen.Op("&").Add(value)
		}
		args = append(args, part(f.Name, value))
	}
	if len(many) == 0 {
		b.Id("r").Dot("Multipart").Call(args...)
		return
	}
	parts := args[1:]
	b.Id("parts").Op(":=").Index().Add(rest("FilePart")).Values(parts...)
	for _, f := range many {
		files := jen.Id("body").Dot(f.Field)
		b.For(jen.Id("i").Op(":=").Range().Add(files)).Block(
			jen.Id("parts").Op("=").Append(jen.Id("parts"),
				part(f.Name, jen.Op("&").Add(files.Clone()).Index(jen.Id("i")))),
		)
	}
	b.Id("r").Dot("Multipart").Call(jen.Id("body"), jen.Id("parts").Op("..."))
}

// clientResult reads one of several successful answers.
func clientResult(b *jen.Group, r model.Result) {
	b.List(jen.Id("res"), jen.Err()).Op(":=").Add(rest("Do")).Call(jen.Id("ctx"), jen.Id("r"))
	b.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
	b.Id("out").Op(":=").Op("&").Id(r.Struct).Values(field("StatusCode", jen.Id("res").Dot("Status")))
	var cases []jen.Code
	discard := func() jen.Code { return jen.Err().Op("=").Id("res").Dot("Discard").Call() }
	rest := discard() // for answers without a member
	for _, m := range r.Members {
		if m.Type == nil {
			continue
		}
		target := jen.Id("out").Dot(m.Name)
		var read jen.Code
		switch m.Kind {
		case model.JSON:
			read = jen.Err().Op("=").Id("res").Dot("JSON").Call(jen.Op("&").Add(target))
		case model.Text:
			read = jen.List(target, jen.Err()).Op("=").Id("res").Dot("Text").Call()
		default:
			read = target.Op("=").Id("res").Dot("Stream").Call()
		}
		if m.Range {
			rest = jen.If(jen.Id("res").Dot("Status").Op("!=").Qual("net/http", "StatusNoContent")).Block(read).Else().Block(rest)
			continue
		}
		cases = append(cases, jen.Case(jen.Lit(m.Status)).Block(read))
	}
	if !slices.ContainsFunc(r.Members, func(m *model.Member) bool { return m.Type != nil }) {
		b.Return(jen.Id("out"), jen.Id("res").Dot("Discard").Call())
		return
	}
	for _, m := range r.Members {
		if m.Type == nil && !m.Range {
			cases = append(cases, jen.Case(jen.Lit(m.Status)).Block(discard()))
		}
	}
	cases = append(cases, jen.Default().Block(rest))
	b.Switch(jen.Id("res").Dot("Status")).Block(cases...)
	b.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
	b.Return(jen.Id("out"), jen.Nil())
}

// bodyNames are the methods of a call that set its body.
var bodyNames = map[model.BodyKind]string{
	model.JSON: "JSON", model.Form: "Form", model.Text: "Text", model.Binary: "Binary",
}

// capital returns a name with its first letter in upper case.
func capital(name string) string { return strings.ToUpper(name[:1]) + name[1:] }
