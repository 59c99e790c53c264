package lint

const ruleCost = "missing-count"

// costExpressions reports counts and conditions of variants that read something the operation does
// not have.
func costExpressions(l *linter) {
	for _, u := range l.Uses() {
		for _, c := range u.Charges {
			if c.Cost.Count == nil {
				continue
			}
			if missing := l.lacks(u, *c.Cost.Count); missing != "" {
				l.diags.Errorf(c.Cost.Count.Pos, ruleCost, "the cost in %q counts %s, which %s does not have; every request would cost 1",
					c.Limit.Name, missing, u.Op.Name())
			}
		}
	}
	for _, u := range l.Uses() {
		if u.Variant == nil || u.Variant.When == nil || u.Variant.When.Expr.From == "" {
			continue
		}
		if missing := l.lacks(u, u.Variant.When.Expr); missing != "" {
			l.diags.Errorf(u.Variant.When.Expr.Pos, ruleKey, "the condition of variant %q reads %s, which the variant does not have", u.Variant.Name, missing)
		}
	}
}
