package haproxy

import (
	"slices"

	"fmt"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// trackers is how many counters one request can hold in HAProxy 2.6.
const trackers = 3

// gaps returns what HAProxy cannot count.
func gaps(in *config.Input, o config.Options) []config.Gap {
	var out []config.Gap
	c, first := newCounting(in, o), sameBut(in)
	for _, r := range in.Routes {
		tracked := 0
		for _, rate := range uses(r) {
			if !c.lua(rate.Limit) {
				tracked++
			}
			out = append(out, useGaps(r, rate)...)
		}
		if tracked > trackers {
			out = append(out, config.Gap{Limit: uses(r)[trackers].Limit, Route: r,
				Why: fmt.Sprintf("HAProxy 2.6 counts a request in %d tables at most, and %d limits apply here",
					trackers, tracked)})
		}
		if !r.Uniform() {
			out = append(out, config.Gap{Route: r, Why: "the variants of the operation use different limits, and HAProxy does not distinguish them",
				Instead: "a request counts in all of them, each at its largest cost, so less passes than the spec allows"})
		}
		if o := first[r]; o != nil {
			out = append(out, config.Gap{Route: r, Why: "paths are compared without regard to case, and " +
				o.ID +
				" differs from it in nothing else",
				Instead: "it counts as " + o.ID})
		}
	}
	for _, l := range in.Limits {
		if l.Quota > largestQuota || l.Burst > largestQuota {
			out = append(out, config.Gap{
				Limit: l, Why: fmt.Sprintf("HAProxy counts up to %d", largestQuota),
				Instead: fmt.Sprintf("%d pass", largestQuota),
			})
		}
	}
	return out
}

// largestQuota leaves room in counters of 32 bits.
const largestQuota = 1<<31 - 1

// useGaps are about one limit at one operation.
func useGaps(r *config.Route, rate *model.Rate) []config.Gap {
	var out []config.Gap
	if readable(r) {
		out = config.AbsentParts(r, rate)
	}
	if rate.Limit.Seconds == 0 && (rate.Count != nil || rate.Cost != 1) {
		out = append(out, config.Gap{Limit: rate.Limit, Route: r, Why: "a request in flight counts 1, whatever it costs",
			Instead: fmt.Sprintf("each counts 1, so up to %d times the quota is in flight", costliest(rate)),
			Times:   costliest(rate)})
	}
	if rate.Count != nil && rate.Count.In == model.InBody && !readable(r) {
		instead, times := config.Unread(rate, costliest(rate))
		out = append(out, config.Gap{Limit: rate.Limit, Route: r, Why: "the cost is counted in a body that is not JSON",
			Instead: instead, Times: times})
	}
	for _, d := range rate.Dimensions() {
		if d.Expr != nil && d.Expr.In == model.InBody && !readable(r) {
			out = append(out, config.Gap{Limit: rate.Limit, Route: r, Why: "the key is in a body that is not JSON",
				Instead: "all callers share the counter of the empty key"})
		} else if d.Expr != nil && d.Expr.Nested {
			out = append(out, config.NestedKey(r, rate))
		}
	}
	return out
}

// readable reports whether an operation's bodies are JSON.
func readable(r *config.Route) bool {
	for _, v := range r.Variants {
		if slices.ContainsFunc(v.Spoken(), func(b *model.Body) bool { return b.Kind != model.JSON }) {
			return false
		}
	}
	return true
}

// costliest returns the most that one request may cost.
func costliest(rate *model.Rate) int64 {
	if rate.Count == nil {
		return rate.Cost
	}
	most := rate.Limit.Capacity()
	if rate.Max > 0 {
		most = min(most, rate.Max)
	}
	return most
}

// sameBut gives, for each route whose path differs from an earlier one's only in the case of its
// literals, that one.
func sameBut(in *config.Input) map[*config.Route]*config.Route {
	out, known := make(map[*config.Route]*config.Route), make(map[string]*config.Route)
	for _, r := range in.Routes {
		key := rowKey(r.Method, r.Segments)
		if o := known[key]; o != nil {
			out[r] = o
			continue
		}
		known[key] = r
	}
	return out
}
