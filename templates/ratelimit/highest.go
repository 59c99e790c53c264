package ratelimit

import (
	"cmp"
	"math"
	"slices"
)

// lockBatch is how many counters are examined before a lock is released, so that no call waits
// long for it.
const lockBatch = 256

// highest holds, for each limit, the counter that is nearest to its quota.
type highest struct {
	of   map[limitID]*Usage
	last *Usage // of the limit noted last: the counters of a limit often follow each other
}

func newHighest() highest { return highest{of: map[limitID]*Usage{}} }

// limitID names a limit.
type limitID struct{ api, name string }

func (h *highest) note(api, limit string, used, quota int64) {
	u := h.last
	if u == nil || u.Limit != limit || u.API != api {
		id := limitID{api, limit}
		if u = h.of[id]; u == nil {
			u = &Usage{API: api, Limit: limit, Used: used, Quota: quota}
			h.of[id] = u
		}
		h.last = u
	}
	if nearer(used, quota, u.Used, u.Quota) {
		u.Used, u.Quota = used, quota
	}
}

// HighestOf returns, for each limit, the counter that is nearest to its quota, for a Reporter
// without a history.
func HighestOf(counters []Usage) []Usage {
	h := newHighest()
	for _, u := range counters {
		h.note(u.API, u.Limit, u.Used, u.Quota)
	}
	return h.sorted()
}

func (h *highest) sorted() []Usage {
	var out []Usage
	for _, u := range h.of {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b Usage) int { return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.Limit, b.Limit)) })
	return out
}

// Highest returns, for each limit that has been used, the peak utilisation of any one counter now
// or in the last minute. While a counter has no room for the call at the head of its queue, its
// quota counts as all used, even if a few units are left that are too few for that call. A call
// that waits for another limit does not count here. Only API, Limit, Used and Quota are set. It
// visits all counters, but delays no call for long.
func (p *Pacer) Highest() []Usage {
	h := newHighest()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.ring); i > 0; {
		now := p.now()
		// Backwards, because a concurrent sweep moves the last counter, already seen, to an earlier
		// place.
		for range min(lockBatch, i) {
			i--
			c := p.ring[i]
			if c.limit == nil {
				continue
			}
			c.refresh(now, p.skew(c.limit))
			used, quota := c.used(now), p.quota(c, c.limit)
			if first := c.queue.first; first != nil && !p.hasRoom(first, p.quota(c, first.limit), now) {
				used = quota
			}
			h.note(c.id.api, c.id.limit, used, quota)
		}
		p.mu.Unlock()
		p.mu.Lock()
		i = min(i, len(p.ring))
	}
	now := p.now()
	for id, peak := range p.peaks {
		if used, quota := peak.highest(now.at); quota > 0 {
			h.note(id.api, id.name, used, quota)
		}
	}
	return h.sorted()
}

// note records the use of a charge's counter, or all of the quota when the charge does not fit.
func (p *Pacer) note(h *permitCharge, quota int64, now moment, fits bool) {
	c := h.counter
	used := c.used(now)
	if !fits {
		used = quota
	}
	if c.peak == nil {
		id := limitID{h.limit.API, h.limit.Name}
		if c.peak = p.peaks[id]; c.peak == nil {
			c.peak = &peak{}
			p.peaks[id] = c.peak
		}
	}
	c.peak.note(now.at, used, quota)
}

// Highest returns, for each limit, the utilisation of its counter that is nearest to its quota now.
// Only API, Limit, Used and Quota are set. It visits all counters, but delays no call for long.
func (g *Gate) Highest() []Usage {
	h := newHighest()
	var left [gateShards]uint32
	for i := range left {
		left[i] = math.MaxUint32
	}
	for more := true; more; {
		more = false
		for i := range g.shards { // a few of each shard in turn, so that waiting calls get the lock in between
			if left[i] > 0 {
				left[i] = g.look(&h, &g.shards[i], left[i])
				more = more || left[i] > 0
			}
		}
	}
	return h.sorted()
}

// Usage returns nothing: a gate keeps no partition keys.
func (g *Gate) Usage() []Usage { return nil }

// look notes some counters of a shard and returns how many are left. It goes backwards, as a Pacer
// does.
func (g *Gate) look(h *highest, s *gateShard, left uint32) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	left = min(left, s.count)
	now := g.timeline.read(&s.latest)
	for range min(lockBatch, left) {
		left--
		t := s.at(left)
		if l, r := g.rules.Load().of(t.limit); l != nil {
			if r.kind == bucketed {
				seen := *t // another plan refills at another rate, so this refresh must not be stored
				t = &seen
			}
			t.refresh(l, r, s, now)
			h.note(l.API, l.Name, r.capacity(l)-t.remaining(r, r.capacity(l)), r.capacity(l))
		}
	}
	return left
}
