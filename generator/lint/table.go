package lint

import (
	"maps"
	"slices"

	"github.com/limitgen/limitgen/generator/limit"
)

// tableNames reports plans that change unknown limits, and keys in per that neither the root nor
// any operation defines.
func tableNames(l *linter) {
	if l.Table == nil {
		return
	}
	for _, p := range l.Table.Plans {
		for _, a := range p.Amounts {
			if l.Table.Limit(a.Limit) == nil {
				l.diags.Errorf(a.Pos, limit.RuleUnknown, "plan %q patches limit %q, which the table does not have", p.Name, a.Limit)
			}
		}
	}
	known := make(map[string]bool)
	for _, k := range l.Table.Keys {
		known[k.Name] = true
	}
	for _, op := range l.Operations {
		for _, r := range []*limit.Rule{op.ItemRule, op.Rule} {
			if r == nil {
				continue
			}
			for _, k := range r.Keys {
				known[k.Name] = true
			}
		}
	}
	for _, lim := range l.Table.Limits {
		for i, key := range lim.Per {
			if !known[key] && !limit.Builtin(key) {
				l.diags.Errorf(lim.PerPos[i], limit.RuleUnknown, "%s",
					limit.NoKey(key, slices.Sorted(maps.Keys(known))))
			}
		}
	}
}
