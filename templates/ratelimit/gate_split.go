package ratelimit

import (
	"math/bits"
	"slices"
)

// split adds a bucket, and distributes the tallies of the bucket it splits between the two.
func (s *gateShard) split() {
	added := uint32(len(s.buckets))
	s.buckets = append(s.buckets, bucket{})
	from := &s.buckets[added&(1<<(bits.Len32(added)-1)-1)]
	was := *from
	*from = bucket{}
	s.again(was)
}

// join is the reverse of split.
func (s *gateShard) join() {
	was := s.buckets[len(s.buckets)-1]
	s.buckets = s.buckets[:len(s.buckets)-1]
	if cap(s.buckets) > 4*len(s.buckets) {
		s.buckets = slices.Clip(slices.Clone(s.buckets))
	}
	s.again(was)
}

// again enters all tallies of a former bucket where they belong now.
func (s *gateShard) again(was bucket) {
	for _, p := range was.spots {
		for n := p.first(); n != 0; {
			next := s.at(n - 1).next
			s.put(n - 1)
			n = next
		}
	}
}
