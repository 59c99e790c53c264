package lint

import (
	"slices"

	"github.com/limitgen/limitgen/generator/limit"
)

const rulePathParameter = "path-parameter"

// pathParameters compares the parameters in a template with the declared ones.
func pathParameters(l *linter) {
	for _, op := range l.Operations {
		if malformed(op.Path) != "" {
			continue
		}
		var names []string
		for _, m := range parameter.FindAllString(op.Path, -1) {
			names = append(names, m[1:len(m)-1])
		}
		for _, name := range names {
			if op.Parameter(limit.FromPath, name) == nil {
				l.diags.Warnf(l.Doc.Pos(op.Pointer...), rulePathParameter,
					"{%s} of %s is not declared; add it to parameters with in: path", name, op.Path)
			}
		}
		for _, p := range op.Declared() {
			if p.From == limit.FromPath && !slices.Contains(names, p.Name) {
				l.diags.Warnf(l.Doc.Pos(p.Pointer...), rulePathParameter,
					"parameter %q is not in the template %s; take it out or add {%s}", p.Name, op.Path, p.Name)
			}
		}
	}
}
