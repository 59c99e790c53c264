package runtime

import (
	"math/bits"
	"time"
)

// A rolling window is kept as a log of costs in order of time, coarse so that its size depends on neither the quota
// nor the traffic: costs that come within a grain of the first of them are one mark with the sum of the costs and the
// LATEST of the times. The newest mark is held in the tally's own fields and is exact. When a newer one is begun, it
// is packed into a word: its time is rounded up by less than W/2²³, its cost by less than a part in 2²⁵.
//
// Safe: time and cost are only ever rounded up, so at any moment t the sum is at least that of all costs admitted in
// (t−W, t]. A cost is admitted only if that sum and it are at most the quota, so no window of W ever holds more.
//
// Small: when mark i still counts, its latest time is after t−W−tick, and mark i+1 was begun later than that. Marks
// are begun a grain or more apart, so of those after i there are at most (W+tick)/grain ≤ 24, the newest among them.
// The room for 24 packed ones is therefore enough; if it were not, costs would join the newest mark, which is safe too.
//
// What is given up is use: a cost leaves up to a grain, W/24, too late. A burst leaves whole at its exact time, and
// so does what is admitted because of that, so a caller at full demand gets the whole quota; one who sends at an
// even pace at least 24/25 of it.

// marks is how many packed marks there is room for: one in the tally itself, the others in a ring.
const marks = 24

// mark is a packed time and cost: 32 bits of ticks, which wrap, 6 bits of exponent, 26 of mantissa.
type mark uint64

const mantissa = 26

// pack rounds both up.
func pack(at time.Duration, cost int64, tick uint8) mark {
	exponent := max(mantissa, bits.Len64(uint64(cost))) - mantissa
	rounded := (cost + 1<<exponent - 1) >> exponent
	if rounded == 1<<mantissa {
		rounded, exponent = rounded>>1, exponent+1
	}
	return mark(tickOf(at, tick))<<32 | mark(exponent)<<mantissa | mark(rounded)
}

// tickOf is a time in ticks, rounded up.
func tickOf(at time.Duration, tick uint8) uint32 { return uint32((at + 1<<tick - 1) >> tick) }

func (m mark) tick() uint32 { return uint32(m >> 32) }

func (m mark) cost() int64 { return int64(m&(1<<mantissa-1)) << (m >> mantissa & 63) }

// expire lets go of what has left the window by now.
//
// Ticks wrap, so a difference of two must be small: the newest cost is in the window or everything is let go of; and
// all packed ones counted when that was added, so they are less than two windows and a tick old, 2²⁶ ticks at most.
func (t *tally) expire(r *rule, s *gateShard, now time.Duration) {
	if t.until <= now {
		t.total, t.open, t.ring, t.mark = 0, 0, t.ring&mostRings, 0
		return
	}
	for t.due(r, now) {
		t.shift(&s.rings)
	}
}

// due reports whether something has left the window by now.
func (t *tally) due(r *rule, now time.Duration) bool {
	return t.until <= now || t.packed() && int32(t.oldest-uint32((now-r.window)>>r.tick)) <= 0
}

// packed reports whether any packed mark counts.
func (t *tally) packed() bool { return t.ring > mostRings || t.mark != 0 }

// ringed returns how many marks count in the ring. They are older than those in the tally.
func (t *tally) ringed() uint8 { return uint8(t.ring >> 24) }

// shift lets go of the oldest packed mark.
func (t *tally) shift(k *rings) {
	if t.ringed() == 0 {
		t.total -= t.mark.cost()
		t.mark = 0
		return
	}
	r := k.at(t.ring & mostRings)
	t.total -= r.marks[r.head].cost()
	r.head = (r.head + 1) % ringMarks
	t.ring -= mostRings + 1
	t.oldest = t.nth(k, 0).tick()
}

// nth returns a packed mark, from the oldest on.
func (t *tally) nth(k *rings, i uint8) mark {
	n := t.ringed()
	if i >= n {
		return t.mark
	}
	r := k.at(t.ring & mostRings)
	return r.marks[(r.head+i)%ringMarks]
}

// joins reports whether a cost now is one with the newest mark.
func (t *tally) joins(r *rule, now time.Duration) bool {
	return t.open != 0 && int32(uint32(now>>r.tick)-t.opened) < r.grain
}

// add counts cost, as one with the newest mark.
func (t *tally) add(r *rule, cost int64, now time.Duration) {
	t.open += cost
	t.total += cost
	t.until = now + r.window
}

// begin begins a new mark unless there is no room for the one before, which is packed.
func (t *tally) begin(r *rule, s *gateShard, now time.Duration) {
	if t.open != 0 {
		m := pack(t.until-r.window, t.open, r.tick)
		if !s.keep(t, m) {
			return
		}
		t.total += m.cost() - t.open
		t.open = 0
	}
	t.opened = tickOf(now, r.tick)
}

// keep keeps a packed mark of a tally, and reports whether there was room. Two at a time go to the ring, since to reach
// that takes longer than all else.
func (s *gateShard) keep(t *tally, m mark) bool {
	switch {
	case !t.packed():
		t.oldest = m.tick()
		fallthrough
	case t.mark == 0:
		t.mark = m
		return true
	}
	k := &s.rings
	used := t.ringed()
	if used == ringMarks {
		return false
	}
	if t.ring&mostRings == 0 {
		t.ring = k.give(s.find(t.identity()))
	}
	r := k.at(t.ring & mostRings)
	for t.mark != 0 && used < ringMarks {
		r.marks[(r.head+used)%ringMarks] = t.mark
		t.mark, m = m, 0
		used++
	}
	t.ring = t.ring&mostRings | uint32(used)<<24
	return true
}

// first returns when the oldest mark leaves.
func (t *tally) first(r *rule) time.Duration {
	if !t.packed() {
		return t.until
	}
	return t.leaves(r, t.oldest)
}

// leaves returns when a mark leaves that counts, from its tick.
func (t *tally) leaves(r *rule, at uint32) time.Duration {
	newest := (t.until - r.window) >> r.tick
	return (newest+time.Duration(int32(at-uint32(newest))))<<r.tick + r.window
}

// freedBy returns when the mark leaves with which at least cost units leave. cost must not exceed the total.
func (t *tally) freedBy(r *rule, k *rings, cost int64) time.Duration {
	for i := range t.ringed() + 1 {
		m := t.nth(k, i)
		if cost -= m.cost(); cost <= 0 {
			return t.leaves(r, m.tick())
		}
	}
	return t.until
}
