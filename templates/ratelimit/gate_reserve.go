package ratelimit

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"time"
)

// A Reserver is an Enforcer that can take back what it admitted. A server asks it where some limits
// are decided before authentication: a request that the later ones refuse must not have spent the
// earlier ones. An Enforcer that is not a Reserver cannot undo that.
type Reserver interface {
	Enforcer
	// Reserve is Admit for a request that others may yet refuse. cancel gives back what it took
	// from rates, as far as no window can then hold more than the quota; concurrent requests are
	// given back by the decision's Done. It is nil when there is nothing to give back, and is
	// called once at most.
	Reserve(ctx context.Context, charges []Charge) (d Decision, cancel func(), err error)
}

// Reserve is Admit for a request that others may yet refuse. See Reserver.
func (g *Gate) Reserve(ctx context.Context, charges []Charge) (Decision, func(), error) {
	if err := ctx.Err(); err != nil {
		return Decision{}, nil, err
	}
	d, at, err := g.decide(charges, make([]State, 0, len(charges)))
	if err != nil || !d.Admitted || !slices.ContainsFunc(charges, func(c Charge) bool { return c.Cost > 0 && !c.Limit.Concurrent() }) {
		return d, nil, err
	}
	return d, func() {
		for i := range charges {
			if charges[i].Cost > 0 {
				g.giveBack(&charges[i], d.Limits[i].Remaining, at.at)
			}
		}
	}, nil
}

// giveBack takes back a charge that was admitted at a moment and left so much in its counter. What
// has left the window, or may have, stays: it is never given back twice.
func (g *Gate) giveBack(c *Charge, left int64, at time.Duration) {
	r := g.rule(c.Limit)
	s := g.slotOf(c, r)
	s.shard.mu.Lock()
	defer s.shard.mu.Unlock()
	n := s.shard.find(s.identity())
	if n == none {
		return // the key uses an overflow counter, or its tally was dropped
	}
	now := g.timeline.present(&s.shard.high, r.kind == aligned)
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
		t.pour(r.window, c.Limit.Quota, r.most(c.Limit), c.Cost, left, now.at-at)
		t.until = t.full(c.Limit, r, now.at)
	case concurrent:
	}
}

// slotOf returns the counter ref (slot) of a charge.
func (g *Gate) slotOf(c *Charge, r *rule) slot {
	key := g.hash(c.Key) + r.salt
	return slot{key: key, rule: r, shard: &g.shards[key>>(64-shardBits)], most: r.most(c.Limit)}
}

// giveBack takes a cost that was charged at a moment from the marks that it was charged to: the
// first whose latest time is not before that, and others of the same time. To take it from a later
// one would free what leaves the window later.
func (t *tally) giveBack(r *rule, k *rings, cost int64, at time.Duration) {
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

// less returns the mark without a part of its cost; what is left is rounded up.
func (m mark) less(cost int64) mark {
	left := max(0, m.cost()-cost)
	if left == 0 {
		return m&^(1<<16-1) | 15<<mantissa // no cost, and not 0 either
	}
	less, packed := pack(0, left)
	if packed < left {
		if less++; less&(1<<mantissa-1) == 0 { // the mantissa ran over into the exponent
			less |= 1 << (mantissa - 4)
		}
	}
	return m&^(1<<16-1) | less
}

// pour puts a cost back into a bucket, but for what would have run over had it never been taken.
// Since then so much has flowed in at most as the time allows, and there was room for what was
// missing when it was taken.
func (t *tally) pour(window time.Duration, quota, burst, cost, left int64, since time.Duration) {
	high, low := bits.Mul64(uint64(max(0, since)), uint64(quota))
	inflow := int64(math.MaxInt64)
	if high < uint64(window) {
		units, part := bits.Div64(high, low, uint64(window))
		if part > 0 {
			units++
		}
		inflow = int64(min(units, math.MaxInt64))
	}
	room := max(0, burst-left-cost-1) // the part of a unit is not known
	t.total = min(burst, t.total+max(0, cost-max(0, inflow-room)))
	if t.total == burst {
		t.open = 0
	}
}
