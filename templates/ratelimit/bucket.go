package ratelimit

import (
	"math"
	"time"
)

// A client paces a limit with Burst as the API counts it: by a bucket of Burst units, which drains
// at Quota per Window. It knows of a request's arrival only that it lies between sending and
// answer. The later a cost arrives, the more of it is left at any time after; so a cost counts in
// full from its sending, and drains from its answer on:
//
//	client   send ──────────────────── response ─ guard ─▶ drains
//	server           arrives ─▶ drains
//
// Invariant: of requests that arrive in an interval of length t, let the last one be sent at s.
// Each of the others was in flight at s, or was answered in the interval and had drained since then
// at most. So the last one was sent because all of them together were at most Burst and what drains
// in t: what a bucket of that size and rate admits, whatever the delays. The price is that what is
// in flight does not drain: a bucket that is no larger than what flows in during a round trip is
// not used up.

// bucketGuard delays the draining of each cost, for servers that count milliseconds.
const bucketGuard = time.Millisecond

// drift slows the draining down, for clocks that run apart; see guard.
const drift = 1 + 1.0/10_000

// hair is less of a unit than drift leaves of any that has drained. It is for rounding.
const hair = 1e-6

// leaky is the answered part of a counter of a limit with Burst. Costs stand in the counter's
// record until they begin to drain.
type leaky struct {
	dry  time.Duration // when all has drained, if no more comes
	unit float64       // how many nanoseconds a unit takes to drain
}

// pour adds a cost that drains from at on.
func (b *leaky) pour(at time.Duration, cost int64) {
	b.dry = max(b.dry, at) + lasting(math.Ceil(float64(cost)*b.unit))
}

// retune changes how long a unit takes. What has not drained stays as many units.
func (b *leaky) retune(now time.Duration, unit float64) {
	if left := b.dry - now; left > 0 && unit != b.unit {
		b.dry = now + lasting(math.Ceil(float64(left)/b.unit*unit))
	}
	b.unit = unit
}

// level returns how many units have yet to drain, rounded up.
func (b *leaky) level(now time.Duration) int64 {
	if b.dry <= now {
		return 0
	}
	return int64(math.Ceil(float64(b.dry-now)/b.unit - hair))
}

// falls returns when no more than level units are left.
func (b *leaky) falls(level float64) time.Duration {
	if level < 0 {
		return b.dry + lasting(math.Ceil(-level*b.unit))
	}
	return b.dry - lasting(math.Floor(level*b.unit))
}

// lasting is a number of nanoseconds, of which sums do not overflow.
func lasting(ns float64) time.Duration { return time.Duration(min(ns, float64(longestWindow)/2)) }

// AsWindow returns a limit without Burst that a client can keep to instead: whatever it admits, l
// admits too. Over a long time both admit the same, but a client of the window uses no burst above
// the quota, waits for a window after a burst, and loses a round trip in each window.
func (l *Limit) AsWindow() Limit {
	w := *l
	if kindOf(l) == bucketed {
		if w.Burst = 0; l.Burst < l.Quota {
			w.Quota = l.Burst
			w.Window = lasting(math.Ceil(float64(l.Window) / float64(l.Quota) * float64(l.Burst)))
		}
	}
	return w
}

// count makes limit the one that c is of. The calls of a counter have one limit, unless its figures
// were changed meanwhile; then the newest counts.
func (c *counter) count(limit *Limit, now moment, share float64) {
	switch {
	case limit.Window <= 0 && !limit.Concurrent(): // of Block or Lower, which may know the name alone
		return
	case kindOf(limit) == bucketed:
		if c.bucket == nil {
			c.limit, c.share = limit, share
			c.bucket = &leaky{unit: c.unit(now)}
		}
		c.drain(now) // as fast as until now
	case c.bucket != nil:
		if left := c.bucket.level(now.at); left > 0 {
			c.answered.add(now.at, left, 1)
		}
		c.bucket = nil
	case c.limit != nil && (limit.Quota <= c.limit.Quota || limit.Window != c.limit.Window):
		return // the slack is that of the largest quota that the server has had
	}
	c.limit = limit
}

// drain moves to the bucket what has begun to drain by now.
func (c *counter) drain(now moment) {
	for _, e := range c.answered.entries[c.answered.head:] {
		if e.at > now.at {
			break
		}
		c.bucket.pour(e.at, e.cost)
	}
	c.answered.expire(now.at)
}

// unit returns how many nanoseconds a unit takes to drain now.
func (c *counter) unit(now moment) float64 {
	l := c.limit
	if len(l.Stages) > 0 {
		inForce := l.On(time.Unix(0, now.wall))
		l = &inForce
	}
	perWindow := float64(l.Quota) * c.share * (1 - c.backoff(now)) * c.lowering(l)
	return float64(l.Window) / perWindow * drift
}

// lowering is the part of a bucket that is left by what the server announced. Servers announce what
// a window admits.
func (c *counter) lowering(l *Limit) float64 {
	if c.lowered == 0 {
		return 1
	}
	return min(1, float64(c.lowered)/float64(min(l.Quota, l.Burst)))
}

// burst returns this process's share of a bucket: the limit's, or of a smaller one if the server
// announced less. One that would take longer to drain than anything lasts is cut.
func (p *Pacer) burst(c *counter, limit *Limit) int64 {
	if len(limit.Stages) > 0 { // calls that wait are held to what is in force when they go
		inForce := limit.On(p.timeline.clock.Now())
		limit = &inForce
	}
	burst := float64(limit.Burst)
	if lowering := c.lowering(limit); lowering < 1 {
		burst = max(1, burst*lowering)
	}
	burst = min(burst, float64(limit.Quota)*float64(longestWindow/4)/float64(max(limit.Window, 1)))
	return ShareOf(int64(burst+hair), p.options.Share)
}

// opens returns when no more than free units are left of those that are not in flight.
func (c *counter) opens(free int64, now moment) time.Duration {
	b, pending := *c.bucket, c.answered.total
	for _, e := range c.answered.entries[c.answered.head:] {
		if free >= pending {
			if at := b.falls(float64(free - pending)); at <= e.at {
				return max(now.at, at)
			}
		}
		b.pour(e.at, e.cost)
		pending -= e.cost
	}
	return max(now.at, b.falls(float64(free)))
}

// estimateBucket is estimate for a bucket. It drains all the time while calls wait for it, so when
// one of them is admitted depends on the sum of the costs alone.
func (c *counter) estimateBucket(h *permitCharge, room int64, now moment) time.Duration {
	b, at := *c.bucket, max(now.at, c.blocked)
	b.pour(now.at, c.inFlight+c.answered.total)
	b.dry = max(b.dry, at)
	sum := float64(h.cost)
	for ahead := c.queue.first; ahead != nil && ahead.before(h); ahead = ahead.next {
		if ahead.cost <= room { // larger ones fail when their turn comes
			sum += float64(ahead.cost)
		}
	}
	return max(at, b.falls(float64(room)-sum))
}
