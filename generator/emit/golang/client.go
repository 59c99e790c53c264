package golang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// client prints the client, its constructor and its options.
func (e *emitter) client(f *jen.File) {
	names := e.api.Names
	text := names.Client + " calls the API"
	if e.limited() {
		text += " and keeps within its limits"
	}
	f.Line().Comment(comment(text + ". Its methods stand in groups, one for each tag; " +
		"each group is an interface, so that tests can put a fake in its place."))
	f.Type().Id(names.Client).StructFunc(func(g *jen.Group) {
		for _, group := range e.api.Groups {
			g.Id(group.Field).Id(group.Client)
		}
		g.Line().Id("core").Op("*").Add(rest("Client"))
	})

	args := []jen.Code{jen.Id("baseURL").String()}
	scope := jen.Dict{}
	doc := names.NewClient + " returns a client of the API at baseURL"
	if e.api.BaseURL != "" {
		doc += fmt.Sprintf("; %q stands for %s", "", oneLine(e.api.BaseURL))
	}
	doc += "."
	if slices.ContainsFunc(e.api.Operations, func(op *model.Operation) bool { return op.Server != "" }) {
		doc += " Operations that have a server of their own in the spec are called there; with another baseURL they are called at its" +
			" host, below the path of their own server, unless WithServerURL says otherwise."
	}
	for _, p := range e.api.Scope {
		args = append(args, jen.Id(p.Arg).String())
		scope[jen.Lit(p.Name)] = jen.Id(p.Arg)
	}
	args = append(args, jen.Id("opts").Op("...").Add(rest("ClientOption")))
	config := []jen.Code{
		field("BaseURL", jen.Id("baseURL")), field("DefaultURL", jen.Lit(e.api.BaseURL)),
		field("Operations", jen.Id("operations").Index(jen.Op(":"))),
	}
	if len(e.api.Exceeded) > 0 {
		config = append(config, field("Exceeded", jen.Id("exceededAnswers")))
	}
	config = append(config, e.commonConfig()...)
	if len(scope) > 0 {
		config = append(config, field("Scope", jen.Map(jen.String()).String().Values(scope)))
	}
	groups := make([]jen.Code, 0, len(e.api.Groups)+1)
	for _, g := range e.api.Groups {
		groups = append(groups, field(g.Field, jen.Op("&").Id(g.Impl).Values(jen.Id("c"))))
	}
	groups = append(groups, field("core", jen.Id("c")))
	f.Line().Comment(comment(doc))
	f.Func().Id(names.NewClient).Params(args...).Params(jen.Op("*").Id(names.Client), jen.Error()).Block(
		jen.List(jen.Id("c"), jen.Err()).Op(":=").Add(rest("NewClient")).Call(rest("ClientConfig").Add(multi(config...)), jen.Id("opts")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Return(jen.Op("&").Id(names.Client).Add(multi(groups...)), jen.Nil()),
	)
	if e.limited() {
		e.seen(f, "Snapshot", "LimitSnapshot", "returns where each limit stands, in the order of the spec, for a status page or a test.")
		e.seen(f, "LimitMetrics", "LimitMetrics", "returns what the client has seen of each limit, for rest.PrometheusHandler and other exporters.")
	}
	if e.limited() {
		e.overrides(f)
	}
	e.tokenOption(f)
	e.oauthOptions(f)
}

// overrides prints the methods that change quotas while a program runs.
func (e *emitter) overrides(f *jen.File) {
	names := e.api.Names
	receiver := func() *jen.Statement { return jen.Func().Params(jen.Id("c").Op("*").Id(names.Client)) }
	f.Line().Comment(comment("Reload reads quotas and bursts from a file in the form that " + names.ReadOverrides + " reads, in the place of those of " +
		"rest.WithOverrides, and again whenever the file has changed, until ctx ends. Calls that wait go by them at once. A file that is wrong " +
		"changes nothing: the first time that is an error, later told gets it. With nil, told hears that a change is in force."))
	receiver().Id("Reload").Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("file").String(), jen.Id("told").Func().Params(jen.Error())).Error().Block(
		jen.Return(jen.Id("c").Dot("core").Dot("Reload").Call(jen.Id("ctx"), jen.Id("file"), jen.Id("told"))),
	)
	f.Line().Comment(comment("SetOverrides replaces what rest.WithOverrides or Reload set. Calls that wait go by it at once; after an error all is as before."))
	receiver().Id("SetOverrides").Params(jen.Id("amounts").Map(jen.String()).Add(ratelimit("Amount"))).Error().Block(
		jen.Return(jen.Id("c").Dot("core").Dot("SetOverrides").Call(jen.Id("amounts"))),
	)
}

// oauthOptions prints the options that fetch tokens with an id and a secret.
func (e *emitter) oauthOptions(f *jen.File) {
	for _, o := range e.api.OAuth {
		f.Line().Comment(comment(fmt.Sprintf("%s has the client fetch its tokens from %s with the id and secret of an OAuth 2 client, and renew them.",
			o.Option, oneLine(o.TokenURL))))
		f.Func().Id(o.Option).Params(jen.List(jen.Id("id"), jen.Id("secret")).String(), jen.Id("scopes").Op("...").String()).Add(rest("ClientOption")).Block(
			jen.Return(rest("WithClientCredentials").Call(jen.Lit(o.Scheme), jen.Lit(o.TokenURL), jen.Id("id"), jen.Id("secret"), jen.Id("scopes").Op("..."))),
		)
	}
}

// seen prints a method that passes on what the run-time's client tells of limits.
func (e *emitter) seen(f *jen.File, method, result, does string) {
	f.Line().Comment(comment(method + " " + does))
	f.Func().Params(jen.Id("c").Op("*").Id(e.api.Names.Client)).Id(method).Params().Index().Add(ratelimit(result)).Block(
		jen.Return(jen.Id("c").Dot("core").Dot(method).Call()),
	)
}

// limited reports whether the API has limits. A package of one without says nothing of them.
func (e *emitter) limited() bool { return len(e.api.Limits) > 0 }

// commonConfig is what client and server are both told.
func (e *emitter) commonConfig() []jen.Code {
	out := []jen.Code{field("API", jen.Lit(e.api.Name))}
	if e.limited() {
		out = append(out, field("Limits", jen.Id("limits").Index(jen.Op(":"))))
	}
	if len(e.api.Credentials) > 0 {
		out = append(out, field("Credentials", jen.Id("credentials")))
	}
	if len(e.api.Plans) > 0 {
		out = append(out, field("Plans", jen.Id("plans")))
	}
	if e.api.ErrorCode != "" {
		out = append(out, field("ErrorCode", jen.Lit(e.api.ErrorCode)))
	}
	if e.api.ErrorText != "" {
		out = append(out, field("ErrorMessage", jen.Lit(e.api.ErrorText)))
	}
	return out
}

// tokenOption prints the option that fetches tokens through the API itself.
func (e *emitter) tokenOption(f *jen.File) {
	t := e.api.Token
	if t == nil {
		return
	}
	expires := jen.Lit(0)
	if t.Expires != nil {
		expires = jen.Qual("time", "Duration").Call(access(jen.Id("out"), t.Expires)).Op("*").Qual("time", "Second")
	}
	f.Line().Comment(comment(fmt.Sprintf("%s fetches a token with %s when one is needed, keeps it until shortly before it expires, "+
		"and fetches another when the API no longer takes it. The fetch is paced by its own limits.", t.Option, t.Operation.Method)))
	f.Func().Id(t.Option).Params(jen.Id("body").Add(goType(t.Operation.Body.Type))).Add(rest("ClientOption")).Block(
		jen.Return(rest("WithTokenFetch").Call(
			jen.Func().Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("c").Op("*").Add(rest("Client"))).
				Params(jen.String(), jen.Qual("time", "Duration"), jen.Error()).Block(
				jen.List(jen.Id("out"), jen.Err()).Op(":=").Parens(jen.Op("&").Id(t.Group.Impl).Values(jen.Id("c"))).Dot(t.Operation.Method).
					Call(jen.Id("ctx"), jen.Id("body")),
				jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Lit(""), jen.Lit(0), jen.Err())),
				jen.Return(access(jen.Id("out"), t.Access), expires, jen.Nil()),
			),
		)),
	)
}

// access follows steps from a value; a nil pointer on the way reads as the zero value.
func access(from *jen.Statement, steps []model.Step) *jen.Statement {
	for _, s := range steps {
		from = from.Dot(s.Field)
		if s.Pointer {
			from = rest("Deref").Call(from)
		}
	}
	return from
}

// clientGroup prints a group's interface and its implementation.
func (e *emitter) clientGroup(f *jen.File, g *model.Group) {
	f.Line().Comment(sentence(g.Client, g.Doc, "are "+tagged(g.Tag)+"."))
	f.Type().Id(g.Client).InterfaceFunc(func(i *jen.Group) {
		for _, op := range g.Operations {
			i.Comment(comment(headline(op, "calls")))
			i.Id(op.Method).Params(e.clientParams(op)...).Add(e.results(op))
			if op.Stream != nil {
				i.Comment(comment(streamComment(op)))
				i.Id(op.Stream.Method).Params(e.clientParams(op)...).Params(jen.Op("*").Add(rest("Stream")), jen.Error())
			}
			if op.Page != nil {
				i.Comment(comment(fmt.Sprintf("%s calls %s for page after page and yields each item.", op.Page.Method, op.Method)))
				i.Id(op.Page.Method).Params(e.clientParams(op)...).Add(pageType(op))
			}
			if op.Parts != nil {
				i.Comment(comment(fmt.Sprintf("%s is %s in as many calls as the limits ask for.", op.Parts.Method, op.Method)))
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
		if op.Stream != nil {
			f.Line().Comment(comment(streamComment(op)))
			f.Func().Params(jen.Id("c").Op("*").Id(g.Impl)).Id(op.Stream.Method).Params(e.clientParams(op)...).
				Params(jen.Op("*").Add(rest("Stream")), jen.Error()).BlockFunc(func(b *jen.Group) {
				clientRequest(b, op)
				b.Id("r").Dot("Accept").Call(jen.Lit(op.Stream.Media))
				b.Return(rest("DoStream").Call(jen.Id("ctx"), jen.Id("r")))
			})
		}
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

// headline is a method's first line: what the spec says that it does, or with the given verb what
// it calls or serves.
func headline(op *model.Operation, verb string) string {
	if s := oneLine(op.Doc.Summary); s != "" {
		return op.Method + ": " + lowerFirst(s)
	}
	return fmt.Sprintf("%s %s %s %s", op.Method, verb, op.HTTPMethod, oneLine(op.Path))
}

// methodComment says what a method does, where, and within which limits.
func methodComment(op *model.Operation) string {
	text := sentence(op.Method, model.Doc{Summary: headline(op, "calls"), Description: op.Doc.Description}, "")
	if oneLine(op.Doc.Summary) != "" {
		text += "\n//\n" + comment(op.HTTPMethod+" "+op.Path)
	}
	if limits := limitLine(op); limits != "" {
		text += "\n//\n" + comment(limits)
	}
	if errors := errorLine(op); errors != "" {
		text += "\n//\n" + comment(errors)
	}
	if op.Doc.Deprecated {
		text += "\n//\n// Deprecated: the API marks this as deprecated."
	}
	return text
}

// clientParams are a method's parameters: path, body, then the rest as a struct.
func (e *emitter) clientParams(op *model.Operation) []jen.Code {
	return append([]jen.Code{jen.Id("ctx").Qual("context", "Context")}, argParams(op)...)
}

func argParams(op *model.Operation) []jen.Code {
	var out []jen.Code
	for _, p := range op.Args {
		out = append(out, jen.Id(p.Arg).Add(goType(p.Type)))
	}
	if op.Body != nil {
		out = append(out, jen.Id("body").Add(goType(op.Body.Type)))
	}
	if op.ParamsType != "" {
		out = append(out, jen.Id("params").Id(op.ParamsType))
	}
	return out
}

// argNames are the same as values.
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

// results are what a method returns.
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

// streamComment says what a method is that has an answer piece by piece.
func streamComment(op *model.Operation) string {
	return fmt.Sprintf("%s is %s with an answer in %s, which the caller reads piece by piece and closes.", op.Stream.Method, op.Method, oneLine(op.Stream.Media))
}

func (e *emitter) clientBody(b *jen.Group, op *model.Operation) {
	clientRequest(b, op)
	clientAnswer(b, op)
}

// clientRequest puts a call together.
func clientRequest(b *jen.Group, op *model.Operation) {
	b.Id("r").Op(":=").Id("c").Dot("core").Dot("NewCall").Call(jen.Id(op.Const))
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

// clientAnswer sends the call and reads its answer.
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
			jen.Id("parts").Op("=").Append(jen.Id("parts"), part(f.Name, jen.Op("&").Add(files.Clone()).Index(jen.Id("i")))),
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
	rest := discard() // of what no member has
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

func pageType(op *model.Operation) jen.Code {
	return jen.Qual("iter", "Seq2").Index(jen.List(goType(op.Page.Item), jen.Error()))
}

// iterator prints the method that walks through all pages.
func (e *emitter) iterator(f *jen.File, g *model.Group, op *model.Operation) {
	p := op.Page
	call := jen.List(jen.Id("page"), jen.Err()).Op(":=").Id("c").Dot(op.Method).Call(append([]jen.Code{jen.Id("ctx")}, argNames(op)...)...)
	fail := jen.If(jen.Err().Op("!=").Nil()).Block(
		jen.Var().Id("none").Add(goType(p.Item)),
		jen.Id("yield").Call(jen.Id("none"), jen.Err()),
		jen.Return(),
	)
	items := access(jen.Id("page"), p.Items)
	each := jen.For(jen.List(jen.Id("_"), jen.Id("item")).Op(":=").Range().Add(items)).Block(
		jen.If(jen.Op("!").Id("yield").Call(jen.Id("item"), jen.Nil())).Block(jen.Return()),
	)
	arg := jen.Id("params").Dot(p.CursorArg.Field)
	isPointer := p.CursorArg.Type.Kind == model.Pointer
	var loop []jen.Code
	if p.Cursor != nil {
		set := arg.Clone().Op("=").Id("next")
		if isPointer {
			set = arg.Clone().Op("=").Op("&").Id("next")
		}
		loop = []jen.Code{jen.For().Block(call, fail, each,
			jen.Id("next").Op(":=").Add(access(jen.Id("page"), p.Cursor)),
			jen.If(jen.Id("next").Op("==").Lit("")).Block(jen.Return()),
			set,
		)}
	} else {
		loop = pageLoop(p, arg, isPointer, call, fail, each)
	}
	f.Line().Comment(comment(fmt.Sprintf("%s calls %s for page after page and yields each item. It stops at the first error, which it yields.", p.Method, op.Method)))
	f.Func().Params(jen.Id("c").Op("*").Id(g.Impl)).Id(p.Method).Params(e.clientParams(op)...).Add(pageType(op)).Block(
		jen.Return(jen.Func().Params(jen.Id("yield").Func().Params(goType(p.Item), jen.Error()).Bool()).Block(loop...)),
	)
}

// pageLoop counts pages until one is empty, or shorter than the size that was asked for.
func pageLoop(p *model.Page, arg *jen.Statement, isPointer bool, call, fail, each jen.Code) []jen.Code {
	number := p.CursorArg.Type
	start := []jen.Code{jen.Id("n").Op(":=").Add(goType(number)).Call(jen.Lit(int(p.First)))}
	set := arg.Clone().Op("=").Id("n")
	if isPointer {
		number = number.Elem
		start = []jen.Code{
			jen.Id("n").Op(":=").Add(goType(number)).Call(jen.Lit(int(p.First))),
			jen.If(arg.Clone().Op("!=").Nil()).Block(jen.Id("n").Op("=").Op("*").Add(arg.Clone())),
		}
		set = arg.Clone().Op("=").Op("&").Id("n")
	}
	body := []jen.Code{set, call, fail, each}
	count := jen.Len(access(jen.Id("page"), p.Items))
	body = append(body, jen.If(count.Clone().Op("==").Lit(0)).Block(jen.Return()))
	if p.Size != nil && p.Size.Type.Kind == model.Pointer {
		// A clone shares what is added to it, so each use is a statement of its own.
		size := func() *jen.Statement { return jen.Id("params").Dot(p.Size.Field) }
		asked := jen.Op("*").Add(size())
		if p.Size.Type.Elem.Name != "int64" {
			asked = jen.Int64().Call(asked)
		}
		body = append(body, jen.If(size().Op("!=").Nil().Op("&&").Int64().Call(count).Op("<").Add(asked)).Block(jen.Return()))
	}
	return append(start, jen.For(jen.Empty(), jen.Empty(), jen.Id("n").Op("++")).Block(body...))
}

// bodyNames are the methods of a call that set its body.
var bodyNames = map[model.BodyKind]string{model.JSON: "JSON", model.Form: "Form", model.Text: "Text", model.Binary: "Binary"}

// capital is a name with its first letter in upper case.
func capital(name string) string { return strings.ToUpper(name[:1]) + name[1:] }
