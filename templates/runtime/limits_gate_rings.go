package runtime

import "slices"

// ring is where a tally keeps the packed marks that it has no room for itself. It is apart, since few decisions need it
// and tallies should lie close together; and a tally has none until its window has been used at three times or more.
type ring struct {
	owner uint32 // the number of its tally
	head  uint8  // where the oldest mark is
	marks [ringMarks]mark
}

const (
	ringMarks = marks - 1
	ringChunk = 64
	mostRings = 1<<24 - 1 // see tally.ring
)

// rings are those of a shard, numbered from 1 without gaps.
type rings struct {
	chunks [][]ring
	count  uint32
}

func (k *rings) at(n uint32) *ring { return &k.chunks[(n-1)/ringChunk][(n-1)%ringChunk] }

// give returns the number of a new ring for a tally.
func (k *rings) give(owner uint32) uint32 {
	if int(k.count) == len(k.chunks)*ringChunk {
		k.chunks = append(k.chunks, make([]ring, ringChunk))
	}
	k.count++
	r := k.at(k.count)
	r.owner, r.head = owner, 0 // its marks are of no account
	return k.count
}

// release takes the ring of a tally back, if it has one, and gives its number to the last one.
func (s *gateShard) release(t *tally) {
	k, n := &s.rings, t.ring&mostRings
	if n == 0 {
		return
	}
	if n != k.count {
		last := k.at(k.count)
		*k.at(n) = *last
		owner := s.at(last.owner)
		owner.ring = owner.ring&^mostRings | n
	}
	k.count--
	if spare := len(k.chunks)*ringChunk - int(k.count); spare >= 2*ringChunk {
		k.chunks[len(k.chunks)-1] = nil
		k.chunks = k.chunks[:len(k.chunks)-1]
		if cap(k.chunks) > 4*len(k.chunks) {
			k.chunks = slices.Clip(slices.Clone(k.chunks))
		}
	}
}

// inherit makes a tally, which is new, start from what other of the same limit holds.
func (s *gateShard) inherit(n uint32, other *tally) {
	t := s.at(n)
	key, next, alone := t.key, t.next, t.alone
	*t = *other
	t.key, t.next, t.alone = key, next, alone
	if from := other.ring & mostRings; from > 0 {
		own := s.rings.give(n)
		r, from := s.rings.at(own), s.rings.at(from)
		r.head, r.marks = from.head, from.marks
		t.ring = other.ring&^mostRings | own
	}
}
