package lint

const ruleNoUse = "no-limit"

// nothingLimited says once that operations have neither a use nor a default. use: {} says unlimited
// in words.
func nothingLimited(l *linter) {
	if l.table == nil || l.table.Default != nil {
		return
	}
	for _, op := range l.ops {
		if op.item != nil && op.item.Use != nil || op.rule != nil && op.rule.Use != nil {
			continue
		}
		for _, v := range op.variants() {
			if v == nil || v.Use == nil {
				l.diags.Warnf(l.doc.Pos(op.Pointer...), ruleNoUse, "%s has neither a use nor a default, so it is unlimited, perhaps with others; write use: {} or a default", op.name())
				return
			}
		}
	}
}
