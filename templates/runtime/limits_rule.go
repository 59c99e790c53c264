package runtime

import (
	"hash/maphash"
	"maps"
	"math"
	"math/bits"
	"slices"
	"time"
)

// tallyKind is how a server's counter counts.
type tallyKind uint8

const (
	rolling    tallyKind = iota
	aligned              // windows aligned to UTC
	bucketed             // a bucket of Burst units
	concurrent           // requests in flight
)

// kindOf returns how a server counts l.
func kindOf(l *Limit) tallyKind {
	switch {
	case l.Concurrent():
		return concurrent
	case l.UTC:
		return aligned
	case l.Burst > 0:
		return bucketed
	}
	return rolling
}

// mostQuota leaves room for what rounding adds to sums. No API has such a quota.
const mostQuota = math.MaxInt64 / 4

// rule is what a gate works out once of a limit. The quota is none of it: that may be another one in another plan.
type rule struct {
	hash  uint64 // tells limits apart: by name, and by what a counter of one cannot be read as one of another
	kind  tallyKind
	tick  uint8 // see mark
	grain int32 // in ticks; see mark
}

// A gate remembers the rules of so many limits; the few that most APIs have are found without a map.
const (
	fewRules  = 16
	mostRules = 4096
)

// rules are what a gate remembers. They are never changed, only replaced.
type rules struct {
	limits []*Limit
	rules  []*rule
	more   map[*Limit]*rule // behind the first few
}

// of returns the limit and the rule of a hash, as they were used first.
func (k *rules) of(hash uint64) (*Limit, *rule) {
	for i, r := range k.rules {
		if r.hash == hash {
			return k.limits[i], r
		}
	}
	return nil, nil
}

// rule returns the rule of a limit, remembered or new.
func (g *Gate) rule(l *Limit) *rule {
	known := g.rules.Load()
	for i, other := range known.limits[:min(fewRules, len(known.limits))] {
		if other == l {
			return known.rules[i]
		}
	}
	if r := known.more[l]; r != nil {
		return r
	}
	return g.learn(l, known)
}

func (g *Gate) learn(l *Limit, known *rules) *rule {
	const odd = 0x9e3779b97f4a7c15
	r := &rule{kind: kindOf(l), tick: tick(l.Window)}
	r.hash = maphash.String(g.seed, l.Name) + uint64(l.Window)*odd + uint64(r.kind)
	r.grain = int32((l.Window>>r.tick)/marks) + 2 // at least (Window + tick)/marks
	if len(known.limits) == mostRules {
		return r
	}
	more := known.more
	if len(known.limits) >= fewRules {
		more = maps.Clone(more)
		if more == nil {
			more = make(map[*Limit]*rule)
		}
		more[l] = r
	}
	// When another decision was quicker, this limit is learnt another time.
	g.rules.CompareAndSwap(known, &rules{append(slices.Clip(known.limits), l), append(slices.Clip(known.rules), r), more})
	return r
}

// tick returns the unit of packed times, as a power of two in nanoseconds. Windows are less than 2²⁴ of them.
func tick(window time.Duration) uint8 { return uint8(max(24, bits.Len64(uint64(window))) - 24) }

// most is the largest cost that a server can ever admit.
func (r *rule) most(l *Limit) int64 {
	if r.kind == bucketed {
		return min(l.Burst, mostQuota)
	}
	return min(l.Quota, mostQuota)
}

// capacity is most for who has no rule at hand.
func capacity(l *Limit) int64 {
	r := rule{kind: kindOf(l)}
	return r.most(l)
}
