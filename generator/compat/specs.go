package compat

import (
	"fmt"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
)

// Specs lists the changes from one version of an API's spec to another, breaking ones first. It
// compares models, so different spellings of the same are not changes.
func Specs(was, is *model.API) []Finding {
	c := &comparison{was: was, is: is, matching: match(was, is)}
	c.basePath()
	c.operations()
	c.figures()
	c.uses()
	c.pools()
	c.addresses()
	c.plans()
	c.refusals()
	return order(c.found)
}

type comparison struct {
	*matching
	was, is *model.API
	found   []Finding
}

func (c *comparison) add(f Finding) { c.found = append(c.found, f) }

// Positions of items that only one side has.

func (c *comparison) member(api *model.API, name string) diag.Position {
	if pos, ok := api.At[name]; ok {
		return pos
	}
	return api.At["x-rate-limits"] // or where it would be
}

// at returns the position of a limit's member, or of its name if the member is absent.
func at(l *model.Limit, name string) diag.Position {
	if pos, ok := l.At[name]; ok {
		return pos
	}
	if pos, ok := l.At["rate"]; ok && (name == "quota" || name == "window") {
		return pos
	}
	return l.Pos
}

// figures compares the limits that exist on both sides.
func (c *comparison) figures() {
	for _, p := range c.limits {
		c.limitName(p)
		c.amount(p)
		c.scheduled(p)
		c.answers(p)
	}
	for _, l := range c.lessLimits {
		ops := ids(c.nowOf(users(c.was, l)))
		c.add(Finding{
			Kind: ruleLimitRemoved, Severity: diag.Note, Old: l.Pos, New: c.member(c.is, "limits"),
			Limit: l.Name, Operations: ops, Was: inWords(l),
			Text:   fmt.Sprintf("limit %s is gone, was %s", l.Name, inWords(l)),
			Caller: "clients built from the old spec still wait for it; options, overrides and metrics that name it do not match",
			Server: "servers built from the old spec still enforce it",
		})
	}
}

func (c *comparison) limitName(p limitPair) {
	if p.was.Name == p.is.Name {
		return
	}
	c.add(Finding{
		Kind: ruleLimitRenamed, Severity: diag.Warning, Old: p.was.Pos, New: p.is.Pos,
		Limit: p.is.Name, Operations: ids(users(c.is, p.is)), Was: p.was.Name, Is: p.is.Name,
		Text:   fmt.Sprintf("limit %s is called %s now", p.was.Name, p.is.Name),
		Caller: "the same requests pass; overrides, metrics and counters in a shared store use the name, so they begin anew",
		Server: "the same requests pass; overrides, metrics and counters in a shared store use the name, so they begin anew",
	})
}

// amount compares the quotas, windows and bursts of a limit.
func (c *comparison) amount(p limitPair) {
	was, is := figuresOf(p.was), figuresOf(p.is)
	if was == is {
		return
	}
	v := compareFigures(was, is)
	if v == same {
		return // for example a burst equal to the quota
	}
	f := Finding{
		Limit: p.is.Name, Operations: ids(users(c.is, p.is)), Was: inWords(p.was), Is: inWords(p.is),
		Severity: v.severity(), Caller: worded[v].caller, Server: worded[v].server,
		Text: fmt.Sprintf("limit %s was %s, is %s", p.is.Name, inWords(p.was), inWords(p.is)),
	}
	member := "quota"
	switch {
	case was.unit != is.unit || (was.window == 0) != (is.window == 0):
		f.Kind, member = ruleUnit, "unit"
	case was.utc != is.utc:
		f.Kind, member = ruleReset, "reset"
	case was.window != is.window && sameRate(was, is) && was.burst == is.burst:
		f.Kind, member = ruleWindow, "window"
	case v == looser:
		f.Kind = ruleLoosened
	default:
		f.Kind = ruleTightened
	}
	switch {
	case member != "quota":
	case was.quota == is.quota && was.window != is.window:
		member = "window"
	case was.quota == is.quota && was.burst != is.burst:
		member = "burst"
	}
	f.Text += figureNote(f.Kind, was, is, v)
	f.Old, f.New = at(p.was, member), at(p.is, member)
	c.add(f)
}

// figureNote explains in which respect a limit is lower or higher, if the numbers alone do not show
// it.
func figureNote(kind Kind, was, is figures, v verdict) string {
	switch {
	case kind == ruleWindow && v == tighter:
		return fmt.Sprintf(": the same rate, and at most %s at once", limit.Count(is.atOnce(), is.unit))
	case kind == ruleWindow:
		return fmt.Sprintf(": the same rate, and up to %s at once", limit.Count(is.atOnce(), is.unit))
	case kind != ruleTightened || v != mixed:
		return ""
	case is.atOnce() < was.atOnce():
		return fmt.Sprintf(": fewer at once (%d, not %d), though more over time", is.atOnce(),
			was.atOnce())
	case is.atOnce() > was.atOnce():
		return fmt.Sprintf(": more at once (%d, not %d), though less over time", is.atOnce(),
			was.atOnce())
	}
	return ": neither admits all that the other does"
}

// inWords describes a limit.
func inWords(l *model.Limit) string {
	f := figuresOf(l)
	return words(manifest.LimitTerms{
		Quota: f.quota, Window: f.window, Unit: f.unit, Per: strings.Join(l.Per, ", "), Rated: l.Rated,
		Burst: f.burst, UTC: f.utc,
	})
}

// ids returns the names of operations, in order.
func ids(ops []*model.Operation) []string {
	out := make([]string, 0, len(ops))
	for _, op := range ops {
		out = append(out, op.ID)
	}
	return out
}

// nowOf maps old operations to new ones, without those that were removed.
func (c *comparison) nowOf(ops []*model.Operation) []*model.Operation {
	var out []*model.Operation
	for _, op := range ops {
		if now := c.new[op]; now != nil {
			out = append(out, now)
		}
	}
	return out
}

// shared reports whether all operations that use a limit spend one counter.
func shared(r *model.Rate) bool {
	if r.Key == nil {
		return true
	}
	for _, d := range r.Key.Dimensions {
		if d.Builtin == limit.DimOperation {
			return false
		}
	}
	return true
}
