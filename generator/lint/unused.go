package lint

import (
	"slices"

	"github.com/limitgen/limitgen/generator/limit"
)

const ruleUnused = "unused-limit"

// unusedLimits reports limits that no use and no default names.
func unusedLimits(l *linter) {
	if l.Table == nil {
		return
	}
	named := make(map[string]bool)
	note := func(u *limit.Use) {
		if u == nil {
			return
		}
		for _, c := range u.Charges {
			named[c.Limit] = true
		}
	}
	note(l.Table.Default)
	for _, op := range slices.Concat(l.Operations, l.Sent) {
		if op.ItemRule != nil {
			note(op.ItemRule.Use)
		}
		if op.Rule == nil {
			continue
		}
		note(op.Rule.Use)
		for _, v := range op.Rule.Variants {
			note(v.Use)
		}
	}
	for _, lim := range l.Table.Limits {
		if !named[lim.Name] {
			l.diags.Warnf(lim.Pos, ruleUnused, "limit %q is never used: no use and no default names it; use it or take it out", lim.Name)
		}
	}
}
