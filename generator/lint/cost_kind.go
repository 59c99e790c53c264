package lint

import (
	"slices"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/limit"
)

const ruleCostKind = "cost-kind"

// costKinds reports costs that do not fit the schema they read: the count of a number would always
// be 1, and a value must be an integer.
func costKinds(l *linter) {
	for _, u := range l.AllUses() {
		for _, c := range u.Charges {
			if c.Cost.Count == nil {
				continue
			}
			e := *c.Cost.Count
			p := u.Op.Parameter(e.From, e.Name)
			types := typesOf(l.Reading(u, e).Schemas)
			switch {
			case c.Cost.Value &&
				slices.ContainsFunc(types, func(t string) bool { return t != "integer" && t != "null" }):
				l.diags.Errorf(e.Pos, ruleCostKind, "value takes an integer, and %s of %s is %s%s", e.Text,
					u.Op.Name(), list(types), instead(types))
			case !c.Cost.Value && e.From == limit.FromHeader:
				l.diags.Warnf(e.Pos, ruleCostKind, "count counts lists in path, query and body, and %s of %s is a header, so each request costs %d",
					e.Text, u.Op.Name(), c.Cost.Times)
			case c.Cost.Value || len(types) == 0 || slices.Contains(types, "array"):
			case !slices.ContainsFunc(types, func(t string) bool { return t != "integer" && t != "number" && t != "null" }):
				l.diags.Errorf(e.Pos, ruleCostKind, "count counts the items of a list, and %s of %s is %s, so each request would cost %d; write value in place of count for the number itself",
					e.Text, u.Op.Name(), list(types), c.Cost.Times)
			case p != nil && p.Style == "deepObject":
				l.diags.Warnf(e.Pos, ruleCostKind, "count counts the items of a list, and %s of %s is %s in the style deepObject, so each request costs %d",
					e.Text, u.Op.Name(), list(types), c.Cost.Times)
			case e.From == limit.FromBody:
				l.diags.Warnf(e.Pos, ruleCostKind, "count counts the items of an array, and %s of %s is %s, so each request costs %d",
					e.Text, u.Op.Name(), list(types), c.Cost.Times)
			}
		}
	}
}

// instead suggests count for a list.
func instead(types []string) string {
	if slices.Contains(types, "array") {
		return "; count counts its items"
	}
	return ""
}

// typesOf returns the JSON types that schemas allow, each once.
func typesOf(schemas []analyze.Schema) []string {
	var out []string
	for _, s := range schemas {
		for _, t := range s.Types {
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
		text += map[string]string{
			"integer": "an integer", "array": "an array", "object": "an object", "null": "null",
		}[t]
		if text == "" || t == "number" || t == "string" || t == "boolean" {
			text += "a " + t
		}
	}
	return text
}
