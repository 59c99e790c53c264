package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// withHeaders returns the operations and webhooks whose responses declare headers.
func (e *emitter) withHeaders() []*model.Operation {
	var out []*model.Operation
	add := func(op *model.Operation) {
		if op.Headers != nil || op.ErrorHeaders != nil {
			out = append(out, op)
		}
	}
	for _, op := range e.api.Operations {
		add(op)
	}
	for _, w := range e.api.Webhooks {
		add(w.Operation)
	}
	return out
}

// headers prints the types of the headers of answers.
func (e *emitter) headers(f *jen.File) {
	for i, op := range e.withHeaders() {
		if i%typesAPart == typesAPart-1 {
			e.cut(f)
		}
		headersType(f, op, op.Headers, "answers")
		headersType(f, op, op.ErrorHeaders, "errors")
	}
}

func headersType(f *jen.File, op *model.Operation, h *model.Headers, of string) {
	if h == nil {
		return
	}
	text := fmt.Sprintf("%s are the headers of %s of %s", h.Type, of, op.Method)
	if h.Same != "" {
		f.Line().Comment(comment(text + "."))
		f.Type().Id(h.Type).Op("=").Id(h.Same)
		return
	}
	if of == "errors" {
		text += "; nil is an absent one. They are in the Header of a *rest.APIError, " +
			"which a handler may also make"
	} else {
		text += "; nil is an absent one. Clients read them from the Header of rest.WithResponse, " +
			"handlers set them in rest.ResponseHeader(ctx)"
	}
	f.Line().Comment(comment(text + "."))
	f.Type().Id(h.Type).StructFunc(func(g *jen.Group) {
		for _, field := range h.Fields {
			if text := fieldComment(field.Doc); text != "" {
				g.Comment(text)
			}
			g.Id(field.Field).Add(goType(field.Type))
		}
	})
	readHeaders(f, h)
	setHeaders(f, h)
}

// readHeaders prints the method that reads the headers, for clients.
func readHeaders(f *jen.File, h *model.Headers) {
	f.Line().Comment("// Read reads the headers. The error names each one that is missing or wrong; " +
		"the others are read.")
	method := f.Func().Params(jen.Id("h").Op("*").Id(h.Type)).Id("Read")
	method.Params(jen.Id("from").Qual("net/http", "Header")).Error().BlockFunc(func(b *jen.Group) {
		b.Id("r").Op(":=").Add(rest("ReadHeaders")).Call(jen.Id("from"))
		for _, field := range h.Fields {
			target := jen.Id("h").Dot(field.Field)
			if call := readHeader(field); call != nil {
				b.Add(target).Op("=").Add(call)
				continue
			}
			method := "Value"
			switch {
			case field.JSON:
				method = "JSON"
			case field.Explode:
				method = "Exploded"
			}
			if field.Required {
				method = "Required" + method
			}
			b.Id("r").Dot(method).Call(jen.Lit(field.Name), jen.Op("&").Add(target))
		}
		b.Return(jen.Id("r").Dot("Err").Call())
	})
}

// readHeader calls the run-time's function for a header of a plain type; nil for other types.
func readHeader(h *model.Header) *jen.Statement {
	t, function := h.Type, "Header"
	switch {
	case h.JSON:
		return nil
	case t.Kind == model.Pointer:
		t, function = t.Elem, "OptHeader"
	case t.Kind == model.Slice && !t.Single && h.Required:
		t, function = t.Elem, "HeaderList"
	case t.Kind == model.Slice && !t.Single:
		t, function = t.Elem, "OptHeaderList"
	}
	name := scalarName(t)
	if name == "" {
		return nil
	}
	parse := rest("Parse" + name)
	if t.Kind != model.Time {
		parse = parse.Types(goType(t))
	}
	return rest(function).Call(jen.Id("r"), jen.Lit(h.Name), parse)
}

// setHeaders prints the method that writes the headers, for servers.
func setHeaders(f *jen.File, h *model.Headers) {
	f.Line().Comment("// Set sets the headers, or none of them after an error.")
	method := f.Func().Params(jen.Id("h").Id(h.Type)).Id("Set")
	method.Params(jen.Id("in").Qual("net/http", "Header")).Error().BlockFunc(func(b *jen.Group) {
		b.Var().Id("w").Add(rest("HeaderWriter"))
		for _, field := range h.Fields {
			method := "Put"
			switch {
			case field.JSON:
				method = "PutJSON"
			case field.Explode && readHeader(field) == nil:
				method = "PutExploded"
			}
			if field.Required && field.Type.Nilable() {
				method += "Required"
			}
			b.Id("w").Dot(method).Call(jen.Lit(field.Name), jen.Id("h").Dot(field.Field))
		}
		b.Return(jen.Id("w").Dot("Set").Call(jen.Id("in")))
	})
}

// headerLine says of which types the headers of a method's answers are, for its comment.
func headerLine(op *model.Operation) string {
	switch {
	case op.Headers == nil && op.ErrorHeaders == nil:
		return ""
	case op.Headers == nil:
		return "Headers of errors: " + op.ErrorHeaders.Type + "."
	case op.ErrorHeaders == nil:
		return "Headers: " + op.Headers.Type + "."
	}
	return "Headers: " + op.Headers.Type + ", of errors " + op.ErrorHeaders.Type + "."
}
