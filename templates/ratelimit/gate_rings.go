package ratelimit

import "slices"

// A ring (overflow ring) stores the packed marks of a tally beyond the two in the tally itself. It
// is separate, since few decisions need it and tallies should be adjacent in memory. A tally has
// none until its window has been used at four times or more, then one of 64 bytes, and larger ones
// as it needs them:
//
//	size  bytes  marks      [owner, mark, mark, …]: the number of the tally that has it, and marks from head on, round
//	0        64     15
//	1       256     63
//	2      1024    255
const (
	ringSizes  = 3
	mostRings  = 1<<24 - 1
	chunkWords = 1 << 11 // of 8 KiB, in which rings of a size are allocated
)

// ringWords returns how many words a ring of a size has, as a power of two.
func ringWords(size uint8) uint8 { return 4 + 2*size }

// ringMarks returns how many marks a ring of a size holds.
func ringMarks(size uint8) int { return 1<<ringWords(size) - 1 }

// rings are those of a shard. Those of a size are numbered from 1 without gaps.
type rings struct {
	chunks [ringSizes][][]mark
	count  [ringSizes]uint32
	room   [2][]mark // for the first chunks of the smallest, so that one allocation is enough
}

// at returns a ring: its owner and its marks.
func (k *rings) at(size uint8, n uint32) []mark {
	from := uint64(n-1) << ringWords(size)
	chunk, at := k.chunks[size][from/chunkWords], from%chunkWords
	return chunk[at : at+1<<ringWords(size)]
}

// give returns the number of a new ring for a tally. It is not cleared: stale contents are never
// read.
func (k *rings) give(size uint8, owner uint32) uint32 {
	if size == 0 && k.chunks[0] == nil {
		k.chunks[0] = k.room[:0]
	}
	if uint64(k.count[size])<<ringWords(size) == uint64(len(k.chunks[size]))*chunkWords {
		k.chunks[size] = append(k.chunks[size], make([]mark, chunkWords))
	}
	k.count[size]++
	k.at(size, k.count[size])[0] = mark(owner)
	return k.count[size]
}

// widen makes space for two more marks in the ring of a tally, and reports whether it could.
func (s *gateShard) widen(t *tally) bool {
	k, need := &s.rings, int(t.inRing)+2
	switch {
	case t.ring == 0:
		t.size, t.head = 0, 0
		t.ring = k.give(0, s.find(t.identity()))
		return true
	case need > ringMarks(t.size) && t.size == ringSizes-1:
		return false
	case need > ringMarks(t.size):
		s.resize(t, t.size+1)
	case t.size > 0 && need < ringMarks(t.size-1)/2:
		s.resize(t, t.size-1)
	}
	return true
}

// resize moves the marks of a tally's ring to one of another size.
func (s *gateShard) resize(t *tally, size uint8) {
	k := &s.rings
	next := k.give(size, uint32(k.at(t.size, t.ring)[0]))
	to := k.at(size, next)
	for i := range int(t.inRing) {
		to[1+i] = t.nth(k, i)
	}
	held := t.inRing
	s.release(t)
	t.ring, t.size, t.head, t.inRing = next, size, 0, held
}

// release takes the ring of a tally back, if it has one, and gives its number to the last one of
// the size.
func (s *gateShard) release(t *tally) {
	k, n, size := &s.rings, t.ring, t.size
	if n == 0 {
		return
	}
	t.ring, t.size, t.head, t.inRing = 0, 0, 0, 0
	if last := k.count[size]; n != last {
		copy(k.at(size, n), k.at(size, last))
		s.at(uint32(k.at(size, n)[0])).ring = n
	}
	k.count[size]--
	chunks := k.chunks[size]
	if spare := len(chunks)*chunkWords - int(k.count[size])<<ringWords(size); spare >= 2*chunkWords {
		chunks[len(chunks)-1] = nil
		if chunks = chunks[:len(chunks)-1]; cap(chunks) > 4*len(chunks) {
			chunks = slices.Clip(slices.Clone(chunks))
		}
		k.chunks[size] = chunks
	}
}

// inherit makes a tally, which is new, start from what other of the same limit holds.
func (s *gateShard) inherit(n uint32, other *tally) {
	t := s.at(n)
	key, next, alone := t.key, t.next, t.alone
	*t = *other
	t.key, t.next, t.alone = key, next, alone
	if other.ring > 0 {
		t.ring = s.rings.give(t.size, n)
		copy(s.rings.at(t.size, t.ring)[1:], s.rings.at(t.size, other.ring)[1:])
	}
}
