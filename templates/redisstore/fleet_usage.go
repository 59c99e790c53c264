package redisstore

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Usage returns what this process has sent and still counts, for each counter, in order of API,
// limit and key. It includes units given back to Redis that are still cooling there. Quota is the
// quota of all processes together, so the sum of Used over all processes never exceeds it.
func (f *fleet) Usage() []ratelimit.Usage {
	f.mu.Lock()
	groups := slices.Collect(maps.Values(f.groups))
	f.mu.Unlock()
	var usage []ratelimit.Usage
	for _, g := range groups {
		usage = g.usage(usage)
	}
	slices.SortFunc(usage, func(a, b ratelimit.Usage) int {
		return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Key, b.Key))
	})
	return usage
}

// Highest returns the counter of each limit that is nearest to its quota now.
func (f *fleet) Highest() []ratelimit.Usage { return ratelimit.HighestOf(f.Usage()) }

// usage appends the usage of the allocations that are in use, blocked or waited for.
func (g *group) usage(out []ratelimit.Usage) []ratelimit.Usage {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for _, f := range g.order {
		u := ratelimit.Usage{
			API: f.limit.API, Limit: f.limit.Name, Key: f.key, Quota: f.quota(), Used: f.inFlight + f.spent.left(now), InFlight: f.inFlight,
			Waiting: f.queue, Blocked: max(0, f.blocked-now),
		}
		if u.Used > 0 || u.Waiting > 0 || u.Blocked > 0 {
			out = append(out, u)
		}
	}
	return out
}

// left is the number of units that have not left by now.
func (d *departures) left(now time.Duration) int64 {
	left := d.total
	for i := 0; i < len(d.list) && d.list[i].at <= now; i++ {
		left -= d.list[i].units
	}
	return left
}
