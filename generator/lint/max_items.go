package lint

import (
	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/limit"
)

const ruleMax = "max-beside-max-items"

// maxBesideMaxItems reports a cost's max where the schema already bounds the list.
func maxBesideMaxItems(l *linter) {
	for _, u := range l.Uses() {
		for _, c := range u.Charges {
			if c.Cost.Count == nil || c.Cost.Max == 0 {
				continue
			}
			if most := l.maxItems(u, *c.Cost.Count); most != nil {
				l.diags.Warnf(c.Cost.MaxPos, ruleMax, "%s has maxItems: %d in its schema; leave max out", c.Cost.Count.Text, *most)
			}
		}
	}
}

// maxItems returns that of the schema which an expression reads, or nil.
func (l *linter) maxItems(u *analyze.Use, e limit.Expr) *uint64 {
	if e.From != limit.FromBody {
		if p := u.Op.Parameter(e.From, e.Name); p != nil && p.Schema != nil && p.Schema.Value != nil {
			return p.Schema.Value.MaxItems
		}
		return nil
	}
	schemas, _ := l.bodies(u)
	for _, s := range schemas {
		found, _ := analyze.Find(s, e.Pointer)
		for _, part := range found {
			if part.MaxItems != nil {
				return part.MaxItems
			}
		}
	}
	return nil
}
