package ratelimit

import (
	"slices"
	"sync"
	"time"
)

// identity tells counters apart: by a number of the limit (see rule) and a seeded hash of the
// partition key, so that nothing is kept of names. Two keys that came to the same hash of 64 bits
// would share a counter, and never get more than the quota between them.
type identity struct {
	key   uint64
	limit uint32
}

// Tallies are allocated in chunks, which growth never moves. A chunk is of a size that begins at a
// page, so that a tally begins at a cache line.
const chunkSize = 512

// gateShard holds the counters of a part of the partition keys. Tallies are numbered without gaps.
type gateShard struct {
	mu        sync.Mutex
	high      time.Duration
	buckets   []bucket // see there
	chunks    [][]tally
	rings     rings
	count     uint32
	lists     uint32 // keys in buckets; a spilled tally counts as one too
	lone      uint32 // how many of count are spilled
	shared    uint32 // how many of count are overflow counters
	recentKey uint64
	recent    uint32 // the first tally that the last decision found; it may be gone
	hand      uint32 // sweep cursor
	turn      uint32 // decisions so far
	_         [64]byte
}

// patience is how long an idle tally is kept while there is room, so that a key which comes and
// goes is not made anew each time.
const patience = time.Minute

// at returns the tally of a number.
func (s *gateShard) at(n uint32) *tally { return &s.chunks[n/chunkSize][n%chunkSize] }

// insert adds a tally that has counted nothing, and returns its number. It moves no other.
func (s *gateShard) insert(id identity, most int64, now moment) uint32 {
	if int(s.lists) >= keysEach*len(s.buckets) {
		s.split()
	}
	if int(s.count) == len(s.chunks)*chunkSize {
		s.chunks = append(s.chunks, make([]tally, chunkSize))
	}
	n := s.count
	s.count++
	t := s.at(n)
	*t = tally{key: id.key, limit: id.limit}
	if t.kind() == bucketed {
		t.total, t.word = most, uint64(now.at)
	}
	s.enter(n)
	return n
}

// remove forgets the tally of a number and gives that to the one with the highest.
func (s *gateShard) remove(n uint32) {
	s.leave(n)
	s.release(s.at(n))
	if last := s.count - 1; n != last {
		p, before := s.locate(last)
		t := s.at(n)
		*t = *s.at(last)
		if t.ring != 0 {
			s.rings.at(t.size, t.ring)[0] = mark(n)
		}
		s.link(p, before, n+1)
	}
	s.count--
	if len(s.buckets) > 1 && int(s.lists) < keysEach/2*len(s.buckets) {
		s.join()
	}
	if spare := len(s.chunks)*chunkSize - int(s.count); spare >= 2*chunkSize {
		s.chunks[len(s.chunks)-1] = nil
		s.chunks = s.chunks[:len(s.chunks)-1]
		if cap(s.chunks) > 4*len(s.chunks) {
			s.chunks = slices.Clip(slices.Clone(s.chunks))
		}
	}
}
