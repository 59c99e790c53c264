package ratelimit

import (
	"math"
	"math/bits"
	"time"
)

// tally is the server's view of one counter, in a cache line without a pointer: a million of them
// are nothing to the garbage collector. Those of one key are most often made one after the other,
// so they lie side by side. Its shard's lock guards it. What the fields hold depends on its kind.
type tally struct {
	key    uint64        // a hash of the partition key; see identity
	limit  uint32        // the number of the limit, and the kind; see rule
	ring   uint32        // rolling: the number of its ring, if it has one
	total  int64         // what counts: in the window, in flight, or whole units in the bucket
	until  time.Duration // rolling: when the newest cost leaves; bucketed: when it will be full; others: the newest cost
	open   int64         // rolling: the cost of the newest mark; bucketed: the part of a unit, in units of 1/Window
	word   uint64        // rolling: the newest two packed marks; aligned: the window's end; bucketed: when it was filled
	opened uint32        // rolling: the tick when the newest mark was begun, rounded up
	oldest uint32        // rolling: the tick of the oldest packed mark, when there is one
	next   uint32        // number in its list, from 1
	inRing uint8         // rolling: how many marks count in the ring, those before the word's
	head   uint8         // rolling: where the oldest of them is
	size   uint8         // rolling: of the ring
	alone  bool          // in a list of its own
}

func (t *tally) identity() identity { return identity{t.key, t.limit} }

func (t *tally) is(id identity) bool { return t.key == id.key && t.limit == id.limit }

func (t *tally) kind() tallyKind { return tallyKind(t.limit & (1<<kindBits - 1)) }

// refresh brings the tally up to now.
func (t *tally) refresh(l *Limit, r *rule, s *gateShard, now moment) {
	switch r.kind {
	case rolling:
		t.expire(r, s, now.at)
	case aligned:
		t.align(r.window, now)
	case bucketed:
		t.fill(r.window, l.Quota, r.most(l), now.at)
		t.until = t.full(l, r, now.at)
	case concurrent:
	}
}

// align finds the present aligned window, of which it keeps the end. A clock that was set back by
// no more than a window must not reopen the one before.
func (t *tally) align(window time.Duration, now moment) {
	end, was := time.Duration(alignedStart(now.wall, window))+window, time.Duration(t.word)
	if end > was || was-end > window {
		t.word, t.total = uint64(end), 0
	}
}

// fill adds what has flowed into the bucket since the last time, which it keeps. The arithmetic is
// exact, in 128 bits: rounding would let a little more through each time.
func (t *tally) fill(window time.Duration, quota, burst int64, now time.Duration) {
	last := time.Duration(t.word)
	now = max(now, last)
	high, low := bits.Mul64(uint64(now-last), uint64(quota))
	low, carry := bits.Add64(low, uint64(t.open), 0)
	high += carry
	t.word = uint64(now)
	if high < uint64(window) {
		units, part := bits.Div64(high, low, uint64(window))
		t.open = int64(part)
		if room := burst - t.total; room > 0 && units < uint64(room) {
			t.total += int64(units)
			return
		}
	}
	t.total, t.open = burst, 0
}

// full returns when the bucket will be full if nothing else comes.
func (t *tally) full(l *Limit, r *rule, now time.Duration) time.Duration {
	missing := r.most(l) - t.total
	if missing <= 0 {
		return now
	}
	return now + min(t.refill(missing, l.Quota, r.window), math.MaxInt64-now)
}

// remaining returns how much of most can be had at once, as of the last refresh.
func (t *tally) remaining(r *rule, most int64) int64 {
	if r.kind == bucketed {
		return t.total
	}
	return max(0, most-t.total)
}

// take charges cost, which fits, unless the tally is rolling.
func (t *tally) take(l *Limit, r *rule, cost int64, now time.Duration) {
	if r.kind == bucketed {
		t.total -= cost
		t.until = t.full(l, r, now)
		return
	}
	t.total += cost
	t.until = now
}

// wait returns how long it takes until cost can be had if nothing else comes; 0 when nobody knows.
func (t *tally) wait(l *Limit, r *rule, s *gateShard, most, cost int64, now moment) time.Duration {
	missing := cost - t.remaining(r, most)
	if missing <= 0 {
		return 0
	}
	switch r.kind {
	case aligned:
		return time.Duration(t.word) - time.Duration(now.wall)
	case bucketed:
		return t.refill(missing, l.Quota, r.window)
	case concurrent:
		return 0
	}
	// A quota that was lowered meanwhile can leave more spent than it is.
	missing = min(cost+t.total-most, t.total)
	return t.freedBy(r, &s.rings, missing) - now.at
}

// refill returns how long it takes until missing units have flowed in, rounded up.
func (t *tally) refill(missing, quota int64, window time.Duration) time.Duration {
	high, low := bits.Mul64(uint64(missing), uint64(window))
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

// reset returns how long it takes until more can be had, unless the tally is rolling; 0 when all
// can, or this is not known.
func (t *tally) reset(l *Limit, r *rule, s *gateShard, most int64, now moment) time.Duration {
	left := t.remaining(r, most)
	if left >= most {
		return 0
	}
	return t.wait(l, r, s, most, left+1, now)
}

// idle reports whether forgetting the tally changes nothing.
func (t *tally) idle(now moment) bool {
	switch t.kind() {
	case aligned:
		return t.total == 0 || time.Duration(t.word) <= time.Duration(now.wall)
	case concurrent:
		return t.total == 0
	}
	return t.until <= now.at
}
