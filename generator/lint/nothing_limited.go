package lint

const ruleNoUse = "no-limit"

// nothingLimited reports once that operations have neither a use nor a default. An author who means
// unlimited writes use: {}.
func nothingLimited(l *linter) {
	if l.Table == nil || l.Table.Default != nil || len(l.Table.Labels) > 0 { // of which each such operation is listed
		return
	}
	for _, op := range l.Operations {
		if op.ItemRule != nil && op.ItemRule.Use != nil || op.Rule != nil && op.Rule.Use != nil {
			continue
		}
		for _, u := range op.Uses {
			v := u.Variant
			if v == nil || v.Use == nil {
				l.diags.Warnf(l.Doc.Pos(op.Pointer...), ruleNoUse, "%s has neither a use nor a default, so it and any others like it are unlimited; write use: {} or a default", op.Name())
				return
			}
		}
	}
}
