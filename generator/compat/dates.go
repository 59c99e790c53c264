package compat

import (
	"fmt"
	"slices"
	"time"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// InWords describes a limit as it is at a stage.
func InWords(l *model.Limit, s *model.Stage) string { return inWords(with(l, s)) }

// with returns a limit as it is at a stage; the limit itself if s is nil.
func with(l *model.Limit, s *model.Stage) *model.Limit {
	out := *l
	if s != nil {
		out.Quota, out.Burst = s.Quota, s.Burst
	}
	return &out
}

// inForce returns the last stage of a limit up to a day; nil if there is none.
func inForce(l *model.Limit, day time.Time) *model.Stage {
	var last *model.Stage
	for _, s := range l.Stages {
		if !s.At.After(day) {
			last = s
		}
	}
	return last
}

// scheduled compares a limit on the days that either side announces. A change breaks callers only
// on its day, so a tighter limit is a warning until then.
func (c *comparison) scheduled(p limitPair) {
	var days []*model.Stage
	for _, s := range slices.Concat(p.was.Stages, p.is.Stages) {
		known := func(d *model.Stage) bool { return d.At.Equal(s.At) }
		if s.At.After(c.is.Day) && !slices.ContainsFunc(days, known) {
			days = append(days, s)
		}
	}
	slices.SortFunc(days, func(a, b *model.Stage) int { return a.At.Compare(b.At) })
	was, is := figuresOf(p.was), figuresOf(p.is)
	for _, day := range days {
		before, after := inForce(p.was, day.At), inForce(p.is, day.At)
		then, now := with(p.was, before), with(p.is, after)
		if figuresOf(then) == was && figuresOf(now) == is {
			continue // reported for the day before
		}
		was, is = figuresOf(then), figuresOf(now)
		v := compareFigures(was, is)
		if v == same {
			continue
		}
		f := Finding{
			Kind: Scheduled, Severity: diag.Note, Old: p.was.Pos, New: p.is.Pos, Limit: p.is.Name,
			Operations: ids(users(c.is, p.is)), Was: inWords(then), Is: inWords(now),
			Caller: worded[v].caller + " from " + day.Text + " on",
			Server: worded[v].server + " from " + day.Text + " on",
			Text: fmt.Sprintf("limit %s from %s on was %s, is %s", p.is.Name, day.Text, inWords(then),
				inWords(now)),
		}
		if v.harms() {
			f.Severity = diag.Warning
		}
		if before != nil && before.At.Equal(day.At) {
			f.Old = before.Pos
		}
		if after != nil && after.At.Equal(day.At) {
			f.New = after.Pos
		}
		c.add(f)
	}
}

// Announced lists the changes of limits within some days after one.
func Announced(api *model.API, day time.Time, days int) []Finding {
	c := &comparison{was: api, is: api}
	for _, l := range api.Limits {
		next := l.Next(day)
		if next == nil || next.At.After(day.AddDate(0, 0, days)) {
			continue
		}
		l := with(l, inForce(l, day))
		v := compareFigures(figuresOf(l), figuresOf(with(l, next)))
		c.add(Finding{
			Kind: Scheduled, Severity: diag.Warning, Old: l.Pos, New: next.Pos, Limit: l.Name,
			Operations: ids(users(api, l)), Was: inWords(l), Is: InWords(l, next), Caller: worded[v].caller,
			Server: worded[v].server, Text: fmt.Sprintf("limit %s is %s, and from %s on %s: %s", l.Name,
				inWords(l), next.Text, InWords(l, next), v.means()),
		})
	}
	return order(c.found)
}
