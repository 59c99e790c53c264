package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// schemas prints what the server asks of JSON values.
func (e *emitter) schemas(f *jen.File) {
	rows := make([]jen.Code, 0, len(e.api.Schemas))
	for i, s := range e.api.Schemas {
		row := jen.Lit(i).Op(":").Values(schemaFields(s)...)
		if s.Comment != "" {
			row = jen.Comment("// " + oneLine(s.Comment)).Line().Add(row)
		}
		rows = append(rows, row)
	}
	f.Line().Comment("// schemas is what requests are validated against. References are indexes of this table; 0 accepts everything.")
	f.Var().Id("schemas").Op("=").Index(jen.Op("...")).Id("schema").Add(multi(rows...))
}

var kindNames = map[string]string{
	"null": "kindNull", "boolean": "kindBool", "integer": "kindInteger", "number": "kindNumber",
	"string": "kindString", "array": "kindArray", "object": "kindObject",
}

func schemaFields(s *model.Schema) []jen.Code {
	var out []jen.Code
	add := func(name string, value jen.Code) { out = append(out, field(name, value)) }
	number := func(name string, n int64) {
		if n != 0 {
			add(name, jen.Lit(int(n)))
		}
	}
	most := func(name string, n *int64) {
		switch {
		case n == nil:
		case *n == 0:
			add(name, jen.Lit(-1))
		default:
			add(name, jen.Lit(int(*n)))
		}
	}
	if kinds := kindSet(s.Kinds); kinds != nil {
		add("kinds", kinds)
	}
	if s.Format != "" {
		add("format", jen.Lit(s.Format))
	}
	if len(s.Enum) > 0 {
		values := make([]jen.Code, 0, len(s.Enum))
		for _, v := range s.Enum {
			values = append(values, jen.Lit(v))
		}
		add("enum", jen.Index().String().Values(values...))
	}
	if s.Pattern != "" {
		add("pattern", jen.Qual("regexp", "MustCompile").Call(jen.Lit(s.Pattern)))
	}
	number("minLength", s.MinLength)
	most("maxLength", s.MaxLength)
	number("minItems", s.MinItems)
	most("maxItems", s.MaxItems)
	if s.Unique {
		add("unique", jen.True())
	}
	number("minProps", s.MinProps)
	most("maxProps", s.MaxProps)
	bound := func(name string, v *float64, exclusive string, excl bool) {
		if v == nil {
			return
		}
		add(name, jen.Id("Ptr").Index(jen.Float64()).Call(jen.Lit(*v)))
		if excl {
			add(exclusive, jen.True())
		}
	}
	bound("min", s.Min, "exclMin", s.ExclMin)
	bound("max", s.Max, "exclMax", s.ExclMax)
	if s.MultipleOf != 0 {
		add("multipleOf", jen.Lit(s.MultipleOf))
	}
	number("items", int64(s.Items))
	if len(s.Properties) > 0 {
		rows := make([]jen.Code, 0, len(s.Properties))
		for _, p := range s.Properties {
			fields := []jen.Code{field("name", jen.Lit(p.Name))}
			if p.Required {
				fields = append(fields, field("required", jen.True()))
			}
			if p.Schema != 0 {
				fields = append(fields, field("schema", jen.Lit(p.Schema)))
			}
			rows = append(rows, jen.Values(fields...))
		}
		add("properties", jen.Index().Id("property").Add(multi(rows...)))
	}
	number("additional", int64(s.Additional))
	for _, list := range []struct {
		name    string
		indexes []int
	}{{"allOf", s.AllOf}, {"anyOf", s.AnyOf}, {"oneOf", s.OneOf}} {
		if len(list.indexes) > 0 {
			values := make([]jen.Code, 0, len(list.indexes))
			for _, i := range list.indexes {
				values = append(values, jen.Lit(i))
			}
			add(list.name, jen.Index().Int().Values(values...))
		}
	}
	number("not", int64(s.Not))
	return out
}

// kindSet prints a set of JSON types; nil when a type is unknown or all are allowed.
func kindSet(kinds []string) jen.Code {
	var set *jen.Statement
	for _, k := range kinds {
		name := kindNames[k]
		if name == "" {
			return nil
		}
		if set == nil {
			set = jen.Id(name)
			continue
		}
		set = set.Op("|").Id(name)
	}
	if set == nil {
		return nil
	}
	return set
}
