package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/limitgen/limitgen/generator/model"
)

// schemas prints the table of schemas.
func (e *emitter) schemas(f *jen.File) {
	rows := make([]jen.Code, 0, len(e.api.Schemas))
	for i, s := range e.api.Schemas {
		row := jen.Lit(i).Op(":").Values(schemaFields(s)...)
		if s.Comment != "" {
			row = jen.Comment("// " + oneLine(s.Comment)).Line().Add(row)
		}
		rows = append(rows, row)
	}
	f.Line().Comment(comment("schemas are the schemas by which requests are validated. References are indexes of this table; 0 accepts everything."))
	f.Var().Id("schemas").Op("=").Index(jen.Op("...")).Add(rest("Schema")).Add(multi(rows...))
}

var kindNames = map[string]string{
	"null": "KindNull", "boolean": "KindBool", "integer": "KindInteger", "number": "KindNumber",
	"string": "KindString", "array": "KindArray", "object": "KindObject",
}

// schemaFields prints the keywords of a schema.
func schemaFields(s *model.Schema) []jen.Code {
	var l composite
	l.values(s)
	l.arrays(s)
	l.objects(s)
	l.alternatives(s)
	return l.fields
}

// values adds the keywords about scalars.
func (l *composite) values(s *model.Schema) {
	if kinds := kindSet(s.Kinds); kinds != nil {
		l.add("Kinds", kinds)
	}
	l.text("Format", s.Format)
	if len(s.Enum) > 0 {
		l.add("Enum", jen.Index().String().Values(literals(s.Enum)...))
	}
	l.pattern("Pattern", s.Pattern)
	l.number("MinLength", int(s.MinLength))
	l.most("MaxLength", s.MaxLength)
	l.bound("Min", s.Min)
	l.flag("ExclMin", s.Min != nil && s.ExclMin)
	l.bound("Max", s.Max)
	l.flag("ExclMax", s.Max != nil && s.ExclMax)
	if s.MultipleOf != 0 {
		l.add("MultipleOf", jen.Lit(s.MultipleOf))
	}
}

// arrays adds the keywords about arrays.
func (l *composite) arrays(s *model.Schema) {
	l.number("MinItems", int(s.MinItems))
	l.most("MaxItems", s.MaxItems)
	l.flag("Unique", s.Unique)
	l.number("Items", s.Items)
	l.indexes("Prefix", s.Prefix)
	l.number("Contains", s.Contains)
	l.number("MinContain", int(s.MinContain))
	l.most("MaxContain", s.MaxContain)
}

// objects adds the keywords about objects.
func (l *composite) objects(s *model.Schema) {
	l.number("MinProps", int(s.MinProps))
	l.most("MaxProps", s.MaxProps)
	if len(s.Properties) > 0 {
		rows := make([]jen.Code, 0, len(s.Properties))
		for _, p := range s.Properties {
			var row composite
			row.add("Name", jen.Lit(p.Name))
			row.flag("Required", p.Required)
			row.number("Schema", p.Schema)
			rows = append(rows, jen.Values(row.fields...))
		}
		l.add("Properties", jen.Index().Add(rest("Property")).Add(multi(rows...)))
	}
	l.number("Additional", s.Additional)
	if len(s.Patterns) > 0 {
		l.add("Patterns", jen.Index().Add(rest("PatternProperty")).ValuesFunc(func(g *jen.Group) {
			for _, p := range s.Patterns {
				var row composite
				row.pattern("Pattern", p.Pattern)
				row.number("Schema", p.Schema)
				g.Values(row.fields...)
			}
		}))
	}
	l.number("Names", s.Names)
}

// alternatives adds the keywords that combine schemas.
func (l *composite) alternatives(s *model.Schema) {
	l.indexes("AllOf", s.AllOf)
	l.indexes("AnyOf", s.AnyOf)
	l.indexes("OneOf", s.OneOf)
	l.number("Not", s.Not)
	if d := s.Kind; d != nil {
		cases := make([]jen.Code, 0, len(d.Cases))
		for _, c := range d.Cases {
			cases = append(cases, jen.Lit(c.Value).Op(":").Lit(c.Schema))
		}
		l.add("Kind", jen.Op("&").Add(rest("Discriminator")).Values(
			field("Property", jen.Lit(d.Property)), field("Schemas",
				jen.Map(jen.String()).Int().Values(cases...))))
	}
}

// kindSet prints a set of JSON types; nil if a type is unknown or all are allowed.
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
