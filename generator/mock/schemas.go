package mock

import (
	"regexp"

	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/templates/rest"
)

// schema returns a row of the table by which requests are checked.
func schema(s *model.Schema) rest.Schema {
	out := rest.Schema{
		Format: s.Format, Enum: s.Enum, Pattern: pattern(s.Pattern),
		MinLength: int(s.MinLength), MaxLength: most(s.MaxLength),
		MinItems: int(s.MinItems), MaxItems: most(s.MaxItems), Unique: s.Unique,
		MinProps: int(s.MinProps), MaxProps: most(s.MaxProps),
		Min: s.Min, Max: s.Max, ExclMin: s.Min != nil && s.ExclMin, ExclMax: s.Max != nil && s.ExclMax,
		MultipleOf: s.MultipleOf, Items: s.Items, Prefix: s.Prefix,
		Contains: s.Contains, MinContain: int(s.MinContain), MaxContain: most(s.MaxContain),
		Additional: s.Additional, Names: s.Names, AllOf: s.AllOf, AnyOf: s.AnyOf, OneOf: s.OneOf,
		Not: s.Not,
	}
	setKinds(&out, s.Kinds)
	for _, p := range s.Properties {
		out.Properties = append(out.Properties, rest.Property{
			Name: p.Name, Required: p.Required, Schema: p.Schema,
		})
	}
	for _, p := range s.Patterns {
		out.Patterns = append(out.Patterns, rest.PatternProperty{
			Pattern: regexp.MustCompile(p.Pattern), Schema: p.Schema,
		})
	}
	if d := s.Kind; d != nil {
		out.Kind = &rest.Discriminator{Property: d.Property, Schemas: make(map[string]int)}
		for _, c := range d.Cases {
			out.Kind.Schemas[c.Value] = c.Schema
		}
	}
	return out
}

// setKinds sets the JSON types of a schema. One that has no name in the run-time admits them all.
func setKinds(out *rest.Schema, kinds []string) {
	for _, k := range kinds {
		switch k {
		case "null":
			out.Kinds |= rest.KindNull
		case "boolean":
			out.Kinds |= rest.KindBool
		case "integer":
			out.Kinds |= rest.KindInteger
		case "number":
			out.Kinds |= rest.KindNumber
		case "string":
			out.Kinds |= rest.KindString
		case "array":
			out.Kinds |= rest.KindArray
		case "object":
			out.Kinds |= rest.KindObject
		default:
			out.Kinds = rest.KindAny
			return
		}
	}
}

// pattern compiles an expression that the analysis has translated; nil for none.
func pattern(text string) *regexp.Regexp {
	if text == "" {
		return nil
	}
	return regexp.MustCompile(text)
}

// most is an upper bound of the table, in which 0 is none and -1 a bound of 0.
func most(n *int64) int {
	switch {
	case n == nil:
		return 0
	case *n == 0:
		return -1
	}
	return int(*n)
}
