package ratelimit

import "math/bits"

// slot is where the counter of one charge is. Its tally is valid while the shard is locked and
// nothing is forgotten.
type slot struct {
	key   uint64
	rule  *rule
	shard *gateShard
	tally *tally
	most  int64 // the largest cost that can be admitted
}

func (s *slot) identity() identity { return identity{s.key, s.rule.limit} }

// find fills in the tallies of slots, all of whose shards are locked, and makes those that are
// missing. It returns the moment to decide at: what is idle was judged at that one, so nothing may
// be charged to an earlier.
func (g *Gate) find(slots []slot, locked uint64, now moment) moment {
	// The key is often the same as last time. Its limits are most often numbered one after the
	// other, as they were made.
	guess := none
	if len(slots) > 0 && slots[0].shard.recentKey == slots[0].key {
		guess = slots[0].shard.recent
	}
	for i := range slots {
		s := &slots[i]
		if !s.shard.has(guess, s.identity()) {
			if guess = s.shard.find(s.identity()); guess == none {
				return g.admitNew(slots, locked)
			}
		}
		if i == 0 {
			s.shard.recentKey, s.shard.recent = s.key, guess
		}
		s.tally = s.shard.at(guess)
		guess++
	}
	return now
}

// admitNew is find for when some tally is missing.
func (g *Gate) admitNew(slots []slot, locked uint64) moment {
	// Making room moves tallies and forgets some, so all are looked up again behind it.
	g.sweep(locked, 2*len(slots))
	now := g.read(locked, true)
	for i := range slots {
		s := &slots[i]
		n := s.shard.find(s.identity())
		if n == none {
			n = g.create(s, slots[:i], now)
		}
		s.tally = s.shard.at(n)
	}
	return now
}

// create makes the tally of a new key, or finds the overflow counter shared by keys beyond MaxKeys.
func (g *Gate) create(s *slot, before []slot, now moment) uint32 {
	shard, standIn := s.shard, identity{g.standIn, s.rule.limit}
	shared := none
	if shard.shared > 0 {
		shared = shard.find(standIn)
	}
	// A key may have spent from the shared counter, so its own starts with all that is spent there.
	// Requests in flight cannot be taken over: their release goes to the shared counter, so it
	// stays in use until it is idle.
	inUse := shared != none && (taken(before, shard.at(shared)) || !shard.at(shared).idle(now))
	if own := !inUse || s.rule.kind != concurrent; own {
		if g.keys.Add(1) <= g.maxKeys {
			n := shard.insert(s.identity(), s.most, now)
			if inUse {
				shard.inherit(n, shard.at(shared))
			}
			return n
		}
		g.keys.Add(-1)
	}
	if shared == none {
		shared = shard.insert(standIn, s.most, now)
		shard.shared++
	}
	return shared
}

// taken reports whether an earlier charge of the same request has come to t.
func taken(before []slot, t *tally) bool {
	for i := range before {
		if before[i].tally == t {
			return true
		}
	}
	return false
}

// sweep forgets idle tallies of the shards in locked. It looks at a few at a time, so that no
// decision pays for many: with each new key, at more when there is no room, and now and then in
// between. It moves tallies.
func (g *Gate) sweep(locked uint64, looks int) {
	now := g.read(locked, true)
	full := g.keys.Load() >= g.maxKeys
	if full {
		looks = 16
	}
	for m := locked; m != 0; m &= m - 1 {
		s := &g.shards[bits.TrailingZeros64(m)]
		for range min(looks, int(s.count)) {
			if s.hand >= s.count {
				s.hand = 0
			}
			t := s.at(s.hand)
			if !full && t.until > now.at-patience || !t.idle(now) {
				s.hand++
				continue
			}
			if t.key == g.standIn {
				s.shared--
			} else {
				g.keys.Add(-1)
			}
			s.remove(s.hand)
		}
	}
}

// sweepAnother looks at the next shard in turn, so that keys in shards that are not used any more
// are let go of too. It never waits: locks are held already, and of higher shards as well.
func (g *Gate) sweepAnother(locked uint64) {
	i := g.swept.Add(1) % gateShards
	s := &g.shards[i]
	if locked>>i&1 == 1 || !s.mu.TryLock() {
		return
	}
	g.sweep(1<<i, 32)
	s.mu.Unlock()
}
