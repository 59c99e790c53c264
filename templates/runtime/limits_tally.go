package runtime

import (
	"math"
	"math/bits"
	"time"
)

// serverGrains is into how many parts a server's counter divides a window. A steady caller at the quota
// gets at least 32/33 of it through, a burst of the quota passes whole.
const serverGrains = 32

// tally is the server's view of one counter. Its shard's lock guards it. Which fields count depends on the limit.
type tally struct {
	id    counterID
	spent record        // rolling windows
	used  int64         // in the aligned window that began at start; in flight, for concurrent requests
	start int64         // of the aligned window
	level int64         // whole units in the bucket
	part  uint64        // and the part of the next one, in units of 1/Window
	at    time.Duration // when level was computed
	begun bool          // the bucket has been filled for the first time
	limit *Limit        // as it was used last, to tell when the tally is idle
}

// capacity is the largest cost that a server can ever admit.
func capacity(l *Limit) int64 {
	if bucket(l) {
		return l.Burst
	}
	return l.Quota
}

// bucket reports whether l lets bursts through. Aligned windows and concurrent requests have none.
func bucket(l *Limit) bool { return l.Burst > 0 && !l.UTC && !l.Concurrent() }

// refresh brings the tally up to now.
func (t *tally) refresh(l *Limit, now moment) {
	t.limit = l
	switch {
	case l.Concurrent():
	case l.UTC:
		start := alignedStart(now.wall, l.Window)
		// A clock that was set back by no more than a window must not reopen the one before.
		if start > t.start || t.start-start > int64(l.Window) {
			t.start, t.used = start, 0
		}
	case bucket(l):
		t.fill(l, now.at)
	default:
		t.spent.expire(now.at - l.Window)
	}
}

// fill adds what has flowed into the bucket since the last time. The arithmetic is exact, in 128 bits:
// rounding would let a little more through each time.
func (t *tally) fill(l *Limit, now time.Duration) {
	if !t.begun {
		t.level, t.part, t.begun = l.Burst, 0, true
	}
	window := uint64(l.Window)
	now = max(now, t.at) // shards whose clocks were read apart share some buckets
	high, low := bits.Mul64(uint64(now-t.at), uint64(l.Quota))
	low, carry := bits.Add64(low, t.part, 0)
	high += carry
	t.at = now
	if high < window {
		var units uint64
		units, t.part = bits.Div64(high, low, window)
		if room := l.Burst - t.level; room > 0 && units < uint64(room) {
			t.level += int64(units)
			return
		}
	}
	t.level, t.part = l.Burst, 0
}

// remaining returns how much can be had at once, as of the last refresh.
func (t *tally) remaining(l *Limit) int64 {
	switch {
	case l.Concurrent(), l.UTC:
		return max(0, l.Quota-t.used)
	case bucket(l):
		return t.level
	}
	return max(0, l.Quota-t.spent.total)
}

// take charges cost, which fits.
func (t *tally) take(l *Limit, cost int64, now moment) {
	switch {
	case l.Concurrent(), l.UTC:
		t.used += cost
	case bucket(l):
		t.level -= cost
	default:
		t.spent.add(now.at, cost, max(l.Window/serverGrains, 1))
	}
}

// wait returns how long it takes until cost can be had if nothing else comes; 0 when nobody knows.
func (t *tally) wait(l *Limit, cost int64, now moment) time.Duration {
	missing := cost - t.remaining(l)
	switch {
	case missing <= 0 || l.Concurrent():
		return 0
	case l.UTC:
		return time.Duration(t.start + int64(l.Window) - now.wall)
	case bucket(l):
		high, low := bits.Mul64(uint64(missing), uint64(l.Window))
		low, borrow := bits.Sub64(low, t.part, 0)
		high -= borrow
		low, carry := bits.Add64(low, uint64(l.Quota)-1, 0) // rounded up
		high += carry
		if high >= uint64(l.Quota) {
			return math.MaxInt64
		}
		wait, _ := bits.Div64(high, low, uint64(l.Quota))
		return time.Duration(min(wait, math.MaxInt64))
	}
	// A quota that was lowered meanwhile can leave more spent than it is.
	missing = min(cost+t.spent.total-l.Quota, t.spent.total)
	return t.spent.freedBy(missing) + l.Window - now.at
}

// reset returns how long it takes until more can be had; 0 when all can, or nobody knows.
func (t *tally) reset(l *Limit, now moment) time.Duration {
	switch left := t.remaining(l); {
	case left >= capacity(l):
		return 0
	case !l.UTC && !bucket(l) && !l.Concurrent():
		return t.spent.freedBy(1) + l.Window - now.at
	default:
		return t.wait(l, left+1, now)
	}
}

// idle reports whether forgetting the tally changes nothing.
func (t *tally) idle(now moment) bool {
	if t.limit == nil {
		return true
	}
	t.refresh(t.limit, now)
	return t.remaining(t.limit) >= capacity(t.limit)
}

// inherit makes t, which is new, start from what other holds.
func (t *tally) inherit(other *tally) {
	id := t.id
	*t = *other
	t.id, t.spent = id, other.spent.clone()
}
