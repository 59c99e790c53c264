package ratelimit

import (
	"math"
	"math/bits"
	"time"
)

// A rolling window is a log of samples (marks): costs in order of time. With a small quota, each
// request has its own mark and the log is exact. With a larger one, costs within a grain of the
// first of them share a mark, which has the sum of the costs and the LATEST of the times. The size
// of the log therefore depends on neither the quota nor the traffic:
//
//	window         ├──────────────────────────────────────────────┤ now
//	up to 112       │││ │  │ │                 ││      │       │  ▒ one for each request
//	more            ┃┃ ┃   ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ▒ one a grain at most
//
// The newest mark (▒) is exact and is stored in the tally's own fields. When the next one begins,
// it is packed into 32-bit words: its time in ticks of less than W/2¹⁵, rounded up, and a cost of
// up to 4095 or a multiple of a power of 16. A larger cost takes several words. Cost without a free
// word stays in the newest mark, which leaves later.
//
// Invariant (safe): times are only ever rounded up and no cost is lost, so at any time t the sum is
// at least that of all costs admitted in (t−W, t]. A cost is admitted only if the sum plus the cost
// is at most the quota, so no window of length W ever holds more.
//
// Size (small): at most exactMarks requests have their own marks, and at most (W+tick)/grain ≤ 138
// marks begin a grain or more after the previous one. A counter can have both when a plan changes
// its quota: together less than fullMarks. If costs of several words fill the space nevertheless,
// further costs join the newest mark, which is safe too.
//
// Accuracy (close): a cost leaves at most one tick (W/2¹⁵) late when the quota is up to exactMarks,
// else at most a grain and three ticks, which is less than W/128. A client adds the same delay to
// its own windows (see slack), so client and server agree.

const (
	exactMarks  = 112 // a quota up to this is counted exactly; slack and the store in Redis have the same figure
	windowGrain = 136 // grains per window for larger quotas
	fullMarks   = 250 // marks from which on a cost takes at most one word
)

// mark is a packed time and cost: 16 bits of ticks, which wrap, 4 of exponent in steps of 4, 12 of
// mantissa. A mark is never 0.
type mark uint32

const mantissa = 12

// pack makes a mark of a time, and of as much of a cost as one can hold.
func pack(at uint32, cost int64) (m mark, packed int64) {
	exponent := (max(mantissa, bits.Len64(uint64(cost))) - mantissa + 3) / 4
	part := cost >> (4 * exponent)
	return mark(at)<<16 | mark(exponent)<<mantissa | mark(part), part << (4 * exponent)
}

// tickOf is a time in ticks, rounded up.
func tickOf(at time.Duration, tick uint8) uint32 { return uint32((at + 1<<tick - 1) >> tick) }

func (m mark) tick() uint16 { return uint16(m >> 16) }

func (m mark) cost() int64 { return int64(m&(1<<mantissa-1)) << (4 * (m >> mantissa & 15)) }

// after returns the tick of a mark that is no earlier than another one by more than a window.
func (m mark) after(earlier uint32) uint32 { return earlier + uint32(m.tick()-uint16(earlier)) }

// expire drops the costs that have left the window by now.
//
// Ticks wrap, so a difference of two must be small: the newest cost is in the window or everything
// is dropped. All packed marks counted when the newest cost was added, so they are less than a
// window and two ticks older, 2¹⁶ ticks at most.
func (t *tally) expire(r *rule, s *gateShard, now time.Duration) {
	if t.until <= now {
		t.total, t.open, t.word, t.inRing = 0, 0, 0, 0
		if t.size > 0 {
			s.release(t)
		}
		return
	}
	for t.due(r, now) {
		t.shift(&s.rings)
	}
}

// due reports whether any cost has left the window by now.
func (t *tally) due(r *rule, now time.Duration) bool {
	return t.until <= now || t.packed() && int32(t.oldest-uint32((now-r.window)>>r.tick)) <= 0
}

// packed reports whether any packed mark counts.
func (t *tally) packed() bool { return t.word != 0 || t.inRing != 0 }

// shift drops the oldest packed mark.
func (t *tally) shift(k *rings) {
	t.total -= t.nth(k, 0).cost()
	if t.inRing == 0 {
		t.word >>= 32
	} else {
		t.inRing--
		if t.head++; int(t.head) == ringMarks(t.size) {
			t.head = 0
		}
	}
	if t.packed() {
		t.oldest = t.nth(k, 0).after(t.oldest)
	}
}

// nth returns a packed mark, from the oldest on; 0 when there are not so many. Those in the ring
// are the oldest, and then come the lower and the upper half of the tally's word.
func (t *tally) nth(k *rings, i int) mark {
	switch n := int(t.inRing); {
	case i < n:
		if i += int(t.head); i >= ringMarks(t.size) {
			i -= ringMarks(t.size)
		}
		return k.at(t.size, t.ring)[1+i]
	case i < n+2:
		return mark(t.word >> (32 * uint(i-n)))
	}
	return 0
}

// replace sets a packed mark, counted as nth does.
func (t *tally) replace(k *rings, i int, m mark) {
	if i < int(t.inRing) {
		k.at(t.size, t.ring)[1+(int(t.head)+i)%ringMarks(t.size)] = m
		return
	}
	shift := 32 * uint(i-int(t.inRing))
	t.word = t.word&^(math.MaxUint32<<shift) | uint64(m)<<shift
}

// joins reports whether a cost charged now shares the newest mark. most is the quota.
func (t *tally) joins(r *rule, most int64, now time.Duration) bool {
	if t.open == 0 {
		return false
	}
	if most <= exactMarks {
		return tickOf(now, r.tick) == tickOf(t.until-r.window, r.tick)
	}
	return int32(uint32(now>>r.tick)-t.opened) < r.grain
}

// add adds cost to the newest mark.
func (t *tally) add(r *rule, cost int64, now time.Duration) {
	t.open += cost
	t.total += cost
	t.until = now + r.window
}

// begin packs the newest mark and begins another, unless space for the packed one is lacking.
func (t *tally) begin(r *rule, s *gateShard, now time.Duration) {
	if t.open != 0 {
		at, before := tickOf(t.until-r.window, r.tick), t.open
		for t.open != 0 && (t.open == before || t.inRing < fullMarks) {
			m, cost := pack(at, t.open)
			if !s.keep(t, m, at) {
				break
			}
			t.open -= cost
		}
		if t.open == before {
			return
		}
	}
	t.opened = tickOf(now, r.tick)
}

// keep stores a packed mark of a tally, and reports whether there was space. Marks move to the ring
// two at a time, since accessing the ring takes longer than all else.
func (s *gateShard) keep(t *tally, m mark, at uint32) bool {
	switch {
	case !t.packed():
		t.oldest = at
		fallthrough
	case t.word == 0:
		t.word = uint64(m)
		return true
	case t.word>>32 == 0:
		t.word |= uint64(m) << 32
		return true
	}
	if !s.widen(t) {
		return false
	}
	r, size := s.rings.at(t.size, t.ring), ringMarks(t.size)
	end := int(t.head) + int(t.inRing)
	for i := range 2 {
		r[1+(end+i)%size] = mark(t.word >> (32 * i))
	}
	t.inRing += 2
	t.word = uint64(m)
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

// freedBy returns when at least cost units will have left the window. cost must not exceed the
// total.
func (t *tally) freedBy(r *rule, k *rings, cost int64) time.Duration {
	at := t.oldest
	for i := range int(t.inRing) + 2 {
		m := t.nth(k, i)
		if m == 0 {
			break
		}
		at = m.after(at)
		if cost -= m.cost(); cost <= 0 {
			return t.leaves(r, at)
		}
	}
	return t.until
}
