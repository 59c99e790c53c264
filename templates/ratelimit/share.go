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
	backoffStep     = 0.2  // of the quota in use, at each refusal
	backoffMax      = 0.75 // of the quota
	recoveryWindows = 50   // windows until a whole quota would be recovered
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
			window = max(window, c.limit.AsWindow().Window)
		}
		if c.backedOff > 0 && now.at-c.backedOffAt < window {
			return
		}
		c.backedOff = min(1-(1-c.backoff(now))*(1-backoffStep), backoffMax)
		c.backedOffAt = now.at
		c.keepUntil = max(c.keepUntil, now.at+recoveryWindows*window)
	})
}

// backoff returns the fraction of the quota that is left to others now.
func (c *counter) backoff(now moment) float64 {
	if c.backedOff == 0 {
		return 0
	}
	window := time.Second
	if c.limit != nil {
		window = max(window, c.limit.AsWindow().Window)
	}
	return max(0, c.backedOff-float64(now.at-c.backedOffAt)/float64(recoveryWindows*window))
}

// room is the quota that a charge must fit into: the Pacer's share less what it leaves to others. A
// larger cost is admitted alone, since waiting would not make it fit.
func (p *Pacer) room(h *permitCharge, now moment) int64 {
	return h.roomIn(p.quota(h.counter, h.limit), now)
}

// roomIn is room for a share that is known.
func (h *permitCharge) roomIn(quota int64, now moment) int64 {
	if left := h.counter.backoff(now); left > 0 {
		return max(h.cost, int64(float64(quota)*(1-left)))
	}
	return quota
}

// Remaining says that the server had only that many units of a counter left when it answered. Units
// that this process cannot have spent were spent by other callers: they count from now on for a
// Window, as though this process had spent them. Small differences are ignored, since servers
// round.
func (p *Pacer) Remaining(limit *Limit, key string, left int64) {
	p.change(limit, key, func(c *counter, now moment) {
		if c.limit == nil || c.limit.Concurrent() {
			return
		}
		quota := p.quota(c, c.limit)
		left = min(max(left, 0), quota) // whatever the server sends, the difference must not overflow
		if others := quota - left - c.used(now); others > quota/16 {
			c.answered.add(now.at, others, c.grain())
		}
	})
}
