package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// A media type beside the preferred one has a method of its own in the client. A handler that has
// it too implements an interface of one method, so that handlers need not have it.

// mediaComment returns the comment of a client's method for another media type.
func mediaComment(op *model.Operation, m *model.Media) string {
	switch {
	case m.Live:
		return fmt.Sprintf("%s is %s with an answer in %s, which the caller reads piece by piece "+
			"and closes.", m.Method, op.Method, oneLine(m.Answer.Media))
	case m.Answer != nil:
		return fmt.Sprintf("%s is %s with an answer in %s.", m.Method, op.Method, oneLine(m.Answer.Media))
	}
	media := oneLine(op.Bodies[m.Body-1].Media)
	text := fmt.Sprintf("%s is %s with a body in %s.", m.Method, op.Method, media)
	if strings.HasSuffix(media, "/*") && media != "*/*" && media != "application/*" {
		text += ` Content-Type, given by rest.WithHeader, says in which of them.`
	}
	return text
}

// clientMedia prints the methods of an operation for other media types.
func (e *emitter) clientMedia(f *jen.File, g *model.Group, op *model.Operation) {
	for _, m := range op.Media {
		as := op.As(m)
		text := mediaComment(op, m)
		if limits := limitLine(op); limits != "" {
			text += "\n\n" + limits
		}
		f.Line().Comment(comment(text))
		chosen := jen.Id("r").Dot("BodyType").Call(jen.Lit(m.Body))
		if m.Answer != nil {
			chosen = jen.Id("r").Dot("Accept").Call(jen.Lit(m.Answer.Media))
		}
		f.Func().Params(jen.Id("c").Op("*").Id(g.Impl)).Id(m.Method).
			Params(e.clientParams(as)...).Add(e.results(as)).
			BlockFunc(func(b *jen.Group) {
				clientRequest(b, as, chosen)
				clientAnswer(b, as)
			})
	}
}

// mediaHandlers prints the interfaces of handlers that have methods for other media types.
func (e *emitter) mediaHandlers(f *jen.File, g *model.Group) {
	for _, op := range g.Operations {
		for _, m := range op.Media {
			if m.Handler == "" {
				continue
			}
			does := "also answers in " + oneLine(mediaOf(op, m)) + ", if the caller prefers that."
			if m.Body > 0 {
				does = "also takes bodies in " + oneLine(mediaOf(op, m)) + ". Others answer 415."
			}
			as := op.As(m)
			f.Line().Comment(comment(fmt.Sprintf("%s is implemented by a handler that for %s %s",
				m.Handler, op.Method, does)))
			method := jen.Id(m.Method).Params(e.handlerParams(as)...).Add(e.results(as))
			f.Type().Id(m.Handler).Interface(method)
		}
	}
}

func mediaOf(op *model.Operation, m *model.Media) string {
	if m.Body > 0 {
		return op.Bodies[m.Body-1].Media
	}
	return m.Answer.Media
}

// mediaNotes says beside a handler's method which interfaces add media types to it, and which media
// types it gets alike.
func mediaNotes(op *model.Operation) string {
	text := ""
	if bodies := alike(op); len(bodies) > 0 {
		text += "\n\nThe body may also come in " + oneLine(strings.Join(bodies, ", ")) +
			"; see rest.RequestMediaType."
	}
	var names []string
	for _, m := range op.Media {
		if m.Handler != "" {
			names = append(names, m.Handler)
		}
	}
	if len(names) > 0 {
		text += "\n\nFor other media types see " + strings.Join(names, ", ") + "."
	}
	return text
}

// alike returns the media types of the request that are one to the handler.
func alike(op *model.Operation) []string {
	var out []string
	for _, b := range op.Bodies {
		if !b.Own {
			out = append(out, b.Media)
		}
	}
	return out
}

// registerMedia prints the code that registers the methods of a handler for other media types.
func registerMedia(b *jen.Group, op *model.Operation) {
	for _, m := range op.Media {
		if m.Handler == "" {
			continue
		}
		method, which := "HandleBody", jen.Lit(m.Body)
		if m.Answer != nil {
			method, which = "HandleAnswer", jen.Lit(m.Answer.Media)
		}
		serve := jen.Id("e").Dot(m.Endpoint).Call(jen.Id("h"))
		has := jen.List(jen.Id("h"), jen.Id("ok")).Op(":=").Id("e").Dot("h").Assert(jen.Id(m.Handler))
		b.If(has, jen.Id("ok")).Block(jen.Id("s").Dot(method).Call(jen.Id(op.Const), which, serve))
	}
}

// mediaEndpoints prints the adapters of handlers for other media types.
func (e *emitter) mediaEndpoints(f *jen.File, g *model.Group, op *model.Operation) {
	for _, m := range op.Media {
		if m.Handler == "" {
			continue
		}
		serve := func() *jen.Statement {
			return jen.Func().Params(jen.Id("x").Op("*").Add(rest("Exchange"))).Error()
		}
		inner := serve().BlockFunc(func(b *jen.Group) { e.endpoint(b, op.As(m), jen.Id("h")) })
		f.Line().Comment(comment(fmt.Sprintf("%s serves %s %s in %s.",
			m.Endpoint, op.HTTPMethod, op.Path, mediaOf(op, m))))
		f.Func().Params(jen.Id(g.Endpoints)).Id(m.Endpoint).Params(jen.Id("h").Id(m.Handler)).
			Add(serve()).Block(jen.Return(inner))
	}
}

var usualMedia = map[model.BodyKind]string{
	model.JSON: "application/json", model.Text: "text/plain", model.Binary: "application/octet-stream",
}

// typed returns the exchange, which is told the media type of the answer where that is not the
// usual one of its kind.
func typed(a *model.Answer) *jen.Statement {
	x := jen.Id("x")
	if len(a.Also) == 0 &&
		(a.Media == "" || a.Media == usualMedia[a.Kind] || strings.Contains(a.Media, "*")) {
		return x
	}
	return x.Dot("Type").Call(literals(append([]string{a.Media}, a.Also...))...)
}
