package ratelimit

import "math/bits"

// The index of a shard finds the tallies of a key: a table that grows and shrinks by a bucket at a
// time (linear hashing), so that no decision pays for many. It is dense, since what does not fit
// the processor's cache costs a decision more than all its arithmetic: a bucket is a cache line,
// and a place in it holds four bytes.

// bucket holds the lists of keys, each in any place. A list that finds all taken is joined to
// another one. fetched is only there to be written; see fetch.
type bucket struct {
	spots   [15]spot
	fetched uint32
}

// spot is the tag of a key, and the number of the first tally in its list, from 1; 0 is an empty
// place.
type spot uint32

const (
	spotBits = 24
	mostSpot = 1<<spotBits - 1
	keysEach = 9 // keys to a bucket, at most twice as many in those that are yet to be split
	nearEach = 8 // tallies of one key in its own list; others have lists of their own
)

func (p spot) first() uint32 { return uint32(p) & mostSpot }

func tagOf(home uint64) spot { return spot(home>>40) << spotBits }

func (p spot) has(tag spot) bool { return p != 0 && p&^mostSpot == tag }

// lone is where the list of a tally is that does not stand with others of its key.
func (id identity) lone() uint64 { return id.key + uint64(id.limit)*odd }

// home is where the list of a tally is.
func (t *tally) home() uint64 {
	if t.alone {
		return t.identity().lone()
	}
	return t.key
}

// bucket returns where the lists of a home are.
func (s *gateShard) bucket(home uint64) *bucket {
	n := uint32(len(s.buckets))
	mask := uint32(1)<<bits.Len32(n-1) - 1
	if at := uint32(home) & mask; at < n {
		return &s.buckets[at]
	}
	return &s.buckets[uint32(home)&(mask>>1)]
}

// fetch has the bucket on its way to the processor while that reads the clock. A read would not do:
// the clock is read when all reads before it are done, but no write is waited for.
func (b *bucket) fetch() { b.fetched = 1 }

// own returns the place where lists with a tag are put if it is empty, and also if none is.
func (b *bucket) own(tag spot) *spot { return &b.spots[tag>>spotBits%spot(len(b.spots))] }

// find returns the number of a counter's tally, or none.
func (s *gateShard) find(id identity) uint32 {
	if n := s.look(id.key, id); n != none || s.lone == 0 {
		return n
	}
	return s.look(id.lone(), id)
}

// has reports whether a number is that of a counter's tally.
func (s *gateShard) has(n uint32, id identity) bool { return n < s.count && s.at(n).is(id) }

// none is no tally's number.
const none = ^uint32(0)

// look searches the lists that may hold the tallies of a home.
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

// enter puts a new tally at the end of its key's list, so that limits are found in the order in
// which they came.
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

// put enters a tally where its home is, and returns how many are there already.
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

// end returns where a tally of a home is to be entered: a place that is empty, or the last tally of
// a list. near is how many of that home are in the list.
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

// tail returns the last tally of a list, or nil, and how many of a home are in it.
func (s *gateShard) tail(p spot, home uint64) (before *tally, near int) {
	for n := p.first(); n != 0; n = before.next {
		if before = s.at(n - 1); before.home() == home {
			near++
		}
	}
	return before, near
}

// leave takes a tally out of its list.
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

// locate returns the list of a tally, and the one before it there.
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

// before returns the tally before that of number n in a list, and whether n is in it.
func (s *gateShard) before(p spot, n uint32) (before *tally, ok bool) {
	for m := p.first(); m != 0; m = before.next {
		if m == n+1 {
			return before, true
		}
		before = s.at(m - 1)
	}
	return nil, false
}

// link makes what stands behind before, or at the head of the list, a tally of another number, from
// 1; 0 is none.
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
