package golang

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// server prints the server's constructor, and Unimplemented.
func (e *emitter) server(f *jen.File) {
	f.Line().Comment(comment(e.api.Names.Handlers +
		" are what a server calls, one for each tag. A group that is nil answers 501."))
	f.Type().Id(e.api.Names.Handlers).StructFunc(func(s *jen.Group) {
		for _, g := range e.api.Groups {
			s.Id(g.Field).Id(g.Handler)
		}
	})
	does := "routes, authenticates and validates requests"
	if e.limited() {
		does = "routes, authenticates, validates and limits requests"
	}
	f.Line().Comment(comment(e.api.Names.NewServer + " returns an http.Handler that " + does +
		", then calls h."))
	f.Func().Id(e.api.Names.NewServer).Params(jen.Id("h").Id(e.api.Names.Handlers), jen.Id("opts").Op("...").Add(rest("ServerOption"))).
		Params(jen.Op("*").Add(rest("Server")), jen.Error()).BlockFunc(func(b *jen.Group) {
		b.List(jen.Id("s"), jen.Err()).Op(":=").Add(rest("NewServer")).Call(rest("ServerConfig").Add(multi(e.serverConfig()...)), jen.Id("opts"))
		b.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
		for _, g := range e.api.Groups {
			b.If(jen.Id("h").Dot(g.Field).Op("!=").Nil()).Block(
				jen.Id(g.Endpoints).Values(jen.Id("h").Dot(g.Field)).Dot("register").Call(jen.Id("s")),
			)
		}
		b.Return(jen.Id("s"), jen.Nil())
	})

	e.scopeOf(f)
	none := e.api.Names.Unimplemented
	f.Line().Comment(comment(none + " answers 501 to everything. Embed it to implement some methods of a handler and not others."))
	f.Type().Id(none).Struct()
	for _, op := range e.api.Operations {
		e.unimplemented(f, none, op)
	}
}

// scopeOf prints the function that reads the scope of a request.
func (e *emitter) scopeOf(f *jen.File) {
	if !slices.ContainsFunc(e.api.Operations, func(op *model.Operation) bool { return op.UsesScope }) {
		return
	}
	fields := make([]jen.Code, 0, len(e.api.Scope))
	for _, p := range e.api.Scope {
		fields = append(fields, field(p.Field, jen.Id("x").Dot("RawParam").Call(jen.Lit(p.Name))))
	}
	scope := e.api.Names.Scope
	f.Line().Comment(comment("scopeOf reads the " + scope + " of a request."))
	f.Func().Id("scopeOf").Params(jen.Id("x").Op("*").Add(rest("Exchange"))).Id(scope).Block(
		jen.Return(jen.Id(scope).Values(fields...)),
	)
}

// unimplemented prints the method that answers 501 for an operation.
func (e *emitter) unimplemented(f *jen.File, none string, op *model.Operation) {
	f.Line().Comment(comment(op.Method + " answers 501."))
	f.Func().Params(jen.Id(none)).Id(op.Method).Params(e.unnamedParams(op)...).Add(e.results(op)).BlockFunc(func(b *jen.Group) {
		failure := rest("Unimplemented").Call(jen.Lit(op.ID))
		switch {
		case op.Result.Struct == "" && op.Result.Type == nil:
			b.Return(failure)
		case op.Result.Struct == "" && !byPointer(op.Result.Kind, op.Result.Type) &&
			!op.Result.Type.Nilable():
			b.Var().Id("none").Add(resultOf(op.Result.Kind, op.Result.Type))
			b.Return(jen.Id("none"), failure)
		default:
			b.Return(jen.Nil(), failure)
		}
	})
}

// serverConfig prints the configuration of a server or a middleware.
func (e *emitter) serverConfig() []jen.Code {
	config := &composite{}
	config.text("Title", e.api.Title)
	config.text("DefaultPath", e.api.BasePath)
	config.table("Operations", "operations")
	if e.checks() || e.readsForms() {
		config.table("Schemas", "schemas")
	}
	e.prefixConfig(config)
	e.commonConfig(config)
	e.errorConfig(config)
	config.flag("TrailingSlash", e.api.TrailingSlash)
	config.flag("AssumeJSON", e.api.AssumeJSON)
	return config.fields
}

// prefixConfig adds how many bits of an IPv6 address count as one client, unless that is usual.
func (e *emitter) prefixConfig(config *composite) {
	if e.api.IPv6Prefix != limit.DefaultIPv6Prefix {
		config.number("IPv6", e.api.IPv6Prefix)
	}
}

// errorConfig adds the form of the API's errors.
func (e *emitter) errorConfig(config *composite) {
	if e.api.ErrorForm != "" {
		config.add("ErrorForm", quoted(e.api.ErrorForm))
		config.text("ErrorMedia", e.api.ErrorMedia)
	}
	if len(e.api.ErrorExceeded) > 0 && (e.api.ErrorCode != "" || e.api.ErrorText != "") {
		matches := make([]jen.Code, 0, len(e.api.ErrorExceeded))
		for _, m := range e.api.ErrorExceeded {
			matches = append(matches, jen.Values(field("Pointer", jen.Lit(m.Pointer)),
				field("Value", jen.Lit(m.Value))))
		}
		config.add("ErrorExceeded", jen.Index().Add(rest("Match")).Values(matches...))
	}
}

// handlerParams returns those of the client's method, with the scope before them.
func (e *emitter) handlerParams(op *model.Operation) []jen.Code {
	out := []jen.Code{jen.Id("ctx").Qual("context", "Context")}
	if op.UsesScope {
		out = append(out, jen.Id("scope").Id(e.api.Names.Scope))
	}
	return append(out, argParams(op)...)
}

func (e *emitter) unnamedParams(op *model.Operation) []jen.Code {
	out := []jen.Code{jen.Qual("context", "Context")}
	if op.UsesScope {
		out = append(out, jen.Id(e.api.Names.Scope))
	}
	for _, p := range op.Args {
		out = append(out, goType(p.Type))
	}
	if op.Body != nil {
		out = append(out, goType(op.Body.Type))
	}
	if op.ParamsType != "" {
		out = append(out, jen.Id(op.ParamsType))
	}
	return out
}

// serverGroup prints a group's handler and the endpoints that call it.
func (e *emitter) serverGroup(f *jen.File, g *model.Group) {
	f.Line().Comment(sentence(g.Handler, g.Doc, "serves "+tagged(g.Tag)+
		". A method fails with a *rest.APIError to choose the answer."))
	f.Type().Id(g.Handler).InterfaceFunc(func(i *jen.Group) {
		for _, op := range g.Operations {
			i.Comment(comment(headline(op, "serves") + mediaNotes(op)))
			i.Id(op.Method).Params(e.handlerParams(op)...).Add(e.results(op))
		}
	})
	e.mediaHandlers(f, g)
	does := "decode requests, call"
	if e.limited() {
		does = "decode requests, count them, call"
	}
	f.Line().Comment(comment(g.Endpoints + " " + does + " h and answer."))
	f.Type().Id(g.Endpoints).Struct(jen.Id("h").Id(g.Handler))
	f.Line().Func().Params(jen.Id("e").Id(g.Endpoints)).Id("register").Params(jen.Id("s").Op("*").Add(rest("Server"))).BlockFunc(func(b *jen.Group) {
		for _, op := range g.Operations {
			b.Id("s").Dot("Handle").Call(jen.Id(op.Const), jen.Id("e").Dot(op.Endpoint))
			registerMedia(b, op)
		}
	})
	for _, op := range g.Operations {
		f.Line().Comment(comment(fmt.Sprintf("%s serves %s %s.", op.Endpoint, op.HTTPMethod, op.Path)))
		f.Func().Params(jen.Id("e").Id(g.Endpoints)).Id(op.Endpoint).Params(jen.Id("x").Op("*").Add(rest("Exchange"))).Error().
			BlockFunc(func(b *jen.Group) { e.endpoint(b, op, jen.Id("e").Dot("h")) })
		e.mediaEndpoints(f, g, op)
	}
}

// endpoint prints the code that decodes a request, checks the limits, calls the handler and
// answers. It has no function for the handler's call, which would be an allocation.
func (e *emitter) endpoint(b *jen.Group, op *model.Operation, handler *jen.Statement) {
	call := []jen.Code{jen.Id("ctx")}
	if op.UsesScope {
		call = append(call, jen.Id("scope"))
		b.Id("scope").Op(":=").Id("scopeOf").Call(jen.Id("x"))
	}
	decodeParams(b, op)
	if op.Body != nil {
		read := map[model.BodyKind]string{
			model.Text: "DecodeText", model.Binary: "DecodeReader",
		}[op.Body.Kind]
		if read == "" {
			read = "DecodeBody"
		}
		b.Var().Id("body").Add(goType(op.Body.Type))
		b.Id("x").Dot(read).Call(jen.Op("&").Id("body"))
		for _, file := range op.Body.Files {
			b.Id("x").Dot("DecodeFile").Call(jen.Lit(file.Name), jen.Op("&").Id("body").Dot(file.Field))
		}
	}
	invoke := handler.Dot(op.Method).Call(append(call, argNames(op)...)...)
	b.List(jen.Id("ctx"), jen.Err()).Op(":=").Id("x").Dot("Begin").Call()
	b.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
	e.answer(b, op, invoke)
}

func (e *emitter) answer(b *jen.Group, op *model.Operation, invoke *jen.Statement) {
	r := op.Result
	x := func(method string, args ...jen.Code) *jen.Statement {
		return jen.Return(jen.Id("x").Dot(method).Call(args...))
	}
	content := func(a *model.Answer, args ...jen.Code) *jen.Statement {
		return jen.Return(typed(a).Dot(answerMethod(a)).Call(args...))
	}
	if r.Struct == "" && r.Type == nil {
		b.Add(x("Empty", jen.Lit(r.Status), invoke))
		return
	}
	b.List(jen.Id("out"), jen.Err()).Op(":=").Add(invoke)
	if r.Struct == "" {
		b.Add(content(&r.Answer, jen.Lit(r.Status), jen.Id("out"), jen.Err()))
		return
	}
	nothing := x("Empty", jen.Lit(r.Status), jen.Err())
	if r.Members[0].Type != nil {
		nothing = x("JSON", jen.Lit(r.Status), jen.Nil(), jen.Err()) // fails: content is due
	}
	b.If(jen.Err().Op("!=").Nil().Op("||").Id("out").Op("==").Nil()).Block(nothing)
	var cases []jen.Code
	seen := make(map[int]bool)
	var other jen.Code // what a range of codes answers
	for i, m := range r.Members {
		status := jen.Lit(m.Status)
		if m.Range {
			status = jen.Id("out").Dot("StatusCode")
		}
		answer := x("Empty", status, jen.Nil())
		if m.Type != nil {
			answer = content(&m.Answer, status, jen.Id("out").Dot(m.Name), jen.Nil())
		}
		if m.Range {
			other = answer
			continue
		}
		if i == 0 || seen[m.Status] {
			seen[m.Status] = true
			continue
		}
		seen[m.Status] = true
		cases = append(cases, jen.Case(jen.Lit(m.Status)).Block(answer))
	}
	first := r.Members[0]
	answer := x("Empty", jen.Lit(first.Status), jen.Nil())
	if first.Type != nil {
		answer = content(&first.Answer, jen.Lit(first.Status), jen.Id("out").Dot(first.Name), jen.Nil())
	}
	if len(cases) > 0 {
		b.Switch(jen.Id("out").Dot("StatusCode")).Block(cases...)
	}
	if other != nil {
		code := func() *jen.Statement { return jen.Id("out").Dot("StatusCode") }
		b.If(code().Op(">=").Lit(200).Op("&&").Add(code()).Op("<").Lit(300).Op("&&").Add(code()).Op("!=").Lit(first.Status)).Block(other)
	}
	b.Add(answer)
}

func answerMethod(a *model.Answer) string {
	switch {
	case a.Kind == model.JSON && a.Null:
		return "JSONOrNull"
	case a.Kind == model.JSON:
		return "JSON"
	case a.Kind == model.Text:
		return "Text"
	}
	return "Stream"
}
