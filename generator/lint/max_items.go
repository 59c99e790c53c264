package lint

import (
	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/limit"
)

const ruleMax = "max-beside-max-items"

// maxBesideMaxItems reports a cost's max if the schema already bounds the list.
func maxBesideMaxItems(l *linter) {
	for _, u := range l.AllUses() {
		for _, c := range u.Charges {
			if c.Cost.Count == nil || c.Cost.Max == 0 {
				continue
			}
			if most := l.maxItems(u, *c.Cost.Count); most != nil {
				l.diags.Warnf(c.Cost.MaxPos, ruleMax, "%s has maxItems: %d in its schema; leave max out",
					c.Cost.Count.Text, *most)
			}
		}
	}
}

// maxItems returns the maxItems of the schema that an expression reads, or nil.
func (l *linter) maxItems(u *analyze.Use, e limit.Expr) *uint64 {
	for _, s := range l.Reading(u, e).Schemas {
		if s.MaxItems != nil {
			return s.MaxItems
		}
	}
	return nil
}
