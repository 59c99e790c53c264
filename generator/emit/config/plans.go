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
	if o.PlanHeader == "" || t.Bound == nil {
		return out
	}
	if t.Plans {
		return append(out, windowGaps(in)...)
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

// windowGaps are about plans that give limits other windows.
func windowGaps(in *Input) []Gap {
	var out []Gap
	for _, l := range in.Limits {
		for _, p := range in.API.Plans {
			if slices.ContainsFunc(p.Amounts, func(a *model.Amount) bool { return a.Limit == l.Name && a.Rewindows(l.Seconds) }) {
				out = append(out, Gap{
					Limit: l, Why: "on the plan " + Line(p.Name) + ", its window is another one",
					Instead: "callers on it have the quota and window of the table",
				})
			}
		}
	}
	return out
}
