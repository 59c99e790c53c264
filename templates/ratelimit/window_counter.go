package ratelimit

import (
	"math"
	"math/bits"
	"time"
)

// windowCounter is the server's view of one counter, in one cache line. It has no pointers, so the
// garbage collector skips all of them. The counters of one key are usually created together, so
// they are adjacent in memory. The lock of its shard guards it.
//
// The meaning of the fields depends on the kind of the limit:
//
//	        rolling                    aligned         bucketed               concurrent
//	total   cost in the window         cost in window  whole units available  cost in flight
//	until   when newest cost leaves    newest cost     when it will be full   newest cost
//	open    cost of newest sample                      fraction, in 1/Window
//	word    newest two packed samples  window end      time of last refill
//
// Invariant, except after a quota was lowered: rolling, aligned and concurrent counters have total
// at most the quota; a bucketed one has total from 0 to Burst.
type windowCounter struct {
	key     uint64        // hash of the partition key; see identity
	limit   uint32        // limit ID << kindBits | kind; see rule
	ring    uint32        // rolling: number of its overflow ring, if it has one
	total   int64         // see the table
	until   time.Duration // see the table
	open    int64         // see the table
	word    uint64        // see the table
	opened  uint32        // rolling: tick at which the newest sample began, rounded up
	oldest  uint32        // rolling: tick of the oldest packed sample, if any
	next    uint32        // number of the next counter in its list, from 1; 0 ends the list
	inRing  uint8         // rolling: how many samples in the ring count; they are older than the word's
	head    uint8         // rolling: index of the oldest sample in the ring
	size    uint8         // rolling: size class of the ring
	spilled bool          // spilled: chained separately from its key's other counters
}

func (t *windowCounter) identity() identity { return identity{t.key, t.limit} }

func (t *windowCounter) is(id identity) bool { return t.key == id.key && t.limit == id.limit }

func (t *windowCounter) kind() counterKind { return counterKind(t.limit & (1<<kindBits - 1)) }

// refresh brings the counter up to date.
func (t *windowCounter) refresh(l *Limit, r *rule, s *gateShard, now moment) {
	switch r.kind {
	case rolling:
		t.expire(r, s, now.at)
	case aligned:
		t.align(r.window, now)
	case bucketed:
		t.fill(r.window, l.Quota, r.capacity(l), now.at)
		t.until = t.fullAt(l, r, now.at)
	case concurrent:
	}
}

// align starts the current aligned window and stores its end. A clock that was set back by at most
// a window must not reopen the previous one.
func (t *windowCounter) align(window time.Duration, now moment) {
	end, was := time.Duration(alignedStart(now.wall, window))+window, time.Duration(t.word)
	if end > was || was-end > window {
		t.word, t.total = uint64(end), 0
	}
}

// fill adds the inflow since the last refill and stores the time. The arithmetic is exact, in 128
// bits: with rounding, each refill could admit slightly too much.
func (t *windowCounter) fill(window time.Duration, quota, burst int64, now time.Duration) {
	last := time.Duration(t.word)
	now = max(now, last)
	latest, low := bits.Mul64(uint64(now-last), uint64(quota))
	low, carry := bits.Add64(low, uint64(t.open), 0)
	latest += carry
	t.word = uint64(now)
	if latest < uint64(window) {
		units, part := bits.Div64(latest, low, uint64(window))
		t.open = int64(part)
		if room := burst - t.total; room > 0 && units < uint64(room) {
			t.total += int64(units)
			return
		}
	}
	t.total, t.open = burst, 0
}

// fullAt returns when the bucket will be full if no further requests arrive.
func (t *windowCounter) fullAt(l *Limit, r *rule, now time.Duration) time.Duration {
	missing := r.capacity(l) - t.total
	if missing <= 0 {
		return now
	}
	return now + min(t.refill(missing, l.Quota, r.window), math.MaxInt64-now)
}

// remaining returns how many units of most are available at once, as of the last refresh.
func (t *windowCounter) remaining(r *rule, capacity int64) int64 {
	if r.kind == bucketed {
		return t.total
	}
	return max(0, capacity-t.total)
}

// take charges a cost that fits to a counter of any kind but rolling.
func (t *windowCounter) take(l *Limit, r *rule, cost int64, now time.Duration) {
	if r.kind == bucketed {
		t.total -= cost
		t.until = t.fullAt(l, r, now)
		return
	}
	t.total += cost
	t.until = now
}

// wait returns how long until cost fits if no further requests arrive; 0 when it fits or unknown.
func (t *windowCounter) wait(l *Limit, r *rule, s *gateShard, capacity, cost int64, now moment) time.Duration {
	missing := cost - t.remaining(r, capacity)
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
	// After the quota was lowered, the total can exceed it.
	missing = min(cost+t.total-capacity, t.total)
	return t.freedBy(r, &s.rings, missing) - now.at
}

// refill returns how long until missing units have flowed in, rounded up.
func (t *windowCounter) refill(missing, quota int64, window time.Duration) time.Duration {
	latest, low := bits.Mul64(uint64(missing), uint64(window))
	low, borrow := bits.Sub64(low, uint64(t.open), 0)
	latest -= borrow
	low, carry := bits.Add64(low, uint64(quota)-1, 0)
	latest += carry
	if latest >= uint64(quota) {
		return math.MaxInt64
	}
	wait, _ := bits.Div64(latest, low, uint64(quota))
	return time.Duration(min(wait, math.MaxInt64))
}

// reset returns how long until more units are available, for any kind but rolling; 0 when all are
// available, or when the time is unknown.
func (t *windowCounter) reset(l *Limit, r *rule, s *gateShard, capacity int64, now moment) time.Duration {
	left := t.remaining(r, capacity)
	if left >= capacity {
		return 0
	}
	return t.wait(l, r, s, capacity, left+1, now)
}

// idle reports whether the counter can be dropped without changing any decision.
func (t *windowCounter) idle(now moment) bool {
	switch t.kind() {
	case aligned:
		return t.total == 0 || time.Duration(t.word) <= time.Duration(now.wall)
	case concurrent:
		return t.total == 0
	}
	return t.until <= now.at
}
