package lint

import (
	"slices"

	"github.com/limitgen/limitgen/generator/limit"
)

// originDocs reports citations of documents that the table does not list.
func originDocs(l *linter) {
	table := l.Table
	if table == nil {
		table = &limit.Table{}
	}
	check := func(o *limit.Origin) {
		if o == nil || o.Doc == "" {
			return
		}
		if !slices.ContainsFunc(table.Docs, func(d limit.Doc) bool { return d.Name == o.Doc }) {
			l.diags.Errorf(o.Pos, limit.RuleUnknown, "no document %q; list it under x-rate-limits.docs at the root", o.Doc)
		}
	}
	for _, lim := range table.Limits {
		check(lim.Origin)
	}
	for _, op := range l.Operations {
		for _, r := range []*limit.Rule{op.ItemRule, op.Rule} {
			if r == nil {
				continue
			}
			check(r.Origin)
			for _, v := range r.Variants {
				check(v.Origin)
			}
		}
	}
}
