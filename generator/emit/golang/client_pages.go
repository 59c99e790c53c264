package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

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

// pageLoop counts pages until one is empty, or shorter than the requested size.
func pageLoop(
	p *model.Page, arg *jen.Statement, isPointer bool, call, fail, each jen.Code,
) []jen.Code {
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
		// Clones share later additions, so each use needs a statement of its own.
		size := func() *jen.Statement { return jen.Id("params").Dot(p.Size.Field) }
		asked := jen.Op("*").Add(size())
		if p.Size.Type.Elem.Name != "int64" {
			asked = jen.Int64().Call(asked)
		}
		body = append(body, jen.If(size().Op("!=").Nil().Op("&&").Int64().Call(count).Op("<").Add(asked)).Block(jen.Return()))
	}
	return append(start, jen.For(jen.Empty(), jen.Empty(), jen.Id("n").Op("++")).Block(body...))
}
