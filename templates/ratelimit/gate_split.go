package ratelimit

import (
	"math/bits"
	"slices"
)

// split adds a bucket, and distributes the counters of the bucket it splits between the two.
func (s *gateShard) split() {
	added := uint32(len(s.buckets))
	s.buckets = append(s.buckets, bucket{})
	from := &s.buckets[added&(1<<(bits.Len32(added)-1)-1)]
	was := *from
	*from = bucket{}
	s.redistribute(was)
}

// join is the reverse of split.
func (s *gateShard) join() {
	was := s.buckets[len(s.buckets)-1]
	s.buckets = s.buckets[:len(s.buckets)-1]
	if cap(s.buckets) > 4*len(s.buckets) {
		s.buckets = slices.Clip(slices.Clone(s.buckets))
	}
	s.redistribute(was)
}

// redistribute enters all counters of a former bucket where they belong now.
func (s *gateShard) redistribute(was bucket) {
	for _, p := range was.slots {
		for n := p.first(); n != 0; {
			next := s.at(n - 1).next
			s.put(n - 1)
			n = next
		}
	}
}
