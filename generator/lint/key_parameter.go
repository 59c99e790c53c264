package lint

import "github.com/limitgen/limitgen/generator/diag"

const ruleKey = "missing-parameter"

// keyParameters reports keys that read a parameter or property which an operation lacks: at the
// definition of the key, for the first such operation.
func keyParameters(l *linter) {
	seen := make(map[diag.Position]bool)
	for _, u := range l.AllUses() {
		for _, c := range u.Charges {
			for _, dim := range c.Per {
				for _, e := range dim.Parts {
					if seen[e.Pos] {
						continue
					}
					if missing := l.Reading(u, e).Missing; missing != "" {
						seen[e.Pos] = true
						l.diags.Errorf(e.Pos, ruleKey, "key %q of limit %q reads %s, which %s does not have; declare it there, spell the key there under keys, or use another limit",
							dim.Name, c.Limit.Name, missing, u.Op.Name())
					}
				}
			}
		}
	}
}
