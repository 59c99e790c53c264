package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// nullsField prints the field that says which properties are null: bools with the names of the
// fields, as many on a line as fit.
func nullsField(d *model.Decl) []jen.Code {
	var lines []jen.Code
	var line []jen.Code
	width := 0
	flush := func() {
		if len(line) > 0 {
			lines = append(lines, jen.List(line...).Bool())
		}
		line, width = nil, 0
	}
	for _, f := range d.Fields {
		if !f.Nullable() {
			continue
		}
		if width += len(f.Name) + len(", "); width > commentWidth-len(" bool")-4 {
			flush()
			width = len(f.Name)
		}
		line = append(line, jen.Id(f.Name))
	}
	flush()
	return []jen.Code{
		jen.Comment("// " + d.Nulls + " says which properties are null, not absent, where their field is nil."),
		jen.Id(d.Nulls).Struct(lines...).Tag(map[string]string{"json": "-", "null": "fields"}),
	}
}

// nullStruct prints the methods of a struct that tells null from absence.
func nullStruct(f *jen.File, d *model.Decl) {
	plain := jen.Type().Id("plain").Id(d.Name)
	f.Line().Comment(comment("UnmarshalJSON sets the flags of " + d.Nulls +
		" for properties that are null."))
	f.Func().Params(jen.Id("v").Op("*").Id(d.Name)).Id("UnmarshalJSON").
		Params(jen.Id("data").Index().Byte()).Error().Block(plain.Clone(),
		jen.Return(rest("UnmarshalFields").Call(jen.Id("data"),
			jen.Parens(jen.Op("*").Id("plain")).Call(jen.Id("v")))),
	)
	f.Line().Comment(comment("MarshalJSON writes null for properties whose flag in " + d.Nulls +
		" is set."))
	f.Func().Params(jen.Id("v").Id(d.Name)).Id("MarshalJSON").
		Params().Params(jen.Index().Byte(), jen.Error()).Block(plain,
		jen.Return(rest("MarshalFields").Call(jen.Id("plain").Call(jen.Id("v")))),
	)
}
