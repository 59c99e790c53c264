package ratelimit

import (
	"hash/maphash"
	"maps"
	"math"
	"math/bits"
	"slices"
	"time"
)

// counterKind is the algorithm of a server's window counter.
type counterKind uint8

const (
	rolling    counterKind = iota
	aligned                // windows aligned to UTC
	bucketed               // a bucket of Burst units
	concurrent             // requests in flight
)

// kindOf returns how a server counts l.
func kindOf(l *Limit) counterKind {
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

// maxQuota leaves room for what rounding adds to sums. No API has such a quota.
const maxQuota = math.MaxInt64 / 4

// longestWindow keeps sums of times from overflowing.
const longestWindow = 100 * 365 * 24 * time.Hour

// rule is a compiled limit: what a gate computes once per limit. It excludes the quota, which can
// differ between plans.
type rule struct {
	hash   uint64 // identifies the limit by API, name, window and kind
	limit  uint32 // limit ID (from 1) << kindBits | kind
	salt   uint64 // added to key hashes when the limit got no ID of its own; 0 otherwise
	window time.Duration
	kind   counterKind
	tick   uint8 // see sample
	grain  int32 // in ticks; see sample
}

const (
	kindBits    = 2
	goldenRatio = 0x9e3779b97f4a7c15 // 2⁶⁴ divided by the golden ratio: spreads small numbers over 64 bits
)

// A gate stores the rules of up to maxRules limits. It finds the first inlineRules of them without
// a map.
const (
	inlineRules = 16
	maxRules    = 4096
)

// rules are the compiled limits of a gate. They are immutable: a change replaces them.
type rules struct {
	limits  []*Limit
	rules   []*rule
	more    map[*Limit]*rule  // limits after the first inlineRules
	numbers map[uint64]uint32 // limit IDs by hash, from 1: the position of the limit first used
}

// of returns the limit and the rule of a counter, as first used.
func (k *rules) of(limit uint32) (*Limit, *rule) {
	if i := limit>>kindBits - 1; i < uint32(len(k.rules)) {
		return k.limits[i], k.rules[i]
	}
	return nil, nil
}

// rule returns the rule of a limit, remembered or new.
func (g *Gate) rule(l *Limit) *rule {
	if r := g.rules.Load().find(l); r != nil {
		return r
	}
	return g.compile(l)
}

// find returns the rule of a limit, or nil.
func (k *rules) find(l *Limit) *rule {
	for i, other := range k.limits[:min(inlineRules, len(k.limits))] {
		if other == l {
			return k.rules[i]
		}
	}
	return k.more[l]
}

// compile compiles a limit, and stores the rule unless there are maxRules already.
func (g *Gate) compile(l *Limit) *rule {
	window := min(l.Window, longestWindow)
	r := &rule{kind: kindOf(l), tick: tick(window), window: window}
	r.hash = maphash.String(g.seed, l.API+"\x00"+l.Name) + uint64(window)*goldenRatio + uint64(r.kind)
	r.grain = int32(max((window>>r.tick)/windowGrain, 1))
	for {
		known := g.rules.Load()
		next := known.number(l, r)
		// Retry if a concurrent decision came first: its limit may have got the same ID.
		if next == known || g.rules.CompareAndSwap(known, next) {
			return r
		}
	}
}

// number sets the limit ID of a rule, and returns the rules with it added; when k is full, it
// returns k.
func (k *rules) number(l *Limit, r *rule) *rules {
	n, known := k.numbers[r.hash]
	full := len(k.limits) == maxRules
	if known && l.Current() != l { // of a request that began before its figures changed
		r.limit = n<<kindBits | uint32(r.kind)
		return k
	}
	if i := k.superseded(l); known && i >= 0 {
		r.limit = n<<kindBits | uint32(r.kind)
		return k.replaced(i, l, r)
	}
	switch {
	case known:
	case full:
		n, r.salt = 1<<29|uint32(r.hash)>>3, r.hash
	default:
		n = uint32(len(k.limits)) + 1
	}
	r.limit = n<<kindBits | uint32(r.kind)
	if full {
		return k
	}
	next := &rules{append(slices.Clip(k.limits), l), append(slices.Clip(k.rules), r), k.more, k.numbers}
	if len(k.limits) >= inlineRules {
		next.more = withEntry(k.more, l, r)
	}
	if !known {
		next.numbers = withEntry(k.numbers, r.hash, n)
	}
	return next
}

// superseded returns the index of the rule that l, with its new figures, replaces; -1 if there is
// none. Without it, each change would add to the memory of a gate.
func (k *rules) superseded(l *Limit) int {
	if l.live == nil {
		return -1
	}
	return slices.IndexFunc(k.limits, func(o *Limit) bool { return o.live == l.live && o != l })
}

// replaced returns the rules with another limit in a place.
func (k *rules) replaced(i int, l *Limit, r *rule) *rules {
	next := &rules{slices.Clone(k.limits), slices.Clone(k.rules), k.more, k.numbers}
	if i >= inlineRules {
		next.more = withEntry(k.more, l, r)
		delete(next.more, k.limits[i])
	}
	next.limits[i], next.rules[i] = l, r
	return next
}

// withEntry returns a copy of a map with one more entry.
func withEntry[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	m = maps.Clone(m)
	if m == nil {
		m = make(map[K]V)
	}
	m[key] = value
	return m
}

// tick returns the unit of packed times, as a power of two in nanoseconds. A window is a little
// less than 2¹⁶ ticks, and about half as many at least unless it is tiny.
func tick(window time.Duration) uint8 {
	return uint8(max(16, bits.Len64(uint64(window)+uint64(window)>>12)) - 16)
}

// capacity is the largest cost that a server can ever admit.
func (r *rule) capacity(l *Limit) int64 {
	if r.kind == bucketed {
		return min(l.Burst, maxQuota)
	}
	return min(l.Quota, maxQuota)
}

// Capacity is the largest cost that a server can ever admit: what one counter holds.
func (l *Limit) Capacity() int64 {
	if kindOf(l) == bucketed {
		return min(l.Burst, maxQuota)
	}
	return min(l.Quota, maxQuota)
}
