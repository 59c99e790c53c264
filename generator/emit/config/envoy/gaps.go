package envoy

import (
	"slices"

	"fmt"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

const concurrency = "concurrent-requests"

// serviceGaps returns what the rate limit service cannot count.
func serviceGaps(in *config.Input, o config.Options) []config.Gap {
	var out []config.Gap
	for _, l := range in.Limits {
		if l.Unit == concurrency {
			out = append(out, config.Gap{Limit: l, Why: "requests in flight are not counted, only requests that begin"})
			continue
		}
		for _, p := range in.Planned(l, o) {
			if on := (&model.Limit{Quota: p.Quota, Seconds: l.Seconds}); !counted(on, largest(in, l)) {
				out = append(out, config.Gap{Limit: l, Why: fmt.Sprintf("on the plan %s no share of %d in a second, minute, hour or day has room for a request that costs %d", p.Plan, p.Quota, largest(in, l))})
			}
		}
		w, ok := windowOf(l, largest(in, l))
		switch {
		case !ok:
			out = append(out, config.Gap{Limit: l, Why: fmt.Sprintf("the service counts per second, minute, hour or day, and no share of %d in one of them has room for a request that costs %d", l.Quota, largest(in, l))})
		case !w.exact:
			out = append(out, config.Gap{
				Limit: l, Why: "the service counts per second, minute, hour or day",
				Instead: w.approximation(l),
			})
		}
		if l.Burst > 0 {
			out = append(out, config.Gap{Limit: l, Why: "the service has fixed windows and no bucket that could hold a burst",
				Instead: fmt.Sprintf("the burst of %d is left out: the quota passes in each window, and twice the quota around its edge", l.Burst)})
		}
		out = append(out, sizes(in, l)...)
	}
	return out
}

// counted reports whether the service has a window for a limit.
func counted(l *model.Limit, largest int64) bool {
	_, ok := windowOf(l, largest)
	return ok
}

// localGaps returns what Envoy's token buckets cannot count.
func localGaps(in *config.Input) []config.Gap {
	var out []config.Gap
	for _, l := range in.Limits {
		if l.Unit == concurrency {
			out = append(out, config.Gap{Limit: l, Why: "requests in flight are not counted, only requests that begin"})
			continue
		}
		if l.UTC {
			out = append(out, config.Gap{Limit: l, Why: "a token bucket fills all the time and knows no windows aligned to UTC",
				Instead: "the quota may pass at once and is filled up over the window, so up to twice the quota passes in a window"})
		}
		out = append(out, sizes(in, l)...)
	}
	return out
}

// sizes returns gaps for numbers that are too large.
func sizes(in *config.Input, l *model.Limit) []config.Gap {
	var out []config.Gap
	if max(l.Quota, l.Burst) > largestQuota {
		out = append(out, config.Gap{
			Limit: l, Why: "quotas above 4294967295 do not fit", Instead: "4294967295 pass",
		})
	}
	if largest(in, l) > largestCost {
		out = append(out, config.Gap{Limit: l, Why: "Envoy counts no request as more than 1000000000"})
	}
	return out
}

// requestGaps returns what the Lua filter cannot read from a request.
func requestGaps(in *config.Input) []config.Gap {
	var out []config.Gap
	for _, r := range in.Routes {
		for _, op := range r.Variants {
			if w := op.When; w != nil && w.Expr != nil && w.Expr.In == model.InBody && !readable(op, r) {
				out = append(out, config.Gap{Route: r, Why: "variants are distinguished by a body that is not JSON"})
			}
			for _, rate := range op.Rates {
				out = append(out, rateGaps(op, r, rate)...)
			}
		}
	}
	return out
}

func rateGaps(op *model.Operation, r *config.Route, rate *model.Rate) []config.Gap {
	var out []config.Gap
	if readable(op, r) {
		out = config.AbsentParts(r, rate)
	}
	if rate.Count != nil && rate.Count.In == model.InBody && !readable(op, r) {
		instead, times := config.Unread(rate, costliest(rate))
		out = append(out, config.Gap{Limit: rate.Limit, Route: r, Why: "the cost is counted in a body that is not JSON",
			Instead: instead, Times: times})
	}
	for _, d := range rate.Dimensions() {
		if d.Expr != nil && d.Expr.In == model.InBody && !readable(op, r) {
			out = append(out, config.Gap{Limit: rate.Limit, Route: r, Why: "the key is in a body that is not JSON",
				Instead: "all callers share the counter of the empty key"})
		} else if d.Expr != nil && d.Expr.Nested {
			out = append(out, config.NestedKey(r, rate))
		}
	}
	return out
}

// readable reports whether the bodies of an operation and its variants are JSON.
func readable(op *model.Operation, r *config.Route) bool {
	for _, v := range append([]*model.Operation{op}, r.Variants...) {
		if slices.ContainsFunc(v.Spoken(), func(b *model.Body) bool { return b.Kind != model.JSON }) {
			return false
		}
	}
	return true
}
