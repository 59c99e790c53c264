package lint

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

const rulePathParameter = "path-parameter"

// pathParameters compares the parameters of a template with those declared.
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
			if op.Parameter(openapi3.ParameterInPath, name) == nil {
				l.diags.Warnf(l.Doc.Pos(op.Pointer...), rulePathParameter, "{%s} of %s is not declared; add it to parameters with in: path", name, op.Path)
			}
		}
		declared := func(list openapi3.Parameters, ptr []string) {
			for i, p := range list {
				if p == nil || p.Value == nil || p.Value.In != openapi3.ParameterInPath || slices.Contains(names, p.Value.Name) {
					continue
				}
				at := append(slices.Clone(ptr), "parameters", itoa(i))
				l.diags.Warnf(l.Doc.Pos(at...), rulePathParameter, "parameter %q is not in the template %s; take it out or add {%s}", p.Value.Name, op.Path, p.Value.Name)
			}
		}
		declared(op.Op.Parameters, op.Pointer)
		if op.Item != nil {
			declared(op.Item.Parameters, op.Pointer[:len(op.Pointer)-1])
		}
	}
}
