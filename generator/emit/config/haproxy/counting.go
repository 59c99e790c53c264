package haproxy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// counting is which limits are counted where.
type counting struct {
	in      *config.Input
	name    string // begins all names
	options config.Options
	scripts map[*model.Limit]bool // counted in Lua
	listed  map[*config.Route][]*model.Rate
	stick   []*table
}

// longest is the longest time, in seconds, for which a stick table can keep anything: 2^31
// milliseconds.
const longest = 24 * 86400

func newCounting(in *config.Input, o config.Options) *counting {
	c := &counting{
		in: in, name: config.Prefix(in.API), options: o, scripts: make(map[*model.Limit]bool),
		listed: make(map[*config.Route][]*model.Rate),
	}
	for _, l := range in.Limits {
		if algorithmOf(l, o) == bucket || l.Seconds > longest {
			c.scripts[l] = true
		}
	}
	for _, r := range in.Routes {
		for _, rate := range uses(r) {
			if rate.Limit.Seconds > 0 && (rate.Count != nil || rate.Cost != 1 || alternatives(r, rate) > 1) {
				c.scripts[rate.Limit] = true
			}
		}
	}
	for _, r := range in.Routes {
		c.listed[r] = c.ranked(r)
	}
	c.stick = c.group()
	return c
}

// alternatives returns by how many credentials a caller may be counted at a time: one for each
// alternative of security schemes.
func alternatives(r *config.Route, rate *model.Rate) int {
	for _, d := range rate.Dimensions() {
		if d.Builtin == "credential" {
			return len(r.Variants[0].Security)
		}
	}
	return 1
}

// lua reports whether a limit is counted in Lua: HAProxy 2.6 adds only 1 to a counter at a time,
// while larger costs, and the counters of several credentials, must be checked and added in one
// step.
func (c *counting) lua(l *model.Limit) bool { return c.scripts[l] }

// variable returns the name of a variable of a request.
func (c *counting) variable(name string) string { return "txn." + c.name + "_" + name }

// uses returns the rates at a route that count anything.
func uses(r *config.Route) []*model.Rate {
	return slices.DeleteFunc(r.Rates(), func(rate *model.Rate) bool { return rate.Count == nil && rate.Cost == 0 })
}

// entries returns what a route counts, in the order of the map of operations: first limits in
// tables, whose number is bounded, last those counted in a body.
func (c *counting) entries(r *config.Route) []*model.Rate { return c.listed[r] }

func (c *counting) ranked(r *config.Route) []*model.Rate {
	list := uses(r)
	rank := func(rate *model.Rate) int {
		if c.lua(rate.Limit) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *model.Rate) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// A table is a stick table: all limits that are counted alike.
type table struct {
	Name   string
	Limits []*model.Limit
	Window int64
	algorithm
}

// tables returns the stick tables, in the order of their first limits.
func (c *counting) tables() []*table { return c.stick }

func (c *counting) group() []*table {
	var out []*table
	for _, l := range c.in.Limits {
		if c.lua(l) {
			continue
		}
		a := algorithmOf(l, c.options)
		i := slices.IndexFunc(out, func(t *table) bool { return t.algorithm == a && t.Window == l.Seconds })
		if i < 0 {
			i = len(out)
			out = append(out, &table{
				Name: c.name + "_" + tableName(a, l.Seconds), Window: l.Seconds, algorithm: a,
			})
		}
		out[i].Limits = append(out[i].Limits, l)
	}
	return out
}

func tableName(a algorithm, seconds int64) string {
	switch a {
	case inFlight:
		return "in_flight"
	case sliding:
		return fmt.Sprintf("sliding_%ds", seconds)
	}
	return fmt.Sprintf("fixed_%ds", seconds)
}

// size returns how many counters a table holds. Around the edge of a fixed window it has those of
// both windows.
func (t *table) size(o config.Options) int64 {
	n := int64(o.Keys) * int64(len(t.Limits))
	if t.algorithm == fixed {
		n *= 2
	}
	return min(max(n, 100), 1<<31-1)
}

// expire returns for how many seconds a counter is kept after its last use: at least as long as it
// counts.
func (t *table) expire() int64 {
	switch t.algorithm {
	case sliding:
		return 2 * t.Window
	case fixed:
		return t.Window + 1
	}
	return 60
}

func (t *table) store() string {
	switch t.algorithm {
	case sliding:
		return fmt.Sprintf("gpc0_rate(%ds)", t.Window)
	case fixed:
		return "gpc0"
	}
	return "conn_cur"
}
