package ratelimit

import "math/bits"

// The index of a shard finds the window counters of a partition key. It is a hash table
// that grows and shrinks by one bucket at a time (linear hashing: Litwin 1980), so that no single
// decision pays for a resize. It is dense, since a cache miss costs a decision more than all its
// arithmetic: a bucket is one cache line, and a slot in it takes four bytes.
//
//	bucket   │ slot │ slot │ … 15 slots … │ fetched │   64 bytes
//	             │
//	slot     │ tag: 8 bits of the hash │ number of the first counter: 24 bits │
//	             │
//	list     counter ─next─▶ counter ─next─▶ …            in the order in which they were entered
//
// A counter's list hangs off the bucket of its bucket hash. That is the key's hash for the first
// inlinePerKey counters of a key. Further ones are spilled: each has a hash and a list of its own.
// With n buckets and 2^(b-1) < n ≤ 2^b, bucket h mod 2^b is used when it exists, and otherwise
// bucket h mod 2^(b-1), which has yet to be split.
//
// Invariant: every counter is in exactly one list, in the bucket of its bucket hash: in a slot with
// its tag or in the preferred slot of that tag.

// bucket holds the lists of keys, each in any slot. When all slots are taken, a new list is
// appended to an existing one. fetched exists only to be written; see fetch.
type bucket struct {
	slots   [15]bucketSlot
	fetched uint32
}

// bucketSlot is one slot of a bucket: the tag of a key and the number of the first counter in its
// list, from 1. An empty slot is 0.
type bucketSlot uint32

const (
	slotBits      = 24
	maxSlot       = 1<<slotBits - 1
	keysPerBucket = 9 // keys per bucket on average; buckets yet to be split have up to twice as many
	inlinePerKey  = 8 // counters in the list of one key; further ones are spilled
)

func (p bucketSlot) first() uint32 { return uint32(p) & maxSlot }

func tagOf(hash uint64) bucketSlot { return bucketSlot(hash>>40) << slotBits }

func (p bucketSlot) has(tag bucketSlot) bool { return p != 0 && p&^maxSlot == tag }

// spillHash is the bucket hash of a spilled counter: one that is chained separately from its key's
// other counters.
func (id identity) spillHash() uint64 { return id.key + uint64(id.limit)*goldenRatio }

// bucketHash is the hash that selects the bucket of a counter.
func (t *windowCounter) bucketHash() uint64 {
	if t.spilled {
		return t.identity().spillHash()
	}
	return t.key
}

// bucket returns the bucket that a bucket hash belongs to.
func (s *gateShard) bucket(hash uint64) *bucket {
	n := uint32(len(s.buckets))
	mask := uint32(1)<<bits.Len32(n-1) - 1
	if at := uint32(hash) & mask; at < n {
		return &s.buckets[at]
	}
	return &s.buckets[uint32(hash)&(mask>>1)]
}

// fetch prefetches the bucket while the processor reads the clock. It writes, because a read would
// not overlap: reading the clock waits for all earlier reads, but not for writes.
func (b *bucket) fetch() { b.fetched = 1 }

// preferred returns the slot to try first for tag: used when free, and as the fallback when the
// bucket is full.
func (b *bucket) preferred(tag bucketSlot) *bucketSlot {
	return &b.slots[tag>>slotBits%bucketSlot(len(b.slots))]
}

// find returns the number of a counter, or none if the index lacks it.
func (s *gateShard) find(id identity) uint32 {
	if n := s.search(id.key, id); n != none || s.spilled == 0 {
		return n
	}
	return s.search(id.spillHash(), id)
}

// has reports whether n is the number of a counter.
func (s *gateShard) has(n uint32, id identity) bool { return n < s.count && s.at(n).is(id) }

// none is the result for a counter that was not found.
const none = ^uint32(0)

// search searches the lists that may hold the counters of a bucket hash.
func (s *gateShard) search(hash uint64, id identity) uint32 {
	b, tag := s.bucket(hash), tagOf(hash)
	preferred := *b.preferred(tag)
	if preferred.has(tag) {
		if n := s.walk(preferred, id); n != none {
			return n
		}
	}
	for _, p := range b.slots {
		if p.has(tag) && p != preferred {
			if n := s.walk(p, id); n != none {
				return n
			}
		}
	}
	if preferred.has(tag) {
		return none
	}
	return s.walk(preferred, id)
}

func (s *gateShard) walk(p bucketSlot, id identity) uint32 {
	for n := p.first(); n != 0; {
		t := s.at(n - 1)
		if t.is(id) {
			return n - 1
		}
		n = t.next
	}
	return none
}

// enter appends a new counter to its key's list, so that limits are found in the order in which
// they were first used. It spills the counter when that list is full.
func (s *gateShard) enter(n uint32) {
	t := s.at(n)
	if _, _, inline := s.place(t.key); inline == inlinePerKey {
		t.spilled = true
		s.spilled++
	}
	if s.put(n) == 0 {
		s.lists++
	}
}

// put enters a counter in the bucket of its bucket hash, and returns how many counters of that hash
// its list had.
func (s *gateShard) put(n uint32) (inline int) {
	t := s.at(n)
	t.next = 0
	p, before, inline := s.place(t.bucketHash())
	if before != nil {
		before.next = n + 1
	} else {
		*p = tagOf(t.bucketHash()) | bucketSlot(n+1)
	}
	return inline
}

// place returns where to enter a counter of a hash: a free slot, or the last counter of a list.
// inline is how many counters of that hash the list has.
func (s *gateShard) place(hash uint64) (p *bucketSlot, before *windowCounter, inline int) {
	b, tag := s.bucket(hash), tagOf(hash)
	var empty *bucketSlot
	if p = b.preferred(tag); *p == 0 {
		empty = p
	}
	for i := range b.slots {
		switch {
		case b.slots[i] == 0 && empty == nil:
			empty = &b.slots[i]
		case b.slots[i].has(tag):
			if before, inline = s.tail(b.slots[i], hash); inline > 0 {
				return &b.slots[i], before, inline
			}
		}
	}
	if before, inline = s.tail(*p, hash); inline > 0 || empty == nil {
		return p, before, inline
	}
	return empty, nil, 0
}

// tail returns the last counter of a list, or nil, and how many counters of a hash the list has.
func (s *gateShard) tail(p bucketSlot, hash uint64) (before *windowCounter, inline int) {
	for n := p.first(); n != 0; n = before.next {
		if before = s.at(n - 1); before.bucketHash() == hash {
			inline++
		}
	}
	return before, inline
}

// leave removes a counter from its list.
func (s *gateShard) leave(n uint32) {
	t := s.at(n)
	p, before := s.locate(n)
	s.link(p, before, t.next)
	if _, inline := s.tail(*p, t.bucketHash()); inline == 0 {
		s.lists--
	}
	if t.spilled {
		s.spilled--
	}
}

// locate returns the slot of the list that a counter is in, and the counter before it in that list.
func (s *gateShard) locate(n uint32) (p *bucketSlot, before *windowCounter) {
	hash := s.at(n).bucketHash()
	b, tag := s.bucket(hash), tagOf(hash)
	for i := range b.slots {
		if b.slots[i].has(tag) {
			if before, ok := s.before(b.slots[i], n); ok {
				return &b.slots[i], before
			}
		}
	}
	p = b.preferred(tag)
	before, _ = s.before(*p, n)
	return p, before
}

// before returns the counter before number n in a list, and whether the list contains n.
func (s *gateShard) before(p bucketSlot, n uint32) (before *windowCounter, ok bool) {
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
func (s *gateShard) link(p *bucketSlot, before *windowCounter, to uint32) {
	switch {
	case before != nil:
		before.next = to
	case to == 0:
		*p = 0
	default:
		*p = *p&^maxSlot | bucketSlot(to)
	}
}
