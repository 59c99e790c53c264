package ratelimit

import (
	"math"
	"time"
)

// fullTime sums how long a counter had no room for the head of its queue. The difference between
// two moments is how long the counter delayed a call that waited meanwhile; so the time each call
// waited is known without visiting every call of a queue.
type fullTime struct {
	past        time.Duration
	since, till time.Duration // the current period without room; empty when there is room
}

// total is the sum up to now.
func (f *fullTime) total(now time.Duration) time.Duration {
	return f.past + max(0, min(now, f.till)-f.since)
}

// hasRoom reports whether the charge fits into its counter's quota now, whatever waits.
func (p *Pacer) hasRoom(h *permitCharge, quota int64, now moment) bool {
	at, known := h.counter.earliest(h.cost, h.roomIn(quota, now), now, p.skew(h.limit))
	return known && at <= now.at
}

// noteFull records whether a counter has room for the first call that waits for it. A call can be
// first in one queue and wait in another: then its counter here is not what holds it up.
func (p *Pacer) noteFull(c *counter, now moment) {
	c.full = fullTime{past: c.full.total(now.at)}
	first := c.queue.first
	if first == nil {
		return
	}
	skew := p.skew(first.limit)
	c.refresh(now, skew)
	at, known := c.earliest(first.cost, p.room(first, now), now, skew)
	if known && at <= now.at {
		return
	}
	if !known {
		at = math.MaxInt64
	}
	c.full.since, c.full.till = now.at, at
	p.note(first, p.quota(c, first.limit), now, false)
}
