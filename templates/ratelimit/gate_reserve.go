package ratelimit

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"time"
)

// A Reserver is an Enforcer that can undo an admission. A server uses it when some limits are
// decided before authentication: if a later limit refuses the request, the earlier ones must not
// stay charged. Without a Reserver they do.
type Reserver interface {
	Enforcer
	// Reserve is Admit for a request that a later check may still refuse. cancel gives back the
	// charges against rates, as far as no window can then hold more than the quota; the decision's
	// Done gives back concurrent requests. cancel is nil when there is nothing to give back, and
	// must be called at most once.
	Reserve(ctx context.Context, charges []Charge) (d Decision, cancel func(), err error)
}

// Reserve is Admit for a request that a later check may still refuse. See Reserver.
func (g *Gate) Reserve(ctx context.Context, charges []Charge) (Decision, func(), error) {
	if err := ctx.Err(); err != nil {
		return Decision{}, nil, err
	}
	states := make([]State, len(charges))
	v, err := g.decide(charges, states)
	if err != nil {
		return Decision{}, nil, err
	}
	name(states, charges)
	d := Decision{Admitted: v.admitted, Limits: states, Release: v.release}
	if !d.Admitted || !slices.ContainsFunc(charges, func(c Charge) bool { return c.Cost > 0 && !c.Limit.Concurrent() }) {
		return d, nil, nil
	}
	return d, func() {
		for i := range charges {
			if charges[i].Cost > 0 {
				g.giveBack(&charges[i], d.Limits[i].Remaining, v.at)
			}
		}
	}, nil
}

// giveBack undoes a charge that was admitted at time at and left that many units in its counter. A
// cost that has left the window, or may have, is not given back again.
func (g *Gate) giveBack(c *Charge, left int64, at time.Duration) {
	r := g.rule(c.Limit)
	s := g.ref(c, r)
	s.shard.mu.Lock()
	defer s.shard.mu.Unlock()
	n := s.shard.find(s.identity())
	if n == none {
		return // the key uses an overflow counter, or its counter was dropped
	}
	now := g.timeline.present(&s.shard.latest, r.kind == aligned)
	t := s.shard.at(n)
	t.refresh(c.Limit, r, s.shard, now)
	switch r.kind {
	case rolling:
		t.giveBack(r, &s.shard.rings, c.Cost, at)
	case aligned:
		if began := time.Duration(t.word) - r.window; time.Duration(now.wall)-(now.at-at) >= began {
			t.total = max(0, t.total-c.Cost)
		}
	case bucketed:
		t.refund(r.window, c.Limit.Quota, r.capacity(c.Limit), c.Cost, left, now.at-at)
		t.until = t.fullAt(c.Limit, r, now.at)
	case concurrent:
	}
}

// ref locates the counter of a charge.
func (g *Gate) ref(c *Charge, r *rule) counterRef {
	key := g.hash(c.Key) + r.salt
	return counterRef{key: key, rule: r, shard: &g.shards[key>>(64-shardBits)], capacity: r.capacity(c.Limit)}
}

// giveBack subtracts a cost from the samples that it was charged to at time at: the first sample
// whose latest time is not earlier, and others of the same tick. Subtracting from a later sample
// would free units that leave the window later.
func (t *windowCounter) giveBack(r *rule, k *rings, cost int64, at time.Duration) {
	tick, from := tickOf(at, r.tick), t.oldest
	for i := range int(t.inRing) + 2 {
		m := t.nth(k, i)
		if m == 0 {
			break
		}
		if from = m.after(from); int32(from-tick) < 0 {
			continue
		}
		for ; cost > 0 && m != 0 && m.tick() == uint16(from); m = t.nth(k, i) {
			less := m.less(cost)
			t.replace(k, i, less)
			t.total -= m.cost() - less.cost()
			cost -= m.cost() - less.cost()
			i++
		}
		return
	}
	if int32(tick-t.opened) >= 0 {
		cost = min(cost, t.open)
		t.open -= cost
		t.total -= cost
	}
}

// less returns the sample with a part of its cost subtracted; the rest is rounded up.
func (m sample) less(cost int64) sample {
	left := max(0, m.cost()-cost)
	if left == 0 {
		return m&^(1<<16-1) | 15<<mantissaBits // no cost, but a sample is never 0
	}
	less, packed := pack(0, left)
	if packed < left {
		if less++; less&(1<<mantissaBits-1) == 0 { // the mantissa ran over into the exponent
			less |= 1 << (mantissaBits - 4)
		}
	}
	return m&^(1<<16-1) | less
}

// refund returns a cost to a bucket, less what would have overflowed if the cost had never been
// taken. The inflow since then is at most what the time allows, and the bucket had room for what
// was missing when the cost was taken.
func (t *windowCounter) refund(window time.Duration, quota, burst, cost, left int64, since time.Duration) {
	latest, low := bits.Mul64(uint64(max(0, since)), uint64(quota))
	inflow := int64(math.MaxInt64)
	if latest < uint64(window) {
		units, part := bits.Div64(latest, low, uint64(window))
		if part > 0 {
			units++
		}
		inflow = int64(min(units, math.MaxInt64))
	}
	room := max(0, burst-left-cost-1) // the fraction is unknown
	t.total = min(burst, t.total+max(0, cost-max(0, inflow-room)))
	if t.total == burst {
		t.open = 0
	}
}
