package lint

const ruleNoUse = "no-limit"

// nothingLimited reports once that operations have neither a use nor a default. An intentionally
// unlimited operation has use: {}.
func nothingLimited(l *linter) {
	if l.Table == nil || l.Table.Default != nil || len(l.Table.Labels) > 0 { // labels report each such operation
		return
	}
	for _, op := range l.Operations {
		if op.ItemRule != nil && op.ItemRule.Use != nil || op.Rule != nil && op.Rule.Use != nil {
			continue
		}
		for _, u := range op.Uses {
			v := u.Variant
			if v == nil || v.Use == nil {
				l.diags.Warnf(l.Doc.Pos(op.Pointer...), ruleNoUse,
					"%s has neither a use nor a default, so it and any others like it are unlimited; write use: {} or a default", op.Name())
				return
			}
		}
	}
}
