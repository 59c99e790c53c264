package lint

import "github.com/limitgen/limitgen/generator/limit"

const ruleVariant = "dead-variant"

// unmatchedVariants reports variants that are never chosen, since the first match wins.
func unmatchedVariants(l *linter) {
	for _, op := range l.Operations {
		if op.Rule == nil {
			continue
		}
		for i, v := range op.Rule.Variants {
			if v.When != nil {
				l.impossible(v)
			}
			for _, before := range op.Rule.Variants[:i] {
				if why := shadows(before, v); why != "" {
					l.diags.Errorf(v.Pos, ruleVariant, "variant %q can never match: %q (%s) %s; put it before, or give it another when",
						v.Name, before.Name, before.Pos, why)
					break
				}
			}
		}
	}
}

// shadows explains why a variant matches everything that a later one could; "" if it does not.
func shadows(before, v limit.Variant) string {
	switch {
	case before.When == nil:
		return "has no when and always matches"
	case v.When == nil || before.When.Expr.Text != v.When.Expr.Text:
		return ""
	case before.When.Is == v.When.Is:
		return "has the same when"
	case before.When.Is == limit.IsPresent && v.When.Is != limit.IsAbsent:
		return "matches whatever is present"
	}
	return ""
}

// impossible reports tests that can never succeed.
func (l *linter) impossible(v limit.Variant) {
	inBody := v.When.Expr.From == limit.FromBody
	switch v.When.Is {
	case limit.IsList:
		if v.When.Expr.From != limit.FromPath && v.When.Expr.From != limit.FromQuery {
			l.diags.Errorf(v.When.Pos, ruleVariant, "variant %q can never match: only path and query values are lists; use is: array for a body", v.Name)
		}
	case limit.IsArray, limit.IsObject:
		if !inBody {
			l.diags.Errorf(v.When.Pos, ruleVariant, "variant %q can never match: only a body holds an array or object", v.Name)
		}
	}
}
