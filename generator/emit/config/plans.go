package config

import (
	"slices"

	"github.com/limitgen/limitgen/generator/model"
)

// AllGaps returns a target's gaps, those about plans in a header among them.
func AllGaps(t *Target, in *Input, o Options) []Gap {
	var out []Gap
	if t.Gaps != nil {
		out = t.Gaps(in, o)
	}
	if o.PlanHeader == "" || t.Bound == nil || t.Plans {
		return out
	}
	for _, l := range in.Limits {
		if slices.ContainsFunc(in.API.Plans, func(p *model.Plan) bool { return p.Changes(l.Name) }) {
			out = append(out, Gap{
				Limit: l, Why: "a plan named in a header is not read",
				Instead: "the same quota holds for callers on every plan",
			})
		}
	}
	return out
}
