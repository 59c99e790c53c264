package ratelimit

import (
	"math"
	"time"
)

// A client paces a limit with Burst the way the API counts it: by a leaky bucket of Burst units
// that drains at Quota per Window. The client knows only that a request arrives between sending and
// answer. The later a cost arrives, the more of it is left at any later time; so a cost counts in
// full from its sending, and drains from its answer on:
//
//	client   send ──────────────────── response ─ guard ─▶ drains
//	server           arrives ─▶ drains
//
// Invariant: of requests that arrive in an interval of length t, let the last one be sent at s.
// Each of the others was in flight at s, or was answered in the interval and has drained since its
// answer at most. So all of them together are at most Burst plus what drains in t, which is what a
// bucket of that size and rate admits, whatever the delays. The price: costs in flight do not
// drain, so a bucket that drains within one round trip is not used fully.

// bucketGuard delays the draining of each cost, for servers that count milliseconds.
const bucketGuard = time.Millisecond

// drift slows the draining down, for clocks that run apart; see guard.
const drift = 1 + 1.0/10_000

// epsilon absorbs rounding errors. It is smaller than the part of a unit that drift leaves
// undrained.
const epsilon = 1e-6

// leaky is the answered part of a counter of a limit with Burst. Costs stay in the counter's record
// until they begin to drain.
type leaky struct {
	dry  time.Duration // when the bucket is empty, without further costs
	unit float64       // nanoseconds that a unit takes to drain
}

// add adds a cost that drains from at on.
func (b *leaky) add(at time.Duration, cost int64) {
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
	return int64(math.Ceil(float64(b.dry-now)/b.unit - epsilon))
}

// reaches returns when at most level units are left.
func (b *leaky) reaches(level float64) time.Duration {
	if level < 0 {
		return b.dry + lasting(math.Ceil(-level*b.unit))
	}
	return b.dry - lasting(math.Floor(level*b.unit))
}

// lasting returns a number of nanoseconds as a duration short enough that sums do not overflow.
func lasting(ns float64) time.Duration { return time.Duration(min(ns, float64(longestWindow)/2)) }

// AsWindow returns a limit without Burst that is at least as strict as l: whatever it admits, l
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

// count sets the limit of c. All calls of a counter have the same limit, unless its quotas were
// reloaded in between; then the newest applies.
func (c *counter) count(limit *Limit, now moment, share float64) {
	switch {
	case limit.Window <= 0 && !limit.Concurrent(): // from Block or Lower, which may have only the name
		return
	case kindOf(limit) == bucketed:
		if c.bucket == nil {
			c.limit, c.share = limit, share
			c.bucket = &leaky{unit: c.unit(now)}
		}
		c.drain(now) // at the rate in force so far
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

// drain moves costs that have begun to drain to the bucket.
func (c *counter) drain(now moment) {
	for _, e := range c.answered.entries[c.answered.head:] {
		if e.at > now.at {
			break
		}
		c.bucket.add(e.at, e.cost)
	}
	c.answered.expire(now.at)
}

// unit returns the nanoseconds that a unit takes to drain at the present rate.
func (c *counter) unit(now moment) float64 {
	l := c.limit
	if len(l.Stages) > 0 {
		inForce := l.On(time.Unix(0, now.wall))
		l = &inForce
	}
	perWindow := float64(l.Quota) * c.share * (1 - c.backoff(now)) * c.lowering(l)
	return float64(l.Window) / perWindow * drift
}

// lowering is the fraction of a bucket that the quota announced by the server leaves. Servers
// announce quotas per window.
func (c *counter) lowering(l *Limit) float64 {
	if c.lowered == 0 {
		return 1
	}
	return min(1, float64(c.lowered)/float64(min(l.Quota, l.Burst)))
}

// burst returns this process's share of the limit's bucket, or of a smaller one if the server
// announced less. A bucket that would take longer to drain than longestWindow allows is cut.
func (p *Pacer) burst(c *counter, limit *Limit) int64 {
	if len(limit.Stages) > 0 { // waiting calls are held to the stage in force when they are admitted
		inForce := limit.On(p.timeline.clock.Now())
		limit = &inForce
	}
	burst := float64(limit.Burst)
	if lowering := c.lowering(limit); lowering < 1 {
		burst = max(1, burst*lowering)
	}
	burst = min(burst, float64(limit.Quota)*float64(longestWindow/4)/float64(max(limit.Window, 1)))
	return ShareOf(int64(burst+epsilon), p.options.Share)
}

// opens returns when at most free units are left, not counting those in flight.
func (c *counter) opens(free int64, now moment) time.Duration {
	b, pending := *c.bucket, c.answered.total
	for _, e := range c.answered.entries[c.answered.head:] {
		if free >= pending {
			if at := b.reaches(float64(free - pending)); at <= e.at {
				return max(now.at, at)
			}
		}
		b.add(e.at, e.cost)
		pending -= e.cost
	}
	return max(now.at, b.reaches(float64(free)))
}

// estimateBucket is estimate for a bucket. The bucket drains at a constant rate while calls wait
// for it, so the time of admission depends only on the sum of the costs.
func (c *counter) estimateBucket(w *permit, cost, room int64, now moment) time.Duration {
	b, at := *c.bucket, max(now.at, c.blocked)
	b.add(now.at, c.inFlight+c.answered.total)
	b.dry = max(b.dry, at)
	sum := float64(cost)
	for ahead := c.queue.first; ahead != nil && ahead.before(w); ahead = ahead.next {
		if ahead.cost <= room { // larger ones fail when their turn comes
			sum += float64(ahead.cost)
		}
	}
	return max(at, b.reaches(float64(room)-sum))
}
