package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/fileset"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// Line makes any text one line that a comment can hold.
func Line(s string) string { return diag.Line(s) }

// Head returns the head of every file, line by line without comment signs: the API, how each limit
// is counted, the most that passes, and what is not expressed.
func Head(t *Target, in *Input, o Options) []string {
	out := []string{fileset.Header, "Source: " + Line(in.API.Source), ""}
	if t.Bound != nil {
		if o.Plan != "" {
			out = append(out, "Figures of the plan "+Line(o.Plan)+".")
		}
		out = append(out, bounds(t, in, o)...)
	}
	for _, l := range in.Limits {
		if text := Announced(l, in.API.Day); text != "" {
			out = append(out, fmt.Sprintf("Figures of limit %s: %s.", Line(l.Name), text))
		}
	}
	if t.Gaps == nil {
		return out
	}
	gaps := AllGaps(t, in, o)
	if len(gaps) == 0 {
		return append(out, "Not expressed: nothing of the limits in use.")
	}
	out = append(out, "Not expressed, and allowed by --allow-approximate:")
	for _, g := range Merge(gaps) {
		out = append(out, "  "+Line(g.String()))
	}
	return out
}

// bounds describes for each algorithm which limits it counts and what can pass.
func bounds(t *Target, in *Input, o Options) []string {
	var order []string
	most := make(map[string][]string)
	gaps := AllGaps(t, in, o)
	left, uncounted := LeftOut(in, gaps), Uncounted(gaps)
	for _, l := range in.Limits {
		if slices.Contains(left, l) {
			continue
		}
		b := t.Bound(l, o)
		if !slices.Contains(order, b.Algorithm) {
			order = append(order, b.Algorithm)
		}
		text := "any number, as costs are not counted"
		if most := b.Passing(uncounted[l]); most > 0 {
			text = fmt.Sprintf("at most %d in any %s", most, limit.Window(l.Seconds))
		}
		most[b.Algorithm] = append(most[b.Algorithm],
			fmt.Sprintf("%-16s %s: %s", Line(l.Name), Quota(l), text))
	}
	var out []string
	for _, algorithm := range order {
		out = append(out, "Algorithm: "+Line(algorithm)+".")
		for _, line := range most[algorithm] {
			out = append(out, "  "+line)
		}
	}
	for _, l := range left {
		out = append(out, fmt.Sprintf("Left out, and not enforced by these files: %s, %s.", Line(l.Name),
			Quota(l)))
	}
	return append(out, decided(in, left, o)...)
}

// decided describes when limits are decided, and the difference to a generated server, which
// decides some of them later.
func decided(in *Input, left []*model.Limit, o Options) []string {
	var late []string
	for _, l := range in.Limits {
		if !slices.Contains(left, l) && slices.ContainsFunc(in.Uses(l), func(r *Route) bool {
			return slices.ContainsFunc(r.Rates(), func(rate *model.Rate) bool { return rate.Limit == l && !rate.Early })
		}) {
			late = append(late, Line(l.Name))
		}
	}
	out := []string{"Decided when: all limits before the API authenticates and validates; a request that it then refuses stays counted."}
	if len(late) > 0 {
		out = append(out, "  A generated server decides these after validation, so that a refused request costs nothing and no caller can",
			"  spend another's quota: "+strings.Join(late, ", ")+".")
	}
	if o.IdentityHeader != "" {
		out = append(out, "Identity: the header "+Line(o.IdentityHeader)+
			". What authenticates in front of this must set it, and drop a client's own.")
	}
	if o.PlanHeader != "" {
		out = append(out, "Plan: the header "+Line(o.PlanHeader)+", likewise.")
	}
	return out
}

// Merge combines equal gaps of a limit at several routes, or of several limits.
func Merge(gaps []Gap) []MergedGap {
	type words struct{ why, instead string }
	var order []words
	all := make(map[words]*MergedGap)
	limits, routes := make(map[words]map[*model.Limit]bool), make(map[words]map[*Route]bool)
	for _, g := range gaps {
		w := words{g.Why, g.Instead}
		m := all[w]
		if m == nil {
			m = &MergedGap{Why: g.Why, Instead: g.Instead}
			all[w], limits[w], routes[w] = m, make(map[*model.Limit]bool), make(map[*Route]bool)
			order = append(order, w)
		}
		if g.Limit != nil && !limits[w][g.Limit] {
			limits[w][g.Limit], m.Limits = true, append(m.Limits, g.Limit)
		}
		if g.Route != nil && !routes[w][g.Route] {
			routes[w][g.Route], m.Routes = true, append(m.Routes, g.Route)
		}
	}
	out := make([]MergedGap, 0, len(order))
	for _, w := range order {
		out = append(out, *all[w])
	}
	return out
}

// MergedGap is one gap and everything that it concerns.
type MergedGap struct {
	Limits       []*model.Limit
	Routes       []*Route
	Why, Instead string
}

// String is "messages (sendMessages): why; instead".
func (g MergedGap) String() string {
	var limits, routes []string
	for _, l := range g.Limits {
		limits = append(limits, l.Name)
	}
	for _, r := range g.Routes {
		routes = append(routes, r.ID)
	}
	text := some(limits)
	if len(g.Routes) > 0 {
		text += " (" + some(routes) + ")"
	}
	text += ": " + g.Why
	if g.Instead != "" {
		text += "; " + g.Instead
	}
	return text
}

// named bounds the limits or operations that a line names, since nginx accepts comments of at most
// 4096 bytes.
const named = 30

// some names the first few of many.
func some(names []string) string {
	text := strings.Join(names[:min(named, len(names))], ", ")
	if more := len(names) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Quota returns a limit in words: "6000 messages per minute".
func Quota(l *model.Limit) string {
	if l.Rated {
		return Line(limit.Rate(l.Quota, l.Unit, l.Seconds))
	}
	return Line(limit.Quota(l.Quota, l.Unit, l.Seconds))
}

// Announced describes the period for which a limit's quota and burst are valid, if the spec
// announces changes. The text is the same during the period, so files change only when the limits
// do.
func Announced(l *model.Limit, day time.Time) string {
	var parts []string
	for _, s := range l.Stages {
		if !s.At.IsZero() && !s.At.After(day) {
			parts = []string{"since " + Line(s.Text)}
		}
	}
	for _, s := range l.Stages {
		if !s.At.After(day) {
			continue
		}
		next := *l
		next.Quota, next.Burst = s.Quota, s.Burst
		text := "from " + Line(s.Text) + " on " + Quota(&next)
		if next.Burst > 0 && next.Burst != l.Burst {
			text += fmt.Sprintf(" with a burst of %d", next.Burst)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// Per describes the partition key of a limit: "for each app and operation".
func Per(l *model.Limit) string {
	if len(l.Per) == 0 {
		return "over all requests"
	}
	return "for each " + Line(strings.Join(l.Per, " and "))
}

// described is how many operations Describe names.
const described = 5

// Describe describes a limit and where it applies on one line.
func Describe(in *Input, l *model.Limit) string {
	text := "Published: " + Quota(l) + " " + Per(l) + "."
	if when := Announced(l, in.API.Day); when != "" {
		text += " Announced: " + when + "."
	}
	if d := Line(l.Description); d != "" {
		text += " " + d
	}
	var ids []string
	uses := in.Uses(l)
	for _, r := range uses[:min(described, len(uses))] {
		ids = append(ids, Line(r.ID))
	}
	text += " Operations: " + strings.Join(ids, ", ")
	if more := len(uses) - described; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + "."
}
