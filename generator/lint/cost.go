package lint

const ruleCost = "missing-count"

// costExpressions reports counts, and tests of variants, that read what the operation does not
// have.
func costExpressions(l *linter) {
	for _, u := range l.uses() {
		for _, c := range u.charges {
			if c.Cost.Count == nil {
				continue
			}
			if missing := l.lacks(u, *c.Cost.Count); missing != "" {
				l.diags.Errorf(c.Cost.Count.Pos, ruleCost, "the cost in %q counts %s, which %s does not have; every request would cost 1",
					c.Limit.Name, missing, u.op.name())
			}
		}
	}
	for _, op := range l.ops {
		for _, v := range op.variants() {
			if v == nil || v.When == nil || v.When.Expr.From == "" {
				continue
			}
			own := use{op: op, variant: v}
			if missing := l.lacks(own, v.When.Expr); missing != "" {
				l.diags.Errorf(v.When.Expr.Pos, ruleKey, "variant %q looks at %s, which it does not have", v.Name, missing)
			}
		}
	}
}
