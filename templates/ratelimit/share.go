package ratelimit

import (
	"context"
	"time"
)

type batchKey struct{}

// AsBatch marks calls made with the context as part of a batch: when they wait for a limit, calls
// that arrive later may overtake them. They are not starved: each yields for PacerOptions.Patience
// only, and then precedes all calls that arrive after that.
func AsBatch(ctx context.Context) context.Context { return context.WithValue(ctx, batchKey{}, true) }

func isBatch(ctx context.Context) bool { return ctx.Value(batchKey{}) != nil }

const (
	yieldStep = 0.2  // of what is in use, at each refusal
	yieldMost = 0.75 // of the quota
	yieldBack = 50   // windows until all of a quota would be taken back
)

// Exceeded says that the server refused a request of a counter for too many, although this process
// kept within its share of the quota: other callers spend from it too. An adaptive Pacer then backs
// off: it leaves a part of the quota to them, once for all refusals within a Window, and recovers
// it slowly.
func (p *Pacer) Exceeded(limit *Limit, key string) {
	if !p.options.Adaptive {
		return
	}
	p.change(limit, key, func(c *counter, now moment) {
		window := time.Second
		if c.limit != nil {
			window = max(window, c.limit.Window)
		}
		if c.yielded > 0 && now.at-c.yieldAt < window {
			return
		}
		c.yielded = min(1-(1-c.left(now))*(1-yieldStep), yieldMost)
		c.yieldAt = now.at
		c.keep = max(c.keep, now.at+yieldBack*window)
	})
}

// left returns the part of the quota that is left to others now.
func (c *counter) left(now moment) float64 {
	if c.yielded == 0 {
		return 0
	}
	window := time.Second
	if c.limit != nil {
		window = max(window, c.limit.Window)
	}
	return max(0, c.yielded-float64(now.at-c.yieldAt)/float64(yieldBack*window))
}

// room is the quota that a charge has to fit into: what the Pacer may use, without what it leaves
// to others. A cost above that is admitted alone, since waiting would not make it fit.
func (p *Pacer) room(h *hold, now moment) int64 {
	quota := p.quota(h.counter, h.limit)
	if left := h.counter.left(now); left > 0 {
		return max(h.cost, int64(float64(quota)*(1-left)))
	}
	return quota
}

// Remaining says that the server had only so many units of a counter left when it answered. What
// this process cannot have spent of the others is spent by other callers: it counts from now on,
// for a Window, as though this process had. Small differences are left alone, as servers round.
func (p *Pacer) Remaining(limit *Limit, key string, left int64) {
	p.change(limit, key, func(c *counter, now moment) {
		if c.limit == nil || c.limit.Concurrent() || c.limit.Burst > 0 {
			return // the level of a bucket does not count costs
		}
		quota := p.quota(c, c.limit)
		left = min(max(left, 0), quota) // whatever the server sends, the difference must not overflow
		if others := quota - left - c.used(); others > quota/16 {
			c.answered.add(now.at, others, c.grain())
		}
	})
}
