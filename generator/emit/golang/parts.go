package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// partsParams returns those of the call, and where to begin.
func (e *emitter) partsParams(op *model.Operation) []jen.Code {
	return append(e.clientParams(op), jen.Id("from").Int())
}

// partResult returns the type of one part's answer; an empty struct for a call without an answer.
func partResult(op *model.Operation) jen.Code {
	r := op.Result
	switch {
	case r.Struct != "":
		return jen.Op("*").Id(r.Struct)
	case r.Type == nil:
		return jen.Struct()
	}
	return resultOf(r.Kind, r.Type)
}

func partsType(op *model.Operation) jen.Code {
	return jen.Qual("iter", "Seq2").Index(jen.List(rest("BatchPart").Index(partResult(op)),
		jen.Error()))
}

// parts prints the method that splits a long list over several calls.
func (e *emitter) parts(f *jen.File, g *model.Group, op *model.Operation) {
	list := access(jen.Id("body"), op.Parts.Items)
	cut := access(jen.Id("part"), op.Parts.Items).Op("=").Add(access(jen.Id("body"), op.Parts.Items)).
		Index(jen.Id("from").Op(":").Id("to").Op(":").Id("to"))
	args := argNames(op)
	args[len(op.Args)] = jen.Id("part") // the body follows the path
	call := jen.Id("c").Dot(op.Method).Call(append([]jen.Code{jen.Id("ctx")}, args...)...)
	send := []jen.Code{jen.Id("part").Op(":=").Id("body"), cut, jen.Return(call)}
	if op.Result.Struct == "" && op.Result.Type == nil {
		send[2] = jen.Return(jen.Struct().Values(), call)
	}
	text := fmt.Sprintf("%s sends the items of body%s from the item from on in as many calls of %s as the limits ask for, one after "+
		"the other. It yields each part when it has been answered, and ends with the first error. To resume, call it again "+
		"with the From of the part that failed; that part may have been carried out nevertheless if no answer came. "+
		"Calls that are not part of a batch go first.", op.Parts.Method, fields(op.Parts.Items),
		op.Method)
	f.Line().Comment(comment(text))
	f.Func().Params(jen.Id("c").Op("*").Id(g.Impl)).Id(op.Parts.Method).Params(e.partsParams(op)...).Add(partsType(op)).Block(
		jen.Return(rest("InParts").Call(
			jen.Id("ctx"), jen.Id("c").Dot("core"), jen.Id(op.Const), jen.Lit(op.Parts.Pointer),
			jen.Id("from"), jen.Len(list), jen.Func().Params(jen.Id("ctx").Qual("context", "Context"), jen.List(jen.Id("from"), jen.Id("to")).Int()).
				Params(partResult(op), jen.Error()).Block(send...),
		)),
	)
}

func fields(steps []model.Step) string {
	text := ""
	for _, s := range steps {
		text += "." + s.Field
	}
	return text
}
