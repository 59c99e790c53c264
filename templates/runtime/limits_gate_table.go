package runtime

import (
	"math/bits"
	"slices"
	"sync"
	"time"
)

// identity tells counters apart: by seeded hashes of 64 bits of the limit and of the partition key, so that nothing
// is kept of names. Two keys that came to the same hash would share a counter, and never get more than the quota
// between them. For a counter to be taken for one of another limit, the hashes of their names would have to agree too.
type identity struct{ limit, key uint64 }

// Tallies are allocated in chunks, which growth never moves. A chunk is of a size that begins at a page, so that a
// tally begins at a cache line.
const chunkSize = 128

// gateShard holds the counters of a part of the partition keys, in a table that grows and shrinks by one chain with
// each counter (linear hashing), so that no decision pays for many. Tallies are numbered without gaps.
type gateShard struct {
	mu     sync.Mutex
	high   time.Duration
	chains []uint32 // first of each chain; 0 is none, n the tally of number n-1
	chunks [][]tally
	count  uint32
	shared uint32 // of count, those that stand in for keys without room
	hand   uint32 // where the sweep goes on
	turn   uint32 // decisions so far
	_      [64]byte
}

// patience is for how long an idle tally is kept while there is room, so that a key which comes and goes
// is not made anew each time.
const patience = time.Minute

// There are so many chains to a tally: few have more than one link, and a link is most often a cache miss.
const chainsEach = 4

// fewestChains are there at all times. A limit's name picks one of these by its low bits, and the key one such group,
// so that the chains of one key's limits share a cache line.
const fewestChains = 16

// chain returns where a counter is.
func (s *gateShard) chain(id identity) uint32 {
	n := uint32(len(s.chains))
	mask := uint32(1)<<bits.Len32(n-1) - 1
	h := uint32(id.key) ^ uint32(id.limit)%fewestChains
	if at := h & mask; at < n {
		return at
	}
	return h & (mask >> 1)
}

// at returns the tally of a number.
func (s *gateShard) at(n uint32) *tally { return &s.chunks[n/chunkSize][n%chunkSize] }

// find returns the number of a counter's tally, or none. It tries guess first.
func (s *gateShard) find(id identity, guess uint32) uint32 {
	if guess < s.count && s.at(guess).is(id) {
		return guess
	}
	for n := s.chains[s.chain(id)]; n != 0; { // numbers in chains count from 1
		t := s.at(n - 1)
		if t.is(id) {
			return n - 1
		}
		n = t.next
	}
	return none
}

// none is no tally's number.
const none = ^uint32(0)

func (t *tally) is(id identity) bool { return t.key == id.key && t.limit == id.limit }

// insert adds a tally that has counted nothing, and returns its number. It moves no other.
func (s *gateShard) insert(id identity, l *Limit, r *rule, now moment) uint32 {
	for len(s.chains) < chainsEach*int(s.count+1) {
		s.split()
	}
	if int(s.count) == len(s.chunks)*chunkSize {
		s.chunks = append(s.chunks, make([]tally, chunkSize))
	}
	n := s.count
	s.count++
	t := s.at(n)
	*t = tally{limit: id.limit, key: id.key, window: l.Window, kind: r.kind}
	if t.kind == bucketed {
		t.total, t.last = r.most(l), now.at
	}
	first := &s.chains[s.chain(id)]
	t.next, *first = *first, n+1
	return n
}

// split adds a chain and moves there what belongs in it. It all comes from one other chain.
func (s *gateShard) split() {
	added := uint32(len(s.chains))
	from := added & (1<<(bits.Len32(added)-1) - 1)
	s.chains = append(s.chains, 0)
	for link := &s.chains[from]; *link != 0; {
		n := *link
		t := s.at(n - 1)
		if s.chain(identity{t.limit, t.key}) != added {
			link = &t.next
			continue
		}
		*link = t.next
		t.next, s.chains[added] = s.chains[added], n
	}
}

// join is the reverse of split.
func (s *gateShard) join() {
	last := uint32(len(s.chains)) - 1
	n := s.chains[last]
	s.chains = s.chains[:last]
	for n != 0 {
		t := s.at(n - 1)
		first := &s.chains[s.chain(identity{t.limit, t.key})]
		n, t.next, *first = t.next, *first, n
	}
	if cap(s.chains) > 4*len(s.chains) {
		s.chains = slices.Clip(slices.Clone(s.chains))
	}
}

// remove forgets the tally of a number and gives that to the one with the highest.
func (s *gateShard) remove(n uint32) {
	*s.link(n) = s.at(n).next
	last := s.count - 1
	if n != last {
		link := s.link(last)
		*s.at(n) = *s.at(last)
		*link = n + 1
	}
	s.count--
	for range chainsEach {
		if len(s.chains) > max(fewestChains, chainsEach*int(s.count)) {
			s.join()
		}
	}
	if spare := len(s.chunks)*chunkSize - int(s.count); spare >= 2*chunkSize {
		s.chunks[len(s.chunks)-1] = nil
		s.chunks = s.chunks[:len(s.chunks)-1]
		if cap(s.chunks) > 4*len(s.chunks) {
			s.chunks = slices.Clip(slices.Clone(s.chunks))
		}
	}
}

// link returns what points to the tally of a number.
func (s *gateShard) link(n uint32) *uint32 {
	t := s.at(n)
	link := &s.chains[s.chain(identity{t.limit, t.key})]
	for *link != n+1 {
		link = &s.at(*link - 1).next
	}
	return link
}
