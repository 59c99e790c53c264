package ratelimit

import (
	"slices"
	"sync"
	"time"
)

// identity identifies a counter by the limit's ID (see rule) and a seeded hash of the partition
// key, so that no names are kept. Two keys with the same 64-bit hash would share a counter:
// together they never get more than the quota.
type identity struct {
	key   uint64
	limit uint32
}

// Counters are allocated in chunks, so growth moves none. The chunk size makes the allocator align
// a chunk to a page, and so each counter to a cache line.
const chunkSize = 512

// gateShard holds the counters of some of the partition keys. They are numbered without gaps. What
// every decision needs comes first, in one cache line.
type gateShard struct {
	mu        sync.Mutex
	latest    time.Duration
	recentKey uint64
	recent    uint32 // the first counter of recentKey that was found; it may have been dropped
	decisions uint32 // number of decisions so far
	count     uint32
	chunks    [][]windowCounter
	buckets   []bucket // see there
	rings     rings
	lists     uint32 // keys in buckets; a spilled counter counts as one too
	spilled   uint32 // how many of count are spilled
	shared    uint32 // how many of count are overflow counters
	cursor    uint32 // sweep cursor
	_         [64]byte
}

// idleLifetime is how long an idle counter is kept while there is room, so that an occasional key
// is not created anew each time.
const idleLifetime = time.Minute

// at returns a counter by its number.
func (s *gateShard) at(n uint32) *windowCounter { return &s.chunks[n/chunkSize][n%chunkSize] }

// insert adds an empty counter and returns its number. It moves no other counter.
func (s *gateShard) insert(id identity, capacity int64, now moment) uint32 {
	if int(s.lists) >= keysPerBucket*len(s.buckets) {
		s.split()
	}
	if int(s.count) == len(s.chunks)*chunkSize {
		s.chunks = append(s.chunks, make([]windowCounter, chunkSize))
	}
	n := s.count
	s.count++
	t := s.at(n)
	*t = windowCounter{key: id.key, limit: id.limit}
	if t.kind() == bucketed {
		t.total, t.word = capacity, uint64(now.at)
	}
	s.enter(n)
	return n
}

// remove drops a counter and moves the last one into its place.
func (s *gateShard) remove(n uint32) {
	s.leave(n)
	s.release(s.at(n))
	if last := s.count - 1; n != last {
		p, before := s.locate(last)
		t := s.at(n)
		*t = *s.at(last)
		if t.ring != 0 {
			s.rings.at(t.size, t.ring)[0] = sample(n)
		}
		s.link(p, before, n+1)
	}
	s.count--
	if len(s.buckets) > 1 && int(s.lists) < keysPerBucket/2*len(s.buckets) {
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
