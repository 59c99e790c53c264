package lint

import (
	"slices"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/limit"
)

const ruleCredential = "no-credential"

// credentials reports limits per credential at operations that require none: all their callers
// would share one counter, which any caller can exhaust.
func credentials(l *linter) {
	for _, u := range l.AllUses() {
		for _, c := range u.Charges {
			if !slices.ContainsFunc(c.Per, func(d limit.Dimension) bool { return d.Name == limit.DimCredential }) || free(c.Cost) {
				continue
			}
			lack := l.lacksCredential(u.Op)
			if u.Op.Sent != "" && u.Op.Op.Security == nil {
				lack = "is sent by the API"
			}
			if lack != "" {
				l.diags.Errorf(c.Pos, ruleCredential, "limit %q counts by credential, and %s %s, so its callers would share one counter; add a security scheme, or count by client-ip or another key",
					c.Limit.Name, u.Op.Name(), lack)
			}
		}
	}
}

// free reports whether a cost is always 0.
func free(c limit.Cost) bool { return c.Count == nil && c.Static == 0 }

// lacksCredential says how a request can arrive without a credential that identifies its caller; ""
// if none can.
func (l *linter) lacksCredential(op *analyze.Operation) string {
	alternatives := l.Security(op)
	if len(alternatives) == 0 {
		return "has no security"
	}
	for _, schemes := range alternatives {
		if len(schemes) == 0 {
			return "may be called without (one alternative of its security is {})"
		}
		if !slices.ContainsFunc(schemes, func(s analyze.Scheme) bool { return s.Carried }) {
			return "may be called with a security scheme that is not part of the request"
		}
	}
	return ""
}
