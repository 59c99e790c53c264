package nginx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// maxConnections is the largest number that limit_conn takes.
const maxConnections = 65535

// maxWord is how long a word may be that nginx reads, with its quotes and the text around it.
const maxWord = 4000

func gaps(in *config.Input, o config.Options) []config.Gap {
	var out []config.Gap
	for _, l := range in.Limits {
		out = append(out, figureGaps(in, l, o)...)
	}
	in = expressible(in, o)
	out = append(out, planGaps(in, o)...)
	for _, r := range in.Routes {
		out = append(out, routeGaps(in, r)...)
	}
	if page := compute(in, o); page.longest() > maxWord {
		out = append(out, config.Gap{Why: fmt.Sprintf("nginx reads no word of more than 4096 bytes, and %d would be needed for its templates, keys or limits of one operation", page.longest())})
	}
	return append(out, twinGaps(in)...)
}

// figureGaps are about a limit's quota, window and reset, wherever it is used.
func figureGaps(in *config.Input, l *model.Limit, o config.Options) []config.Gap {
	return figures(l, unit(in, l), o)
}

// figures returns the gaps of a limit of which each request costs as much.
func figures(l *model.Limit, cost int64, o config.Options) []config.Gap {
	switch {
	case l.Quota > most || l.Burst > most:
		return []config.Gap{leftOut(l, fmt.Sprintf("nginx computes wrongly with rates above %d",
			int64(most)))}
	case l.Quota < cost:
		return []config.Gap{{Limit: l, Why: "no request costs so little that it could ever pass"}}
	case l.Seconds == 0 && l.Quota/cost > maxConnections:
		return []config.Gap{{
			Limit: l, Why: fmt.Sprintf("limit_conn counts to %d", maxConnections),
			Instead: fmt.Sprintf("%d requests pass at a time", maxConnections),
		}}
	case l.Seconds == 0:
		return nil
	}
	b := newBucket(l, cost, o.NginxMode)
	if b.rate == "" {
		return []config.Gap{leftOut(l, "the slowest rate of nginx is 1r/m, which is faster than the limit")}
	}
	var out []config.Gap
	if !b.exact {
		through, whole := b.perWindow(l.Seconds), l.Quota/cost
		out = append(out, config.Gap{
			Limit: l, Why: fmt.Sprintf("rates of nginx are whole numbers a second or a minute, which %s is not", config.Quota(l)),
			Instead: fmt.Sprintf("%s is the nearest that is not faster: in the long run %d requests pass in each window, where the limit has room for %d", b.rate, through, whole),
		})
	}
	if l.UTC {
		out = append(out, config.Gap{
			Limit: l, Why: "nginx has no windows that are aligned to UTC",
			Instead: fmt.Sprintf("a leaky bucket lets at most %d requests through in any interval of the window's length, and a caller gets no new quota when the window begins anew", b.size+b.perWindow(l.Seconds)),
		})
	}
	return out
}

// leftOut returns the gap of a limit that is not in the files at all.
func leftOut(l *model.Limit, why string) config.Gap {
	return config.Gap{
		Limit: l, Why: why, Instead: "it is left out here, so something else has to enforce it; the other limits stay",
		LeftOut: true,
	}
}

// routeGaps are about costs, variants and keys at one operation.
func routeGaps(in *config.Input, r *config.Route) []config.Gap {
	var out []config.Gap
	if r.Limited() &&
		slices.ContainsFunc(r.Segments, func(s config.Segment) bool { return strings.HasPrefix(s.Texts[0], ";") }) {
		out = append(out, config.Gap{Route: r, Why: `a segment of its path begins with ";", which is refused, since APIs differ in how they read it`})
	}
	if r.Limited() && slices.ContainsFunc(r.Segments, r.Matrix) {
		out = append(out, config.Gap{
			Route: r, Why: `a parameter of its path begins with ";" (style: matrix), and APIs differ in how they read that`,
			Instead: "requests that are spelt so are answered 400",
		})
	}
	for _, rate := range r.Rates() {
		gap := func(why, instead string) {
			out = append(out, config.Gap{Limit: rate.Limit, Route: r, Why: why, Instead: instead})
		}
		uncounted := func(why string, unit int64) {
			times := times(rate, unit)
			text := fmt.Sprintf("up to %d times the quota passes", times)
			if times == config.Endless {
				text = "as many times the quota passes as one request may cost"
			}
			gap(why, fmt.Sprintf("each request counts %d, so %s", unit, text))
			out[len(out)-1].Times = times
		}
		if !r.Uniform() {
			gap("its variants differ in use, and nginx does not distinguish them",
				"each request counts for the limits of all variants, so too much is counted and never too little")
		}
		unit := unit(in, rate.Limit)
		switch {
		case rate.Count != nil:
			uncounted(fmt.Sprintf("the cost is counted in the %s, and nginx counts requests", rate.Count.In),
				unit)
		case rate.Cost > unit:
			uncounted("requests of one limit differ in cost, and nginx counts them alike", unit)
		}
		for _, why := range keyGaps(in, r, rate) {
			gap(why[0], why[1])
		}
	}
	return out
}

// keyGaps are reasons and what is done instead.
func keyGaps(in *config.Input, r *config.Route, rate *model.Rate) (out [][2]string) {
	const empty = "it is taken for empty, so all its values share one counter"
	gap := func(place model.Place, name string) {
		switch {
		case place == model.InBody:
			out = append(out, [2]string{
				"a part of the key is in the body, which nginx does not read", empty,
			})
		case place == model.InQuery:
			out = append(out, [2]string{
				"a part of the key is in the query, which nginx does not decode",
				`values that are spelt with "%", "+" or ";" share one counter`,
			})
		case place == model.InHeader && !plainHeader.MatchString(name):
			out = append(out, [2]string{
				"a part of the key is in the header " + config.Line(name) + ", for which nginx has no variable",
				empty,
			})
		}
	}
	for _, d := range rate.Dimensions() {
		if bits := in.API.IPv6Prefix; d.Builtin == "client-ip" && bits%4 != 0 {
			out = append(out, [2]string{
				fmt.Sprintf("nginx reads addresses as text, so it can count a /%d by whole digits alone", bits),
				fmt.Sprintf("addresses of version 6 are counted by /%d, which is coarser", bits-bits%4),
			})
		}
		if d.Expr != nil {
			gap(d.Expr.In, d.Expr.Name)
			if d.Expr.In != model.InQuery && r.Spelling(d.Expr).Number {
				out = append(out, [2]string{
					"a part of the key is a number, and nginx does not calculate",
					"spellings other than the shortest (01, 1.0, 1e0) share one counter",
				})
			}
		} else if d.Builtin == "credential" {
			for _, c := range in.API.Credentials {
				if slices.ContainsFunc(r.Variants[0].Security,
					func(schemes []string) bool { return slices.Contains(schemes, c.Scheme) }) {
					gap(c.In, c.Name)
				}
			}
		}
	}
	return out
}

// times returns how many times a limit may pass when each request counts one unit.
func times(rate *model.Rate, unit int64) int64 {
	high := rate.Cost
	if rate.Count != nil {
		high = rate.Max
	}
	if high <= 0 {
		return config.Endless
	}
	return (high + unit - 1) / unit
}

// unit returns the least that a request of a limit costs. Buckets count it as 1.
func unit(in *config.Input, l *model.Limit) int64 {
	return config.Once(in, l, "unit", func() int64 { return leastCost(in, l) })
}

func leastCost(in *config.Input, l *model.Limit) int64 {
	var least int64
	for _, r := range in.Uses(l) {
		for _, rate := range r.Rates() {
			cost := rate.Cost
			if rate.Count != nil {
				cost = rate.Times
			}
			if rate.Limit == l && cost > 0 && (least == 0 || cost < least) {
				least = cost
			}
		}
	}
	return max(least, 1)
}

// twinGaps are templates that nginx's maps take for each other, since they ignore case.
func twinGaps(in *config.Input) []config.Gap {
	var out []config.Gap
	for _, t := range newTables(in) {
		seen := make(map[string]*config.Route)
		for _, e := range t.entries {
			key := lower(e.key)
			if other := seen[key]; other == nil {
				seen[key] = e.route
			} else if !e.twin {
				out = append(out, config.Gap{
					Route: e.route, Why: fmt.Sprintf("its path differs from that of %s by the case of letters alone, which nginx ignores", config.Line(other.ID)),
				})
			}
		}
	}
	return out
}

// charged reports whether a use counts at all.
func charged(rate *model.Rate) bool { return rate.Count != nil || rate.Cost > 0 }

// uses returns the limits that count at a route, in the table's order.
func uses(in *config.Input, r *config.Route) []*model.Rate {
	rates := slices.DeleteFunc(slices.Clone(r.Rates()),
		func(rate *model.Rate) bool { return !charged(rate) })
	slices.SortStableFunc(rates, func(a, b *model.Rate) int {
		return slices.Index(in.Limits, a.Limit) - slices.Index(in.Limits, b.Limit)
	})
	return rates
}
