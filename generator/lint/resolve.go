package lint

import (
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/words"
)

// resolveLimits reports limits and keys that the table does not have (unknown-name).
func resolveLimits(l *linter) {
	table := l.table
	if table == nil {
		if !l.limited() || words.HidesTable(l.doc) {
			return
		}
		table = &limit.Table{}
	}
	for _, op := range l.ops {
		for _, v := range op.variants() {
			_, diags := table.Resolve(op.item, op.rule, v)
			l.diags = append(l.diags, diags...)
		}
	}
	// Uses that every operation replaces are wrong all the same.
	for _, path := range l.doc.Paths() {
		if item := l.items[path]; item != nil && item.Use != nil {
			_, diags := table.Resolve(item, nil, nil)
			l.diags = append(l.diags, diags...)
		}
	}
	_, diags := table.Resolve(nil, nil, nil)
	l.diags = append(l.diags, diags...)
	for _, op := range l.ops {
		if op.rule != nil && op.rule.Use != nil {
			_, diags := table.Resolve(op.item, op.rule, nil)
			l.diags = append(l.diags, diags...)
		}
	}
}
