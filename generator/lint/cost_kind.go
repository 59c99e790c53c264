package lint

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/limit"
)

const ruleCostKind = "cost-kind"

// costKinds reports costs that do not fit the schema they read: counting the items of a number
// would always cost 1, and a value that is not an integer cannot be counted.
func costKinds(l *linter) {
	for _, u := range l.Uses() {
		for _, c := range u.Charges {
			if c.Cost.Count == nil {
				continue
			}
			e := *c.Cost.Count
			types := typesOf(l.schemasAt(u, e))
			switch {
			case c.Cost.Value && slices.ContainsFunc(types, func(t string) bool { return t != "integer" && t != "null" }):
				l.diags.Errorf(e.Pos, ruleCostKind, "value takes an integer, and %s of %s is %s%s", e.Text, u.Op.Name(), list(types), instead(types))
			case !c.Cost.Value && e.From == limit.FromHeader:
				l.diags.Warnf(e.Pos, ruleCostKind, "count counts lists in path, query and body, and %s of %s is a header, so each request costs %d",
					e.Text, u.Op.Name(), c.Cost.Times)
			case c.Cost.Value || len(types) == 0 || slices.Contains(types, "array"):
			case !slices.ContainsFunc(types, func(t string) bool { return t != "integer" && t != "number" && t != "null" }):
				l.diags.Errorf(e.Pos, ruleCostKind, "count counts the items of a list, and %s of %s is %s, so each request would cost %d; write value in place of count for the number itself",
					e.Text, u.Op.Name(), list(types), c.Cost.Times)
			case e.From == limit.FromBody:
				l.diags.Warnf(e.Pos, ruleCostKind, "count counts the items of an array, and %s of %s is %s, so each request costs %d",
					e.Text, u.Op.Name(), list(types), c.Cost.Times)
			}
		}
	}
}

// instead says which word a list has.
func instead(types []string) string {
	if slices.Contains(types, "array") {
		return "; count counts its items"
	}
	return ""
}

// schemasAt returns the schemas of what an expression reads, as far as they are given.
func (l *linter) schemasAt(u *analyze.Use, e limit.Expr) []*openapi3.Schema {
	bodies, _ := l.bodies(u)
	return u.Schemas(e, bodies...)
}

// typesOf returns the JSON types that schemas allow, each once.
func typesOf(schemas []*openapi3.Schema) []string {
	var out []string
	for _, s := range schemas {
		if s.Type == nil {
			continue
		}
		for _, t := range s.Type.Slice() {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// list joins types for a message.
func list(types []string) string {
	text := ""
	for i, t := range types {
		if i > 0 {
			text += " or "
		}
		text += map[string]string{"integer": "an integer", "array": "an array", "object": "an object", "null": "null"}[t]
		if text == "" || t == "number" || t == "string" || t == "boolean" {
			text += "a " + t
		}
	}
	return text
}
