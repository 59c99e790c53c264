package lint

import (
	"strconv"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
)

const ruleKey = "missing-parameter"

func itoa(i int) string { return strconv.Itoa(i) }

// keyParameters reports keys that read a parameter or property which an operation lacks: where the
// key is spelt, naming the first such operation.
func keyParameters(l *linter) {
	seen := make(map[diag.Position]bool)
	for _, u := range l.Uses() {
		for _, c := range u.Charges {
			for _, dim := range c.Per {
				for _, e := range dim.Parts {
					if seen[e.Pos] {
						continue
					}
					if missing := l.lacks(u, e); missing != "" {
						seen[e.Pos] = true
						l.diags.Errorf(e.Pos, ruleKey, "key %q of limit %q reads %s, which %s does not have; declare it there, spell the key there under keys, or use another limit",
							dim.Name, c.Limit.Name, missing, u.Op.Name())
					}
				}
			}
		}
	}
}

// lacks names the part of a request that an expression reads and the operation does not have; ""
// when it has it.
func (l *linter) lacks(u *analyze.Use, e limit.Expr) string {
	if e.From != limit.FromBody {
		if e.From == limit.FromHeader || u.Op.Parameter(e.From, e.Name) != nil {
			return ""
		}
		return string(e.From) + " parameter " + strconv.Quote(e.Name)
	}
	schemas, known := l.bodies(u)
	if !known {
		return ""
	}
	if len(schemas) == 0 {
		return "a request body"
	}
	for _, s := range schemas {
		if _, ok := analyze.Find(s, e.Pointer); ok {
			return ""
		}
	}
	return "body property " + strconv.Quote(e.Pointer)
}
