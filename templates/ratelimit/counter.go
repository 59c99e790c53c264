package ratelimit

import "time"

// A client's counter stores the exact times of up to exactEntries costs. Beyond that, the costs of
// one grain share an entry; a window has grains of them.
const (
	exactEntries = 128
	grains       = 128
)

// counterID names a counter. shared marks the overflow counter shared by keys beyond MaxKeys.
type counterID struct {
	api, limit, key string
	shared          bool
}

// counter is the client's view of one window counter of the server. It is anchored at responses: a
// request counts from its send until a Window after its response:
//
//	client   send ──────────────────── response ──────── Window ────────▶ leaves
//	server           arrives (counts) ──────── Window ────────▶ leaves
//
// Invariant: the request arrived between send and response, so every request that the server can
// count in the window in which a new one arrives is counted here when the new one is sent. Delay
// and jitter of answered requests cannot break this. An unanswered request counts until it is
// surely over; see silence.
type counter struct {
	id       counterID
	index    int    // index in Pacer.ring; negative once forgotten
	limit    *Limit // nil before the first charge, if Block or Lower created the counter
	inFlight int64
	answered record
	bucket   *leaky // of a limit with Burst; the record then has what does not drain yet
	queue    queue
	full     fullTime
	peak     *peak    // of the limit; nil before its first use
	next     *counter // of the charge that came after this one's in the last call; see Pacer.counter

	unresolved bool // the record may have abandoned requests; the counter is then in Pacer.unresolved

	blocked     time.Duration // cooldown: nothing is admitted before this time
	probing     bool          // the cooldown was cut to MaxBlock: one probe request goes first
	probe       *permit       // the probe request
	lowered     int64         // 0, or the smaller quota that the server announced
	keepUntil   time.Duration // the counter is kept until then, even if idle
	backedOff   float64       // backed off: the fraction of the quota left to others
	backedOffAt time.Duration // when yielded was set
	share       float64       // of a bucket: PacerOptions.Share

	floor time.Duration // aligned windows: answers up to this time belong to past windows
	start int64         // aligned windows: start of the current one
}

// guard is the margin added to a rolling window: for servers that count both ends of it, and for
// clocks that drift by up to 70 ppm, more than most unsynchronised quartz clocks do.
func guard(window time.Duration) time.Duration { return time.Millisecond + window/10_000 }

// slack is how much longer than its window a counter remembers costs. An exact log of 6,000
// requests a minute takes 48 kB for each caller, so servers keep something coarser, and drop costs
// a little late. Generated servers are exact up to exactSamples requests in a window, and late by
// less than a 128th of it beyond. A saturated client gets N/(T + slack + RTT), and T/128 less for
// its own grain: at least 98.4 % of N/(T + RTT), and all but the guard of it when the quota is
// small. Such a server refuses none of its requests.
func slack(l *Limit) time.Duration {
	if l.Quota <= exactSamples {
		return guard(l.Window)
	}
	return guard(l.Window) + l.Window/128
}

// grain returns the resolution of the counter's record at present.
func (c *counter) grain() time.Duration {
	if len(c.answered.entries)-c.answered.head < exactEntries {
		return 1
	}
	if c.bucket != nil {
		return bucketGuard / 16
	}
	return max(c.limit.Window/grains, 1)
}

// used returns what counts against the quota. The counter has been refreshed.
func (c *counter) used(now moment) int64 {
	used := c.inFlight + c.answered.total
	if c.bucket != nil {
		used += c.bucket.level(now.at)
	}
	return used
}

// refresh drops the costs that have left the window by now.
func (c *counter) refresh(now moment, skew time.Duration) {
	switch {
	case c.limit == nil:
	case c.bucket != nil:
		c.drain(now)
		c.bucket.retune(now.at, c.unit(now))
	case c.limit.Concurrent():
		c.answered.expire(now.at)
	case c.limit.UTC:
		c.align(now, skew)
		c.answered.expire(c.floor)
	default:
		c.answered.expire(now.at - c.limit.Window - slack(c.limit))
	}
}

// align starts the current aligned window. The server's clock may differ from ours by skew: the
// window opens skew after its start, and requests that were in flight within skew before its start
// count in it too.
func (c *counter) align(now moment, skew time.Duration) {
	wall := now.wall - int64(skew)
	start := alignedStart(wall, c.limit.Window)
	// A wall clock that was set back by at most a window must not reopen the previous one.
	if start > c.start || c.start-start > int64(c.limit.Window) {
		c.start = start
		c.floor = now.at - time.Duration(wall-start) - 2*skew
	}
}

// leaves returns when a cost whose answer came at time at leaves the window.
func (c *counter) leaves(at time.Duration, now moment, skew time.Duration) time.Duration {
	switch {
	case c.limit.Concurrent():
		return at
	case c.limit.UTC:
		window := int64(c.limit.Window)
		answered := now.wall + int64(at-now.at) + int64(skew)
		start := alignedStart(answered+window-1, c.limit.Window)
		// The current window began at c.start: costs that count now leave in a later one.
		start = max(start, c.start+window)
		return now.at + time.Duration(start-now.wall) + skew
	default:
		return at + c.limit.Window + slack(c.limit)
	}
}

// earliest returns when cost fits into quota, judged by the answered requests. It returns false
// when cost fits only after a request in flight ends, since that time is unknown.
func (c *counter) earliest(cost, quota int64, now moment, skew time.Duration) (time.Duration, bool) {
	at := max(now.at, c.blocked)
	if c.probing && c.probe != nil {
		return 0, false
	}
	missing := c.used(now) + cost - quota
	switch {
	case missing <= 0:
		return at, true
	case c.bucket != nil:
		free := quota - cost - c.inFlight
		return max(at, c.opens(free, now)), free >= 0
	}
	if missing > c.answered.total {
		return 0, false
	}
	return max(at, c.leaves(c.answered.freedBy(missing), now, skew)), true
}

// idle reports whether the counter can be dropped without changing any decision.
func (c *counter) idle(now moment, skew time.Duration) bool {
	c.refresh(now, skew)
	return c.used(now) == 0 && c.queue.first == nil && c.blocked <= now.at && c.keepUntil <= now.at
}
