package runtime

import (
	"math"
	"math/bits"
	"time"
)

// tally is the server's view of one counter, in four cache lines without a pointer: a million of them are nothing to
// the garbage collector, and most decisions make do with the first line. Those of one key are most often made one
// after the other, so they lie in one page. Its shard's lock guards it. What the fields hold depends on its kind.
type tally struct {
	limit, key uint64        // hashes of the limit and the partition key; see identity
	window     time.Duration // of the limit
	total      int64         // what counts: in the window, in flight, or whole units in the bucket
	last       time.Duration // the newest cost; bucketed: the last time that something flowed in
	open       int64         // rolling: the cost of the newest mark; bucketed: the part of a unit, in units of 1/Window
	next       uint32        // number in its list, from 1
	opened     uint32        // rolling: the tick when the newest mark was begun, rounded up
	oldest     uint32        // rolling: the tick of the oldest packed mark, when there is one
	head       uint8         // rolling: where that is
	length     uint8         // rolling: how many packed marks count
	kind       tallyKind
	alone      bool        // in a list of its own
	marks      [marks]mark // rolling: packed ones; the others have words there
}

// The words of a tally that is not rolling.
const (
	wordStart = iota // aligned: the window's start; bucketed: the newest cost
	wordQuota        // bucketed: quota and burst as they were last
	wordBurst
)

// refresh brings the tally up to now.
func (t *tally) refresh(l *Limit, r *rule, now moment) {
	switch t.kind {
	case rolling:
		t.expire(now.at)
	case aligned:
		t.align(now)
	case bucketed:
		t.marks[wordQuota], t.marks[wordBurst] = mark(l.Quota), mark(r.most(l))
		t.fill(l.Quota, r.most(l), now.at)
	case concurrent:
	}
}

// align finds the present aligned window. A clock that was set back by no more than a window must not reopen
// the one before.
func (t *tally) align(now moment) {
	start, was := time.Duration(alignedStart(now.wall, t.window)), time.Duration(t.marks[wordStart])
	if start > was || was-start > t.window {
		t.marks[wordStart], t.total = mark(start), 0
	}
}

// fill adds what has flowed into the bucket since the last time. The arithmetic is exact, in 128 bits:
// rounding would let a little more through each time.
func (t *tally) fill(quota, burst int64, now time.Duration) {
	window := uint64(t.window)
	now = max(now, t.last)
	high, low := bits.Mul64(uint64(now-t.last), uint64(quota))
	low, carry := bits.Add64(low, uint64(t.open), 0)
	high += carry
	t.last = now
	if high < window {
		units, part := bits.Div64(high, low, window)
		t.open = int64(part)
		if room := burst - t.total; room > 0 && units < uint64(room) {
			t.total += int64(units)
			return
		}
	}
	t.total, t.open = burst, 0
}

// remaining returns how much of most can be had at once, as of the last refresh.
func (t *tally) remaining(most int64) int64 {
	if t.kind == bucketed {
		return t.total
	}
	return max(0, most-t.total)
}

// take charges cost, which fits.
func (t *tally) take(r *rule, cost int64, now time.Duration) {
	switch t.kind {
	case rolling:
		t.add(r, cost, now)
	case bucketed:
		t.total -= cost
		t.marks[wordStart] = mark(now)
	default:
		t.total += cost
		t.last = now
	}
}

// wait returns how long it takes until cost can be had if nothing else comes; 0 when nobody knows.
func (t *tally) wait(l *Limit, most, cost int64, now moment) time.Duration {
	missing := cost - t.remaining(most)
	if missing <= 0 {
		return 0
	}
	switch t.kind {
	case aligned:
		return time.Duration(t.marks[wordStart]) + t.window - time.Duration(now.wall)
	case bucketed:
		return t.refill(missing, l.Quota)
	case concurrent:
		return 0
	}
	// A quota that was lowered meanwhile can leave more spent than it is.
	missing = min(cost+t.total-most, t.total)
	return t.freedBy(missing) + t.window - now.at
}

// refill returns how long it takes until missing units have flowed in, rounded up.
func (t *tally) refill(missing, quota int64) time.Duration {
	high, low := bits.Mul64(uint64(missing), uint64(t.window))
	low, borrow := bits.Sub64(low, uint64(t.open), 0)
	high -= borrow
	low, carry := bits.Add64(low, uint64(quota)-1, 0)
	high += carry
	if high >= uint64(quota) {
		return math.MaxInt64
	}
	wait, _ := bits.Div64(high, low, uint64(quota))
	return time.Duration(min(wait, math.MaxInt64))
}

// reset returns how long it takes until more can be had; 0 when all can, or nobody knows.
func (t *tally) reset(l *Limit, most int64, now moment) time.Duration {
	if t.kind == rolling {
		if t.total == 0 {
			return 0
		}
		return t.first() + t.window - now.at
	}
	left := t.remaining(most)
	if left >= most {
		return 0
	}
	return t.wait(l, most, left+1, now)
}

// idle reports whether forgetting the tally changes nothing.
func (t *tally) idle(now moment) bool {
	switch t.kind {
	case rolling:
		t.expire(now.at)
	case aligned:
		t.align(now)
	case bucketed:
		quota, burst := int64(t.marks[wordQuota]), int64(t.marks[wordBurst])
		t.fill(quota, burst, now.at)
		return t.total >= burst
	case concurrent:
	}
	return t.total == 0
}

// used returns when something was charged last.
func (t *tally) used() time.Duration {
	if t.kind == bucketed {
		return time.Duration(t.marks[wordStart])
	}
	return t.last
}

// inherit makes t, which is new, start from what other of the same limit holds.
func (t *tally) inherit(other *tally) {
	key, next, alone := t.key, t.next, t.alone
	*t = *other
	t.key, t.next, t.alone = key, next, alone
}
