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
	f.Var().Id("schemas").Op("=").Index(jen.Op("...")).Add(rest("Schema")).Add(multi(rows...))
}

var kindNames = map[string]string{
	"null": "KindNull", "boolean": "KindBool", "integer": "KindInteger", "number": "KindNumber",
	"string": "KindString", "array": "KindArray", "object": "KindObject",
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
		add("Kinds", kinds)
	}
	if s.Format != "" {
		add("Format", jen.Lit(s.Format))
	}
	if len(s.Enum) > 0 {
		values := make([]jen.Code, 0, len(s.Enum))
		for _, v := range s.Enum {
			values = append(values, jen.Lit(v))
		}
		add("Enum", jen.Index().String().Values(values...))
	}
	if s.Pattern != "" {
		add("Pattern", jen.Qual("regexp", "MustCompile").Call(jen.Lit(s.Pattern)))
	}
	number("MinLength", s.MinLength)
	most("MaxLength", s.MaxLength)
	number("MinItems", s.MinItems)
	most("MaxItems", s.MaxItems)
	if s.Unique {
		add("Unique", jen.True())
	}
	number("MinProps", s.MinProps)
	most("MaxProps", s.MaxProps)
	bound := func(name string, v *float64, exclusive string, excl bool) {
		if v == nil {
			return
		}
		add(name, rest("Ptr").Index(jen.Float64()).Call(jen.Lit(*v)))
		if excl {
			add(exclusive, jen.True())
		}
	}
	bound("Min", s.Min, "ExclMin", s.ExclMin)
	bound("Max", s.Max, "ExclMax", s.ExclMax)
	if s.MultipleOf != 0 {
		add("MultipleOf", jen.Lit(s.MultipleOf))
	}
	number("Items", int64(s.Items))
	if len(s.Prefix) > 0 {
		add("Prefix", jen.Index().Int().ValuesFunc(func(g *jen.Group) {
			for _, i := range s.Prefix {
				g.Lit(i)
			}
		}))
	}
	number("Contains", int64(s.Contains))
	number("MinContain", s.MinContain)
	most("MaxContain", s.MaxContain)
	if len(s.Properties) > 0 {
		rows := make([]jen.Code, 0, len(s.Properties))
		for _, p := range s.Properties {
			fields := []jen.Code{field("Name", jen.Lit(p.Name))}
			if p.Required {
				fields = append(fields, field("Required", jen.True()))
			}
			if p.Schema != 0 {
				fields = append(fields, field("Schema", jen.Lit(p.Schema)))
			}
			rows = append(rows, jen.Values(fields...))
		}
		add("Properties", jen.Index().Add(rest("Property")).Add(multi(rows...)))
	}
	number("Additional", int64(s.Additional))
	if len(s.Patterns) > 0 {
		add("Patterns", jen.Index().Add(rest("PatternProperty")).ValuesFunc(func(g *jen.Group) {
			for _, p := range s.Patterns {
				fields := []jen.Code{field("Pattern", jen.Qual("regexp", "MustCompile").Call(jen.Lit(p.Pattern)))}
				if p.Schema != 0 {
					fields = append(fields, field("Schema", jen.Lit(p.Schema)))
				}
				g.Values(fields...)
			}
		}))
	}
	number("Names", int64(s.Names))
	for _, list := range []struct {
		name    string
		indexes []int
	}{{"AllOf", s.AllOf}, {"AnyOf", s.AnyOf}, {"OneOf", s.OneOf}} {
		if len(list.indexes) > 0 {
			values := make([]jen.Code, 0, len(list.indexes))
			for _, i := range list.indexes {
				values = append(values, jen.Lit(i))
			}
			add(list.name, jen.Index().Int().Values(values...))
		}
	}
	number("Not", int64(s.Not))
	if d := s.Kind; d != nil {
		cases := make([]jen.Code, 0, len(d.Cases))
		for _, c := range d.Cases {
			cases = append(cases, jen.Lit(c.Value).Op(":").Lit(c.Schema))
		}
		add("Kind", jen.Op("&").Add(rest("Discriminator")).Values(
			field("Property", jen.Lit(d.Property)), field("Schemas", jen.Map(jen.String()).Int().Values(cases...))))
	}
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
			set = rest(name)
			continue
		}
		set = set.Op("|").Add(rest(name))
	}
	if set == nil {
		return nil
	}
	return set
}
