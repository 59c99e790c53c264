package lint

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/limit"
)

const ruleCredential = "no-credential"

// credentials reports limits per credential where an operation asks for none: all its callers would
// share one counter, which any caller can use up.
func credentials(l *linter) {
	for _, u := range l.Uses() {
		for _, c := range u.Charges {
			if !slices.ContainsFunc(c.Per, func(d limit.Dimension) bool { return d.Name == limit.DimCredential }) || free(c.Cost) {
				continue
			}
			if lack := l.lacksCredential(u.Op.Op); lack != "" {
				l.diags.Errorf(c.Pos, ruleCredential, "limit %q counts by credential, and %s %s, so its callers would share one counter; add a security scheme, or count by client-ip or another key",
					c.Limit.Name, u.Op.Name(), lack)
			}
		}
	}
}

// free reports whether a cost counts nothing.
func free(c limit.Cost) bool { return c.Count == nil && c.Static == 0 }

// lacksCredential says how a request can arrive without a credential that identifies its caller; ""
// when none can.
func (l *linter) lacksCredential(op *openapi3.Operation) string {
	requirements := l.Doc.T.Security
	if op.Security != nil {
		requirements = *op.Security
	}
	if len(requirements) == 0 {
		return "has no security"
	}
	for _, alternative := range requirements {
		if len(alternative) == 0 {
			return "may be called without (one alternative of its security is {})"
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(alternative)), l.carried) {
			return "may be called with a security scheme that is not told in the request"
		}
	}
	return ""
}

// carried reports whether requests carry the value of a security scheme.
func (l *linter) carried(name string) bool {
	if l.Doc.T.Components == nil {
		return false
	}
	ref := l.Doc.T.Components.SecuritySchemes[name]
	return ref != nil && ref.Value != nil && slices.Contains([]string{"apiKey", "http", "oauth2", "openIdConnect"}, ref.Value.Type)
}
