package ratelimit

import "math/bits"

// The index of a shard finds the window counters (tallies) of a partition key. It is a hash table
// that grows and shrinks by one bucket at a time (linear hashing: Litwin 1980), so that no single
// decision pays for a resize. It is dense, since a cache miss costs a decision more than all its
// arithmetic: a bucket is one cache line, and a slot (spot) in it takes four bytes.
//
//	bucket   │ spot │ spot │ … 15 spots … │ fetched │   64 bytes
//	             │
//	spot     │ tag: 8 bits of the hash │ number of the first tally: 24 bits │
//	             │
//	list     tally ─next─▶ tally ─next─▶ …            in the order in which they were entered
//
// A tally's list hangs off the bucket of its bucket hash (home). That is the key's hash for the
// first nearEach tallies of a key. Further ones are spilled: each has a hash and a list of its own.
// With n buckets and 2^(b-1) < n ≤ 2^b, bucket h mod 2^b is used when it exists, and otherwise
// bucket h mod 2^(b-1), which has yet to be split.
//
// Invariant: every tally is in exactly one list, in the bucket of its home: in a slot with its tag
// or in the preferred slot of that tag.

// bucket holds the lists of keys, each in any slot. When all slots are taken, a new list is
// appended to an existing one. fetched exists only to be written; see fetch.
type bucket struct {
	spots   [15]spot
	fetched uint32
}

// spot is a bucket slot: the tag of a key and the number of the first tally in its list, from 1. An
// empty slot is 0.
type spot uint32

const (
	spotBits = 24
	mostSpot = 1<<spotBits - 1
	keysEach = 9 // keys per bucket on average; buckets yet to be split have up to twice as many
	nearEach = 8 // tallies in the list of one key; further ones are spilled
)

func (p spot) first() uint32 { return uint32(p) & mostSpot }

func tagOf(home uint64) spot { return spot(home>>40) << spotBits }

func (p spot) has(tag spot) bool { return p != 0 && p&^mostSpot == tag }

// lone is the bucket hash of a spilled counter: one that is chained separately from its key's other
// counters.
func (id identity) lone() uint64 { return id.key + uint64(id.limit)*odd }

// home is the bucket hash of a tally.
func (t *tally) home() uint64 {
	if t.alone {
		return t.identity().lone()
	}
	return t.key
}

// bucket returns the bucket that a bucket hash belongs to.
func (s *gateShard) bucket(home uint64) *bucket {
	n := uint32(len(s.buckets))
	mask := uint32(1)<<bits.Len32(n-1) - 1
	if at := uint32(home) & mask; at < n {
		return &s.buckets[at]
	}
	return &s.buckets[uint32(home)&(mask>>1)]
}

// fetch prefetches the bucket while the processor reads the clock. It writes, because a read would
// not overlap: reading the clock waits for all earlier reads, but not for writes.
func (b *bucket) fetch() { b.fetched = 1 }

// own returns the preferred slot for tag: used when free, and as the fallback when the bucket is
// full.
func (b *bucket) own(tag spot) *spot { return &b.spots[tag>>spotBits%spot(len(b.spots))] }

// find returns the number of a counter's tally, or none if the index lacks it.
func (s *gateShard) find(id identity) uint32 {
	if n := s.look(id.key, id); n != none || s.lone == 0 {
		return n
	}
	return s.look(id.lone(), id)
}

// has reports whether a number is that of a counter's tally.
func (s *gateShard) has(n uint32, id identity) bool { return n < s.count && s.at(n).is(id) }

// none stands for a tally that was not found.
const none = ^uint32(0)

// look searches the lists that may hold the tallies of a bucket hash.
func (s *gateShard) look(home uint64, id identity) uint32 {
	b, tag := s.bucket(home), tagOf(home)
	own := *b.own(tag)
	if own.has(tag) {
		if n := s.walk(own, id); n != none {
			return n
		}
	}
	for _, p := range b.spots {
		if p.has(tag) && p != own {
			if n := s.walk(p, id); n != none {
				return n
			}
		}
	}
	if own.has(tag) {
		return none
	}
	return s.walk(own, id)
}

func (s *gateShard) walk(p spot, id identity) uint32 {
	for n := p.first(); n != 0; {
		t := s.at(n - 1)
		if t.is(id) {
			return n - 1
		}
		n = t.next
	}
	return none
}

// enter appends a new tally to its key's list, so that limits are found in the order in which they
// were first used. It spills the tally when that list is full.
func (s *gateShard) enter(n uint32) {
	t := s.at(n)
	if _, _, near := s.end(t.key); near == nearEach {
		t.alone = true
		s.lone++
	}
	if s.put(n) == 0 {
		s.lists++
	}
}

// put enters a tally in the bucket of its home, and returns how many of that home its list had.
func (s *gateShard) put(n uint32) (near int) {
	t := s.at(n)
	t.next = 0
	p, before, near := s.end(t.home())
	if before != nil {
		before.next = n + 1
	} else {
		*p = tagOf(t.home()) | spot(n+1)
	}
	return near
}

// end returns where to enter a tally of a home: a free slot, or the last tally of a list. near is
// how many tallies of that home the list has.
func (s *gateShard) end(home uint64) (p *spot, before *tally, near int) {
	b, tag := s.bucket(home), tagOf(home)
	var empty *spot
	if p = b.own(tag); *p == 0 {
		empty = p
	}
	for i := range b.spots {
		switch {
		case b.spots[i] == 0 && empty == nil:
			empty = &b.spots[i]
		case b.spots[i].has(tag):
			if before, near = s.tail(b.spots[i], home); near > 0 {
				return &b.spots[i], before, near
			}
		}
	}
	if before, near = s.tail(*p, home); near > 0 || empty == nil {
		return p, before, near
	}
	return empty, nil, 0
}

// tail returns the last tally of a list, or nil, and how many tallies of a home the list has.
func (s *gateShard) tail(p spot, home uint64) (before *tally, near int) {
	for n := p.first(); n != 0; n = before.next {
		if before = s.at(n - 1); before.home() == home {
			near++
		}
	}
	return before, near
}

// leave removes a tally from its list.
func (s *gateShard) leave(n uint32) {
	t := s.at(n)
	p, before := s.locate(n)
	s.link(p, before, t.next)
	if _, near := s.tail(*p, t.home()); near == 0 {
		s.lists--
	}
	if t.alone {
		s.lone--
	}
}

// locate returns the slot of the list that a tally is in, and the tally before it in that list.
func (s *gateShard) locate(n uint32) (p *spot, before *tally) {
	home := s.at(n).home()
	b, tag := s.bucket(home), tagOf(home)
	for i := range b.spots {
		if b.spots[i].has(tag) {
			if before, ok := s.before(b.spots[i], n); ok {
				return &b.spots[i], before
			}
		}
	}
	p = b.own(tag)
	before, _ = s.before(*p, n)
	return p, before
}

// before returns the tally before number n in a list, and whether the list contains n.
func (s *gateShard) before(p spot, n uint32) (before *tally, ok bool) {
	for m := p.first(); m != 0; m = before.next {
		if m == n+1 {
			return before, true
		}
		before = s.at(m - 1)
	}
	return nil, false
}

// link sets the successor of before, or the head of the list when before is nil, to a number from
// 1; 0 ends the list.
func (s *gateShard) link(p *spot, before *tally, to uint32) {
	switch {
	case before != nil:
		before.next = to
	case to == 0:
		*p = 0
	default:
		*p = *p&^mostSpot | spot(to)
	}
}
