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

// marks is how many packed marks a tally has room for.
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
func (t *tally) expire(now time.Duration) {
	floor := now - t.window
	if t.last <= floor {
		t.total, t.open, t.length = 0, 0, 0
	}
	if t.length > 0 {
		t.shift(uint32(floor >> tick(t.window)))
	}
}

// shift lets go of packed marks from the tick past and before.
func (t *tally) shift(past uint32) {
	for t.length > 0 && int32(t.oldest-past) <= 0 {
		t.total -= t.marks[t.head].cost()
		t.head = (t.head + 1) % marks
		t.length--
		t.oldest = t.marks[t.head].tick() // of no mark when there is none
	}
}

// add counts cost from now on. What has left the window has been let go of.
func (t *tally) add(r *rule, cost int64, now time.Duration) {
	if cost == 0 {
		return
	}
	if t.open == 0 || int32(uint32(now>>r.tick)-t.opened) >= r.grain {
		t.begin(r.tick)
		t.opened = tickOf(now, r.tick)
	}
	t.open += cost
	t.total += cost
	t.last = now
}

// begin packs the newest mark, if there is one and there is room.
func (t *tally) begin(tick uint8) {
	if t.open == 0 || t.length == marks {
		return
	}
	m := pack(t.last, t.open, tick)
	if t.length == 0 {
		t.oldest = m.tick()
	}
	t.marks[(t.head+t.length)%marks] = m
	t.length++
	t.total += m.cost() - t.open
	t.open = 0
}

// first returns the time of the oldest mark.
func (t *tally) first() time.Duration {
	if t.length == 0 {
		return t.last
	}
	return t.unpack(t.oldest)
}

// unpack returns the time of a mark that counts, from its tick.
func (t *tally) unpack(at uint32) time.Duration {
	tick := tick(t.window)
	newest := t.last >> tick
	return (newest + time.Duration(int32(at-uint32(newest)))) << tick
}

// freedBy returns the time of the mark with which at least cost units leave. cost must not exceed the total.
func (t *tally) freedBy(cost int64) time.Duration {
	for i := range t.length {
		m := t.marks[(t.head+i)%marks]
		if cost -= m.cost(); cost <= 0 {
			return t.unpack(m.tick())
		}
	}
	return t.last
}
