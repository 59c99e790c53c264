package ratelimit

import "math/bits"

// counterRef says where the counter of one charge is looked for.
type counterRef struct {
	key      uint64
	rule     *rule
	shard    *gateShard
	capacity int64 // the largest cost that can be admitted
}

func (s *counterRef) identity() identity { return identity{s.key, s.rule.limit} }

// find fills in the numbers of the counters of refs, whose shards are all locked, and creates those
// that are missing. A number is valid while the shard is locked and no counter is dropped. find
// returns the moment at which to decide. Idle counters were judged at that moment, so no charge may
// have an earlier time.
func (g *Gate) find(refs []counterRef, found []uint32, locked uint64, now moment) moment {
	// A key is often the same as last time, and the counters of its limits usually have consecutive
	// numbers, since they were created together.
	guess, key := none, uint64(0)
	for i := range refs {
		s := &refs[i]
		first := i == 0 || s.key != key
		if first && s.shard.recentKey == s.key {
			guess = s.shard.recent
		}
		if !s.shard.has(guess, s.identity()) {
			if guess = s.shard.find(s.identity()); guess == none {
				return g.admitNew(refs, found, locked)
			}
		}
		if first {
			key, s.shard.recentKey, s.shard.recent = s.key, s.key, guess
		}
		found[i] = guess
		guess++
	}
	return now
}

// admitNew is find when at least one counter is missing.
func (g *Gate) admitNew(refs []counterRef, found []uint32, locked uint64) moment {
	// The sweep moves counters and drops some, so all are looked up again after it.
	g.sweep(locked, 2*len(refs))
	now := g.read(locked, true)
	for i := range refs {
		s := &refs[i]
		n := s.shard.find(s.identity())
		if n == none {
			n = g.create(s, refs[:i], found, now)
		}
		found[i] = n
	}
	return now
}

// create creates the counter of a new key, or returns the overflow counter shared by keys beyond
// MaxKeys.
func (g *Gate) create(s *counterRef, before []counterRef, found []uint32, now moment) uint32 {
	shard, overflow := s.shard, identity{g.overflowKey, s.rule.limit}
	shared := none
	if shard.shared > 0 {
		shared = shard.find(overflow)
	}
	// A key may have spent from the shared counter, so its own starts with everything spent there.
	// Requests in flight cannot be taken over: their release goes to the shared counter, so it
	// stays in use until it is idle.
	inUse := shared != none && (chargedBefore(before, found, shard, shared) || !shard.at(shared).idle(now))
	if separate := !inUse || s.rule.kind != concurrent; separate {
		if g.keys.Add(1) <= g.maxKeys {
			n := shard.insert(s.identity(), s.capacity, now)
			if inUse {
				shard.inherit(n, shard.at(shared))
			}
			return n
		}
		g.keys.Add(-1)
	}
	if shared == none {
		shared = shard.insert(overflow, s.capacity, now)
		shard.shared++
	}
	return shared
}

// chargedBefore reports whether an earlier charge of the same request uses a counter.
func chargedBefore(before []counterRef, found []uint32, shard *gateShard, n uint32) bool {
	for i := range before {
		if found[i] == n && before[i].shard == shard {
			return true
		}
	}
	return false
}

// sweep drops idle counters of the shards in locked, and moves others into their places. It
// examines only a few at a time, so that no decision pays for many: for each new key, more when
// MaxKeys is reached, and every 128 decisions.
func (g *Gate) sweep(locked uint64, looks int) {
	now := g.read(locked, true)
	full := g.keys.Load() >= g.maxKeys
	if full {
		looks = 16
	}
	for m := locked; m != 0; m &= m - 1 {
		s := &g.shards[bits.TrailingZeros64(m)]
		for range min(looks, int(s.count)) {
			if s.cursor >= s.count {
				s.cursor = 0
			}
			t := s.at(s.cursor)
			if !full && t.until > now.at-idleLifetime || !t.idle(now) {
				s.cursor++
				continue
			}
			if t.key == g.overflowKey {
				s.shared--
			} else {
				g.keys.Add(-1)
			}
			s.remove(s.cursor)
		}
	}
}

// sweepAnother sweeps the next shard in turn, so that idle keys are dropped from unused shards too.
// It only tries the lock: locks of higher shards may be held already, so waiting could deadlock.
func (g *Gate) sweepAnother(locked uint64) {
	i := g.swept.Add(1) % gateShards
	s := &g.shards[i]
	if locked>>i&1 == 1 || !s.mu.TryLock() {
		return
	}
	g.sweep(1<<i, 32)
	s.mu.Unlock()
}
