package golang

import (
	"fmt"
	"slices"

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
	f.Line().Comment(comment(text + ". Its methods are in groups, one for each tag; " +
		"each group is an interface, so that tests can replace it by a fake."))
	f.Type().Id(names.Client).StructFunc(func(g *jen.Group) {
		for _, group := range e.api.Groups {
			g.Id(group.Field).Id(group.Client)
		}
		g.Line().Id("core").Op("*").Add(rest("Client"))
	})

	args := []jen.Code{jen.Id("baseURL")}
	scope := jen.Dict{}
	doc := names.NewClient + " returns a client of the API at baseURL"
	if e.api.BaseURL != "" {
		doc += fmt.Sprintf("; %q means %s", "", oneLine(e.api.BaseURL))
	}
	doc += "."
	if slices.ContainsFunc(e.api.Operations, func(op *model.Operation) bool { return op.Server != "" }) {
		doc += " Operations that have a server of their own in the spec are called there; with another baseURL they are called at its" +
			" host, below the path of their own server, unless WithServerURL says otherwise."
	}
	if others := e.otherServers(); others != "" {
		doc += " " + others
	}
	for _, p := range e.api.Scope {
		args = append(args, jen.Id(p.Arg))
		scope[jen.Lit(p.Name)] = jen.Id(p.Arg)
	}
	params := []jen.Code{
		jen.List(args...).String(), jen.Id("opts").Op("...").Add(rest("ClientOption")),
	}
	config := &composite{}
	config.add("BaseURL", jen.Id("baseURL"))
	config.text("DefaultURL", e.api.BaseURL)
	config.table("Operations", "operations")
	if len(e.api.Exceeded) > 0 {
		config.add("Exceeded", jen.Id("exceededAnswers"))
	}
	e.commonConfig(config)
	if len(scope) > 0 {
		config.add("Scope", jen.Map(jen.String()).String().Values(scope))
	}
	groups := make([]jen.Code, 0, len(e.api.Groups)+1)
	for _, g := range e.api.Groups {
		groups = append(groups, field(g.Field, jen.Op("&").Id(g.Impl).Values(jen.Id("c"))))
	}
	groups = append(groups, field("core", jen.Id("c")))
	f.Line().Comment(comment(doc))
	f.Func().Id(names.NewClient).Params(params...).Params(jen.Op("*").Id(names.Client), jen.Error()).Block(
		jen.List(jen.Id("c"), jen.Err()).Op(":=").Add(rest("NewClient")).Call(rest("ClientConfig").Add(multi(config.fields...)), jen.Id("opts")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Return(jen.Op("&").Id(names.Client).Add(multi(groups...)), jen.Nil()),
	)
	if e.limited() {
		e.seen(f, "Snapshot", "LimitSnapshot", "returns the state of each limit, in the order of the spec, for a status page or a test.")
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
	receiver := func() *jen.Statement { return f.Func().Params(jen.Id("c").Op("*").Id(names.Client)) }
	f.Line().Comment(comment("Reload reads quotas and bursts from a file in the form that " +
		names.ReadOverrides + " reads, in the place of those of " +
		"rest.WithOverrides, and again whenever the file has changed, until ctx ends. Calls that wait go by them at once. " +
		"A file that is wrong changes nothing: the first time, Reload returns the error; later it calls told with it. After a change it calls told with nil."))
	receiver().Id("Reload").Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("file").String(), jen.Id("told").Func().Params(jen.Error())).Error().Block(
		jen.Return(jen.Id("c").Dot("core").Dot("Reload").Call(jen.Id("ctx"), jen.Id("file"),
			jen.Id("told"))),
	)
	f.Line().Comment(comment("SetOverrides replaces what rest.WithOverrides or Reload set. Calls that wait go by it at once; after an error all is as before."))
	receiver().Id("SetOverrides").Params(jen.Id("amounts").Map(jen.String()).Add(ratelimit("Amount"))).Error().Block(
		jen.Return(jen.Id("c").Dot("core").Dot("SetOverrides").Call(jen.Id("amounts"))),
	)
}

// oauthOptions prints the options that fetch tokens with an id and a secret.
func (e *emitter) oauthOptions(f *jen.File) {
	for _, o := range e.api.OAuth {
		f.Line().Comment(comment(fmt.Sprintf("%s makes the client fetch its tokens from %s with the id and secret of an OAuth 2 client, and renew them.",
			o.Option, oneLine(o.TokenURL))))
		f.Func().Id(o.Option).Params(jen.List(jen.Id("id"), jen.Id("secret")).String(), jen.Id("scopes").Op("...").String()).Add(rest("ClientOption")).Block(
			jen.Return(rest("WithClientCredentials").Call(jen.Lit(o.Scheme), jen.Lit(o.TokenURL),
				jen.Id("id"), jen.Id("secret"), jen.Id("scopes").Op("..."))),
		)
	}
}

// seen prints a method that passes on the run-time client's data about limits.
func (e *emitter) seen(f *jen.File, method, result, does string) {
	f.Line().Comment(comment(method + " " + does))
	f.Func().Params(jen.Id("c").Op("*").Id(e.api.Names.Client)).Id(method).Params().Index().Add(ratelimit(result)).Block(
		jen.Return(jen.Id("c").Dot("core").Dot(method).Call()),
	)
}

// limited reports whether the API has limits. Otherwise its package does not mention them.
func (e *emitter) limited() bool { return len(e.api.Limits) > 0 }

// commonConfig adds the configuration that client and server share.
func (e *emitter) commonConfig(config *composite) {
	config.add("API", jen.Lit(e.api.Name))
	if e.limited() {
		config.table("Limits", "limits")
	}
	if len(e.api.Credentials) > 0 {
		config.add("Credentials", jen.Id("credentials"))
	}
	if len(e.api.Plans) > 0 {
		config.add("Plans", jen.Id("plans"))
	}
	config.text("ErrorCode", e.api.ErrorCode)
	config.text("ErrorMessage", e.api.ErrorText)
	if len(e.api.Servers) > 0 {
		config.add("Servers", jen.Id("servers"))
	}
}

// tokenOption prints the option that fetches tokens through the API itself.
func (e *emitter) tokenOption(f *jen.File) {
	t := e.api.Token
	if t == nil {
		return
	}
	expires := jen.Lit(0)
	if t.Expires != nil {
		expires = jen.Qual("time", "Duration").Call(access(jen.Id("out"),
			t.Expires)).Op("*").Qual("time", "Second")
	}
	f.Line().Comment(comment(fmt.Sprintf("%s fetches a token with %s when one is needed, keeps it until shortly before it expires, "+
		"and fetches another when the API rejects it. The fetch is paced by its own limits.", t.Option,
		t.Operation.Method)))
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
