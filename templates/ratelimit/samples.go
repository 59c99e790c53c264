package ratelimit

import (
	"math"
	"math/bits"
	"time"
)

// A rolling window is a log of samples: costs in order of time. With a small quota, each request
// has its own sample and the log is exact. With a larger one, costs within a grain of the first of
// them share a sample, which has the sum of the costs and the LATEST of the times. The size of the
// log therefore depends on neither the quota nor the traffic:
//
//	window         ├──────────────────────────────────────────────┤ now
//	up to 112       │││ │  │ │                 ││      │       │  ▒ one for each request
//	more            ┃┃ ┃   ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ┃ ▒ one a grain at most
//
// The newest sample (▒) is exact and is stored in the counter's own fields. When the next one
// begins, it is packed into 32-bit words: its time in ticks of less than W/2¹⁵, rounded up, and a
// cost of up to 4095 or a multiple of a power of 16. A larger cost takes several words. Cost
// without a free word stays in the newest sample, which leaves later.
//
// Invariant (safe): times are only ever rounded up and no cost is lost, so at any time t the sum is
// at least that of all costs admitted in (t−W, t]. A cost is admitted only if the sum plus the cost
// is at most the quota, so no window of length W ever holds more.
//
// Size (small): at most exactSamples requests have their own samples, and at most (W+tick)/grain ≤
// 138 samples begin a grain or more after the previous one. A counter can have both when a plan
// changes its quota: together less than fullSamples. If costs of several words fill the space
// nevertheless, further costs join the newest sample, which is safe too.
//
// Accuracy (close): a cost leaves at most one tick (W/2¹⁵) late when the quota is up to
// exactSamples, else at most a grain and three ticks, which is less than W/128. A client adds the
// same delay to its own windows (see slack), so client and server agree.

const (
	exactSamples = 112 // a quota up to this is counted exactly; slack and the store in Redis have the same figure
	windowGrain  = 136 // grains per window for larger quotas
	fullSamples  = 250 // samples from which on a cost takes at most one word
)

// sample is a time and a cost in 32 bits: 16 bits of ticks, which wrap, 4 of exponent in steps of
// 4, 12 of mantissa. A sample is never 0.
type sample uint32

const mantissaBits = 12

// pack packs a time and as much of a cost as one sample can hold.
func pack(at uint32, cost int64) (m sample, packed int64) {
	exponent := (max(mantissaBits, bits.Len64(uint64(cost))) - mantissaBits + 3) / 4
	part := cost >> (4 * exponent)
	return sample(at)<<16 | sample(exponent)<<mantissaBits | sample(part), part << (4 * exponent)
}

// tickOf is a time in ticks, rounded up.
func tickOf(at time.Duration, tick uint8) uint32 { return uint32((at + 1<<tick - 1) >> tick) }

func (m sample) tick() uint16 { return uint16(m >> 16) }

func (m sample) cost() int64 { return int64(m&(1<<mantissaBits-1)) << (4 * (m >> mantissaBits & 15)) }

// after returns the tick of a sample that is earlier than another one by at most a window.
func (m sample) after(earlier uint32) uint32 { return earlier + uint32(m.tick()-uint16(earlier)) }

// expire drops the costs that have left the window by now.
//
// Ticks wrap, so a difference of two must be small: the newest cost is in the window or everything
// is dropped. All packed samples counted when the newest cost was added, so they are less than a
// window and two ticks older, 2¹⁶ ticks at most.
func (t *windowCounter) expire(r *rule, s *gateShard, now time.Duration) {
	if t.until <= now {
		t.total, t.open, t.word, t.inRing = 0, 0, 0, 0
		if t.size > 0 {
			s.release(t)
		}
		return
	}
	for t.due(r, now) {
		t.dropOldest(&s.rings)
	}
}

// due reports whether any cost has left the window by now.
func (t *windowCounter) due(r *rule, now time.Duration) bool {
	return t.until <= now || t.hasPacked() && int32(t.oldest-uint32((now-r.window)>>r.tick)) <= 0
}

// hasPacked reports whether any packed sample counts.
func (t *windowCounter) hasPacked() bool { return t.word != 0 || t.inRing != 0 }

// dropOldest drops the oldest packed sample.
func (t *windowCounter) dropOldest(k *rings) {
	t.total -= t.nth(k, 0).cost()
	if t.inRing == 0 {
		t.word >>= 32
	} else {
		t.inRing--
		if t.head++; int(t.head) == ringCapacity(t.size) {
			t.head = 0
		}
	}
	if t.hasPacked() {
		t.oldest = t.nth(k, 0).after(t.oldest)
	}
}

// nth returns a packed sample by its index from the oldest, or 0 if there are fewer. The ring has
// the oldest; the lower and then the upper half of the counter's word follow.
func (t *windowCounter) nth(k *rings, i int) sample {
	switch n := int(t.inRing); {
	case i < n:
		if i += int(t.head); i >= ringCapacity(t.size) {
			i -= ringCapacity(t.size)
		}
		return k.at(t.size, t.ring)[1+i]
	case i < n+2:
		return sample(t.word >> (32 * uint(i-n)))
	}
	return 0
}

// replace sets a packed sample, counted as nth does.
func (t *windowCounter) replace(k *rings, i int, m sample) {
	if i < int(t.inRing) {
		k.at(t.size, t.ring)[1+(int(t.head)+i)%ringCapacity(t.size)] = m
		return
	}
	shift := 32 * uint(i-int(t.inRing))
	t.word = t.word&^(math.MaxUint32<<shift) | uint64(m)<<shift
}

// sharesNewest reports whether a cost charged now joins the newest sample. capacity is the quota.
func (t *windowCounter) sharesNewest(r *rule, capacity int64, now time.Duration) bool {
	if t.open == 0 {
		return false
	}
	if capacity <= exactSamples {
		return tickOf(now, r.tick) == tickOf(t.until-r.window, r.tick)
	}
	return int32(uint32(now>>r.tick)-t.opened) < r.grain
}

// add adds cost to the newest sample.
func (t *windowCounter) add(r *rule, cost int64, now time.Duration) {
	t.open += cost
	t.total += cost
	t.until = now + r.window
}

// beginSample packs the newest sample and begins another, unless space for the packed one is
// lacking.
func (t *windowCounter) beginSample(r *rule, s *gateShard, now time.Duration) {
	if t.open != 0 {
		at, before := tickOf(t.until-r.window, r.tick), t.open
		for t.open != 0 && (t.open == before || t.inRing < fullSamples) {
			m, cost := pack(at, t.open)
			if !s.store(t, m, at) {
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

// store stores a packed sample of a counter, and reports whether there was space. Samples move to
// the ring two at a time, since accessing the ring takes longer than all else.
func (s *gateShard) store(t *windowCounter, m sample, at uint32) bool {
	switch {
	case !t.hasPacked():
		t.oldest = at
		fallthrough
	case t.word == 0:
		t.word = uint64(m)
		return true
	case t.word>>32 == 0:
		t.word |= uint64(m) << 32
		return true
	}
	if !s.grow(t) {
		return false
	}
	r, size := s.rings.at(t.size, t.ring), ringCapacity(t.size)
	end := int(t.head) + int(t.inRing)
	for i := range 2 {
		r[1+(end+i)%size] = sample(t.word >> (32 * i))
	}
	t.inRing += 2
	t.word = uint64(m)
	return true
}

// firstLeaves returns when the oldest sample leaves.
func (t *windowCounter) firstLeaves(r *rule) time.Duration {
	if !t.hasPacked() {
		return t.until
	}
	return t.leaves(r, t.oldest)
}

// leaves returns when a counted sample of tick at leaves.
func (t *windowCounter) leaves(r *rule, at uint32) time.Duration {
	newest := (t.until - r.window) >> r.tick
	return (newest+time.Duration(int32(at-uint32(newest))))<<r.tick + r.window
}

// freedBy returns when at least cost units will have left the window. cost must not exceed the
// total.
func (t *windowCounter) freedBy(r *rule, k *rings, cost int64) time.Duration {
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
