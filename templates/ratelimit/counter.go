package ratelimit

import "time"

// A client's counter remembers the times of so many costs exactly. Beyond, those of one grain are
// one, of which there are so many to a window.
const (
	exactEntries = 128
	grains       = 128
)

// counterID names a counter. shared is the counter that stands in for those which the bound on keys
// left no room for.
type counterID struct {
	api, limit, key string
	shared          bool
}

// counter is the client's view of one counter of the server. It is anchored at responses: a request
// counts from its send until a Window after its response. It arrived somewhere between, so every
// request that the server can count in the window that a new one arrives in is counted here when
// that is sent. No delay and no jitter of what is answered can break that; what is without an
// answer stays until it is surely over, see silence.
type counter struct {
	id       counterID
	slot     int    // in the pacer's ring
	limit    *Limit // nil until a charge has come, for a counter that was blocked or lowered before
	inFlight int64
	answered record
	queue    queue
	full     fullTime
	peak     *peak // of the limit; nil until it has been used

	silent bool // the record may have requests that were given up, and the Pacer a list of such counters

	blocked time.Duration // nothing is admitted before
	cut     bool          // the server said longer than is believed: one request has to find out first
	probe   *permit       // that one
	lowered int64         // 0, or the smaller quota that the server announced
	keep    time.Duration // not forgotten before, though idle
	yielded float64       // the part of the quota that was left to others
	yieldAt time.Duration // when

	floor time.Duration // aligned windows: answers up to here are in windows that are over
	start int64         // aligned windows: start of the present one
}

// guard is added to a rolling window: for servers that count both ends of it, and for clocks that
// run apart by up to 70 parts in a million, which is more than unsynchronised quartz does most
// often.
func guard(window time.Duration) time.Duration { return time.Millisecond + window/10_000 }

// slack is how much longer than its window a counter remembers costs. A server that kept an exact
// log of 6,000 requests a minute for each of its callers would keep 48 kB for each: servers keep
// something coarser, and let go of costs a little too late. Those generated here are exact up to
// exactMarks requests in a window, and late by less than a 128th of it beyond. A saturated client
// gets N/(T + slack + RTT) and, for its own grain, T/128 less: 98.4 % of N/(T + RTT) or more, and
// all but the guard of it when the quota is small. Of what it sends, such a server refuses nothing.
func slack(l *Limit) time.Duration {
	if l.Quota <= exactMarks {
		return guard(l.Window)
	}
	return guard(l.Window) + l.Window/128
}

// grain returns the resolution of the counter's record at present.
func (c *counter) grain() time.Duration {
	if len(c.answered.entries)-c.answered.head < exactEntries {
		return 1
	}
	return max(c.limit.Window/grains, 1)
}

// used returns what counts against the quota, as of the last refresh.
func (c *counter) used() int64 { return c.inFlight + c.answered.total }

// refresh lets go of what has left the window by now.
func (c *counter) refresh(now moment, skew time.Duration) {
	switch {
	case c.limit == nil:
	case c.limit.Concurrent():
		c.answered.expire(now.at)
	case c.limit.UTC:
		c.align(now, skew)
		c.answered.expire(c.floor)
	default:
		c.answered.expire(now.at - c.limit.Window - slack(c.limit))
	}
}

// align finds the present aligned window. The server's clock may differ from ours by skew: the
// window opens skew after its start, and requests that were in flight within skew before its start
// count in it too.
func (c *counter) align(now moment, skew time.Duration) {
	wall := now.wall - int64(skew)
	start := alignedStart(wall, c.limit.Window)
	// A wall clock that was set back by no more than a window must not reopen the one before.
	if start > c.start || c.start-start > int64(c.limit.Window) {
		c.start = start
		c.floor = now.at - time.Duration(wall-start) - 2*skew
	}
}

// leaves returns when a cost that was answered at at leaves the window.
func (c *counter) leaves(at time.Duration, now moment, skew time.Duration) time.Duration {
	switch {
	case c.limit.Concurrent():
		return at
	case c.limit.UTC:
		window := int64(c.limit.Window)
		answered := now.wall + int64(at-now.at) + int64(skew)
		start := alignedStart(answered+window-1, c.limit.Window)
		// The present window began at c.start: only a later one lets go of what counts now.
		start = max(start, c.start+window)
		return now.at + time.Duration(start-now.wall) + skew
	default:
		return at + c.limit.Window + slack(c.limit)
	}
}

// earliest returns when cost fits into quota as far as the answers tell, and false when it takes
// the end of a request in flight, which nobody can foretell.
func (c *counter) earliest(cost, quota int64, now moment, skew time.Duration) (time.Duration, bool) {
	at := max(now.at, c.blocked)
	if c.cut && c.probe != nil {
		return 0, false
	}
	missing := c.used() + cost - quota
	if missing <= 0 {
		return at, true
	}
	if missing > c.answered.total {
		return 0, false
	}
	return max(at, c.leaves(c.answered.freedBy(missing), now, skew)), true
}

// idle reports whether forgetting the counter changes nothing.
func (c *counter) idle(now moment, skew time.Duration) bool {
	c.refresh(now, skew)
	return c.used() == 0 && c.queue.first == nil && c.blocked <= now.at && c.keep <= now.at
}
