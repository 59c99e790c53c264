package lint

import "github.com/limitgen/limitgen/generator/limit"

const ruleUnused = "unused-limit"

// unusedLimits reports limits that no use and no default names.
func unusedLimits(l *linter) {
	if l.table == nil {
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
	note(l.table.Default)
	for _, op := range l.ops {
		if op.item != nil {
			note(op.item.Use)
		}
		if op.rule == nil {
			continue
		}
		note(op.rule.Use)
		for _, v := range op.rule.Variants {
			note(v.Use)
		}
	}
	for _, lim := range l.table.Limits {
		if !named[lim.Name] {
			l.diags.Warnf(lim.Pos, ruleUnused, "no use and no default names limit %q; use it or take it out", lim.Name)
		}
	}
}
