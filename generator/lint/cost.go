package lint

const ruleCost = "missing-count"

// costExpressions reports counts and conditions that read a parameter or property which the
// operation lacks.
func costExpressions(l *linter) {
	for _, u := range l.AllUses() {
		for _, c := range u.Charges {
			if c.Cost.Count == nil {
				continue
			}
			if missing := l.Reading(u, *c.Cost.Count).Missing; missing != "" {
				l.diags.Errorf(c.Cost.Count.Pos, ruleCost,
					"the cost in %q counts %s, which %s does not have; every request would cost 1", c.Limit.Name,
					missing, u.Op.Name())
			}
		}
	}
	for _, u := range l.AllUses() {
		if u.Variant == nil || u.Variant.When == nil || u.Variant.When.Expr.From == "" {
			continue
		}
		if missing := l.Reading(u, u.Variant.When.Expr).Missing; missing != "" {
			l.diags.Errorf(u.Variant.When.Expr.Pos, ruleKey,
				"the condition of variant %q reads %s, which the variant does not have", u.Variant.Name,
				missing)
		}
	}
}
