package golang

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// Webhooks and callbacks are requests that the API sends. Clients of the API receive them and the
// API sends them, so both directions are printed for either.

// hooks reports whether there is code for webhooks.
func (e *emitter) hooks() bool { return len(e.api.Webhooks) > 0 && !e.slim() }

// checks reports whether the package validates requests.
func (e *emitter) checks() bool { return e.targets.Server || e.hooks() }

// webhooks prints the table of webhooks, and what receives them.
func (e *emitter) webhooks(f *jen.File) {
	n := e.api.Names.Webhook
	f.Line().Comment(comment("Webhooks, for the method Only of what " + n.New + " returns."))
	f.Const().DefsFunc(func(g *jen.Group) {
		for i, w := range e.api.Webhooks {
			def := g.Id(w.Const)
			if i == 0 {
				def.Op("=").Iota()
			}
		}
	})
	rows := make([]jen.Code, 0, len(e.api.Webhooks))
	for _, w := range e.api.Webhooks {
		rows = append(rows, jen.Id(w.Const).Op(":").Add(multi(e.operationFields(w.Operation)...)))
	}
	f.Line().Comment("// webhookTable describes how each webhook is sent and told from others.")
	f.Var().Id("webhookTable").Op("=").Index(jen.Op("...")).Add(rest("Operation")).Add(multi(rows...))

	f.Line().Comment(comment(n.Handlers + " receive the requests that the API sends. A method fails " +
		"with a *rest.APIError to choose the answer."))
	f.Type().Id(n.Handlers).InterfaceFunc(func(i *jen.Group) {
		for _, w := range e.api.Webhooks {
			i.Comment(comment(webhookLine(w, "receives")))
			i.Id(w.Method).Params(e.handlerParams(w.Operation)...).Add(e.results(w.Operation))
		}
	})
	e.newWebhooks(f)
	f.Line().Comment(comment(n.Unimplemented + " answers 501 to everything. Embed it to receive " +
		"some webhooks and not others."))
	f.Type().Id(n.Unimplemented).Struct()
	for _, w := range e.api.Webhooks {
		e.unimplemented(f, n.Unimplemented, w.Operation)
	}
	f.Line().Type().Id(n.Endpoints).Struct(jen.Id("h").Id(n.Handlers))
	for _, w := range e.api.Webhooks {
		f.Line().Comment(comment(w.Endpoint + " receives " + webhookName(w) + "."))
		f.Func().Params(jen.Id("e").Id(n.Endpoints)).Id(w.Endpoint).
			Params(jen.Id("x").Op("*").Add(rest("Exchange"))).Error().
			BlockFunc(func(b *jen.Group) { e.endpoint(b, w.Operation, jen.Id("e").Dot("h")) })
	}
}

// newWebhooks prints the constructor of what receives webhooks.
func (e *emitter) newWebhooks(f *jen.File) {
	n := e.api.Names.Webhook
	f.Line().Comment(comment(n.New + " returns an http.Handler for one address that receives all " +
		"webhooks; it tells them apart by their bodies. Its method Only returns a handler for an address of " +
		"one webhook. It requires rest.WithSignature or rest.WithAuth, or rest.WithoutAuth if a proxy verifies requests."))
	config := &composite{}
	config.add("API", jen.Lit(e.api.Name))
	config.text("Title", e.api.Title)
	config.table("Operations", "webhookTable")
	config.table("Schemas", "schemas")
	e.prefixConfig(config)
	e.webhookConfig(config)
	options := jen.Id("opts").Op("...").Add(rest("ServerOption"))
	made := rest("NewWebhooks").Call(rest("ServerConfig").Add(multi(config.fields...)), jen.Id("opts"))
	f.Func().Id(n.New).Params(jen.Id("h").Id(n.Handlers), options).
		Params(jen.Op("*").Add(rest("Webhooks")), jen.Error()).BlockFunc(func(b *jen.Group) {
		b.List(jen.Id("s"), jen.Err()).Op(":=").Add(made)
		b.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))
		b.Id("e").Op(":=").Id(n.Endpoints).Values(jen.Id("h"))
		for _, w := range e.api.Webhooks {
			b.Id("s").Dot("Handle").Call(jen.Id(w.Const), jen.Id("e").Dot(w.Endpoint))
		}
		b.Return(jen.Id("s"), jen.Nil())
	})
}

// webhookConfig adds what sender and receiver share.
func (e *emitter) webhookConfig(config *composite) {
	limited := func(w *model.Webhook) bool { return len(w.Rates) > 0 }
	if slices.ContainsFunc(e.api.Webhooks, limited) {
		config.table("Limits", "limits")
	}
	if len(e.api.Credentials) > 0 {
		config.add("Credentials", jen.Id("credentials"))
	}
}

// webhookName names a webhook in comments.
func webhookName(w *model.Webhook) string {
	if w.Of == "" {
		return fmt.Sprintf("the webhook %q", oneLine(w.Name))
	}
	return fmt.Sprintf("the callback %q of %s", oneLine(w.Name), w.Of)
}

// webhookLine is the first line of a method's comment.
func webhookLine(w *model.Webhook, does string) string {
	text := fmt.Sprintf("%s %s %s", w.Method, does, webhookName(w))
	if s := oneLine(w.Doc.Summary); s != "" {
		text += ": " + lowerFirst(s)
	}
	return text
}

// webhookSender prints what sends webhooks.
func (e *emitter) webhookSender(f *jen.File) {
	n := e.api.Names.Webhook
	f.Line().Comment(comment(n.Sender + " sends webhooks, each to the URL that its receiver gave. It " +
		"follows no redirects, and repeats what could not be delivered as a client does. A URL that " +
		"others choose may lead into your own network: give rest.WithHTTPClient a client that does " +
		"not go there."))
	f.Type().Id(n.Sender).Struct(jen.Id("core").Op("*").Add(rest("Client")))
	config := &composite{}
	config.add("API", jen.Lit(e.api.Name))
	config.table("Operations", "webhookTable")
	e.webhookConfig(config)
	made := rest("NewSender").Call(rest("ClientConfig").Add(multi(config.fields...)), jen.Id("opts"))
	f.Line().Comment(comment(n.NewSender + " returns a sender; rest.WithSigner signs what it sends."))
	f.Func().Id(n.NewSender).Params(jen.Id("opts").Op("...").Add(rest("ClientOption"))).
		Params(jen.Op("*").Id(n.Sender), jen.Error()).Block(
		jen.List(jen.Id("c"), jen.Err()).Op(":=").Add(made),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Return(jen.Op("&").Id(n.Sender).Values(jen.Id("c")), jen.Nil()),
	)
	for _, w := range e.api.Webhooks {
		text := webhookLine(w, "sends") + "."
		if w.To != "" {
			text += "\n\nIts URL is " + oneLine(w.To) + "."
			if w.URL != nil {
				text += " See " + w.URL.Func + "."
			}
		}
		if limits := limitLine(w.Operation); limits != "" {
			text += "\n\n" + limits
		}
		if w.Doc.Deprecated {
			text += "\n\nDeprecated: the API marks this as deprecated."
		}
		params := []jen.Code{jen.Id("ctx").Qual("context", "Context"), jen.Id("to").String()}
		params = append(params, argParams(w.Operation)...)
		f.Line().Comment(comment(text))
		f.Func().Params(jen.Id("c").Op("*").Id(n.Sender)).Id(w.Method).Params(params...).Add(e.results(w.Operation)).
			BlockFunc(func(b *jen.Group) {
				clientRequest(b, w.Operation, jen.Id("r").Dot("To").Call(jen.Id("to")))
				clientAnswer(b, w.Operation)
			})
		e.callbackURL(f, w)
	}
}

// callbackURL prints the function that finds a callback's URL in what its operation was given.
func (e *emitter) callbackURL(f *jen.File, w *model.Webhook) {
	if w.URL == nil {
		return
	}
	f.Line().Comment(comment(fmt.Sprintf("%s returns the URL for %s, %s of the request; \"\" if there is none.",
		w.URL.Func, webhookName(w), oneLine(w.To))))
	f.Func().Id(w.URL.Func).Params(jen.Id("from").Add(goType(w.URL.Type))).String().BlockFunc(func(b *jen.Group) {
		value := func(p model.URLPart) *jen.Statement {
			from := jen.Id("from")
			if w.URL.Type.Kind == model.Pointer {
				from = rest("Deref").Call(from)
			}
			return access(from, p.Steps)
		}
		parts := w.URL.Parts
		if len(parts) == 1 {
			b.Return(value(parts[0]))
			return
		}
		whole := jen.Null()
		for i, p := range parts {
			if i > 0 {
				whole.Op("+")
			}
			if p.Steps == nil {
				whole.Lit(p.Text)
				continue
			}
			b.If(value(p).Op("==").Lit("")).Block(jen.Return(jen.Lit("")))
			whole.Add(value(p))
		}
		b.Return(whole)
	})
}
