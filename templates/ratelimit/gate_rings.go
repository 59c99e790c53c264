package ratelimit

import "slices"

// An overflow ring stores the packed samples of a window counter beyond the two in the counter
// itself. It is separate because few decisions need it, and because counters should be adjacent in
// memory. A counter gets its first ring, of 64 bytes, with the fourth sample in its window, and
// larger ones as needed:
//
//	size  bytes  samples    [owner, sample, sample, …]: the owner's number, and samples from head on, circular
//	0        64     15
//	1       256     63
//	2      1024    255
const (
	ringSizes  = 3
	maxRings   = 1<<24 - 1
	chunkWords = 1 << 11 // rings of a size are allocated in chunks of 8 KiB
)

// ringWords returns the base-2 logarithm of a ring's length in words.
func ringWords(size uint8) uint8 { return 4 + 2*size }

// ringCapacity returns how many samples a ring of a size holds.
func ringCapacity(size uint8) int { return 1<<ringWords(size) - 1 }

// rings are the overflow rings of a shard. Rings of the same size are numbered from 1 without gaps.
type rings struct {
	chunks [ringSizes][][]sample
	count  [ringSizes]uint32
	inline [2][]sample // backs the first chunks of the smallest size, to save an allocation
}

// at returns a ring: its owner and its samples.
func (k *rings) at(size uint8, n uint32) []sample {
	from := uint64(n-1) << ringWords(size)
	chunk, at := k.chunks[size][from/chunkWords], from%chunkWords
	return chunk[at : at+1<<ringWords(size)]
}

// allocate returns the number of a new ring for a counter. It is not cleared: stale contents are
// never read.
func (k *rings) allocate(size uint8, owner uint32) uint32 {
	if size == 0 && k.chunks[0] == nil {
		k.chunks[0] = k.inline[:0]
	}
	if uint64(k.count[size])<<ringWords(size) == uint64(len(k.chunks[size]))*chunkWords {
		k.chunks[size] = append(k.chunks[size], make([]sample, chunkWords))
	}
	k.count[size]++
	k.at(size, k.count[size])[0] = sample(owner)
	return k.count[size]
}

// grow makes space for two more samples in a counter's ring, and reports whether it could.
func (s *gateShard) grow(t *windowCounter) bool {
	k, need := &s.rings, int(t.inRing)+2
	switch {
	case t.ring == 0:
		t.size, t.head = 0, 0
		t.ring = k.allocate(0, s.find(t.identity()))
		return true
	case need > ringCapacity(t.size) && t.size == ringSizes-1:
		return false
	case need > ringCapacity(t.size):
		s.resize(t, t.size+1)
	case t.size > 0 && need < ringCapacity(t.size-1)/2:
		s.resize(t, t.size-1)
	}
	return true
}

// resize moves a counter's samples to a ring of another size.
func (s *gateShard) resize(t *windowCounter, size uint8) {
	k := &s.rings
	next := k.allocate(size, uint32(k.at(t.size, t.ring)[0]))
	to := k.at(size, next)
	for i := range int(t.inRing) {
		to[1+i] = t.nth(k, i)
	}
	held := t.inRing
	s.release(t)
	t.ring, t.size, t.head, t.inRing = next, size, 0, held
}

// release frees a counter's ring, if it has one, and moves the last ring of that size into its
// place.
func (s *gateShard) release(t *windowCounter) {
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

// inherit copies the state of other into a new counter of the same limit.
func (s *gateShard) inherit(n uint32, other *windowCounter) {
	t := s.at(n)
	key, next, spilled := t.key, t.next, t.spilled
	*t = *other
	t.key, t.next, t.spilled = key, next, spilled
	if other.ring > 0 {
		t.ring = s.rings.allocate(t.size, n)
		copy(s.rings.at(t.size, t.ring)[1:], s.rings.at(t.size, other.ring)[1:])
	}
}
