package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// slim reports whether the tables need only what limits read: then neither requests nor answers are
// encoded, decoded or checked.
func (e *emitter) slim() bool { return !e.targets.Client && !e.targets.Server }

// params returns the parameters of an operation that its table needs: those of the path, which are
// found by their order, and what the limits look at.
func (e *emitter) params(op *model.Operation) []*model.Param {
	if !e.slim() {
		return op.Params
	}
	read := make(map[model.Expr]bool)
	for _, x := range op.Expressions() {
		read[model.Expr{In: x.In, Name: x.Name}] = true
	}
	var out []*model.Param
	for _, p := range op.Params {
		if p.In == model.InPath || read[model.Expr{In: p.In, Name: p.Name}] {
			out = append(out, p)
		}
	}
	return out
}

// isKey reports whether a parameter is part of a partition key. Its default is printed then, since
// an absent value counts as it.
func isKey(op *model.Operation, p *model.Param) bool {
	for _, r := range op.Rates {
		for _, d := range r.Dimensions() {
			if d.Expr != nil && d.Expr.In == p.In && d.Expr.Name == p.Name {
				return true
			}
		}
	}
	return false
}

func readsBody(op *model.Operation) bool {
	for _, x := range op.Expressions() {
		if x.In == model.InBody {
			return true
		}
	}
	return false
}

// transportConfig is what a transport is told of its API.
func (e *emitter) transportConfig() []jen.Code {
	config := &composite{}
	config.text("DefaultURL", e.api.BaseURL)
	config.table("Operations", "operations")
	if e.readsForms() {
		config.table("Schemas", "schemas")
	}
	if len(e.api.Exceeded) > 0 {
		config.add("Exceeded", jen.Id("exceededAnswers"))
	}
	e.commonConfig(config)
	return config.fields
}

// transport prints the constructor of what paces any client of the API.
func (e *emitter) transport(f *jen.File) {
	names := e.api.Names
	config := e.transportConfig()
	where := "its server, " + oneLine(e.api.BaseURL) + " unless WithBaseURL says otherwise"
	if len(e.api.Servers) > 0 {
		where = "a server of the spec, or to that which WithBaseURL names instead"
	}
	if e.api.BaseURL == "" {
		where = "the server that WithBaseURL names"
	}
	f.Line().Comment(comment(names.NewTransport +
		" returns an http.RoundTripper that paces every request to " + where +
		", and sends it by base, or by one like net/http's default if that is nil:"))
	f.Comment("//")
	arguments := "nil"
	if e.api.BaseURL == "" {
		arguments = "nil, rest.WithBaseURL(baseURL)"
	}
	f.Comment("//\ttransport, err := " + e.api.Package + "." + names.NewTransport + "(" + arguments +
		")")
	f.Comment("//\tclient := &http.Client{Transport: transport} // for any client of the API")
	f.Func().Id(names.NewTransport).Params(jen.Id("base").Qual("net/http", "RoundTripper"), jen.Id("opts").Op("...").Add(rest("ClientOption"))).
		Params(jen.Op("*").Add(rest("Transport")), jen.Error()).Block(
		jen.Return(rest("NewTransport").Call(jen.Id("base"), rest("ClientConfig").Add(multi(config...)),
			jen.Id("opts"))),
	)
}

// middleware prints the constructors of what enforces the limits in front of any handler.
func (e *emitter) middleware(f *jen.File) {
	names := e.api.Names
	f.Line().Comment(comment(names.NewMiddleware +
		" returns a middleware that enforces the limits in front of any handler: see rest.Middleware."))
	f.Func().Id(names.NewMiddleware).Params(jen.Id("opts").Op("...").Add(rest("ServerOption"))).
		Params(jen.Op("*").Add(rest("Middleware")), jen.Error()).Block(
		jen.Return(rest("NewMiddleware").Call(rest("ServerConfig").Add(multi(e.serverConfig()...)),
			jen.Id("opts"))),
	)
	f.Line().Comment(comment(names.Limit + " is the Handler of " + names.NewMiddleware +
		", for a router's list of middleware. It panics on an option that " +
		names.NewMiddleware + " refuses."))
	f.Func().Id(names.Limit).Params(jen.Id("opts").Op("...").Add(rest("ServerOption"))).
		Func().Params(jen.Qual("net/http", "Handler")).Qual("net/http", "Handler").Block(
		jen.List(jen.Id("m"), jen.Err()).Op(":=").Id(names.NewMiddleware).Call(jen.Id("opts").Op("...")),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Panic(jen.Err())),
		jen.Return(jen.Id("m").Dot("Handler")),
	)
}
