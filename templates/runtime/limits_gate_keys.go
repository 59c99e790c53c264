package runtime

import "slices"

// find appends the tally of each charge to tallies. The shards are locked. When a tally had to be made and there may
// be shared ones, their lock is held too when it returns.
func (g *Gate) find(charges []Charge, shards []uint8, tallies []*tally, now moment) (_ []*tally, overflowing bool) {
	known := true
	for i := range charges {
		t := g.shards[shards[i]].tallies[counterID{limit: charges[i].Limit.Name, key: charges[i].Key}]
		known = known && t != nil
		tallies = append(tallies, t)
	}
	if known {
		return tallies, false
	}
	looks := 2
	if g.keys.Load() >= g.maxKeys {
		looks = 16
	}
	for _, s := range shards {
		g.sweep(&g.shards[s], looks, tallies, now)
	}
	for i := range charges {
		if tallies[i] != nil {
			continue
		}
		s, limit := &g.shards[shards[i]], charges[i].Limit
		id := counterID{limit: limit.Name, key: charges[i].Key}
		if t := s.tallies[id]; t != nil {
			tallies[i] = t // made for an earlier charge of this request
			continue
		}
		room := g.keys.Add(1) <= g.maxKeys
		if !overflowing && (!room || g.spilled.Load() > 0) {
			g.overflow.Lock()
			overflowing = true
		}
		var shared *tally
		if overflowing {
			shared = g.shared(id.limit, tallies, now)
		}
		// A key may have spent from the shared counter, so its own starts with all that is spent there. Requests in
		// flight cannot be taken over: their release goes to the shared counter, so it stays in use until it is idle.
		if shared != nil && limit.Concurrent() {
			room = false
		}
		if !room {
			g.keys.Add(-1)
			if shared == nil {
				shared = &tally{id: counterID{limit: id.limit, shared: true}}
				g.overflow.tallies[id.limit] = shared
				g.spilled.Add(1)
			}
			tallies[i] = shared
			continue
		}
		t := &tally{id: id}
		if shared != nil {
			t.inherit(shared)
		}
		s.tallies[id] = t
		s.ring = append(s.ring, t)
		tallies[i] = t
	}
	return tallies, overflowing
}

// shared returns the shared tally of a limit, or nil when there is none that holds anything. The overflow is locked.
func (g *Gate) shared(limit string, inUse []*tally, now moment) *tally {
	t := g.overflow.tallies[limit]
	if t == nil || slices.Contains(inUse, t) || !t.idle(now) {
		return t
	}
	delete(g.overflow.tallies, limit)
	g.spilled.Add(-1)
	return nil
}

// sweep forgets idle tallies of a shard, save those in use. It looks at a few each time a tally is made,
// and at more when there is no room, so that no decision pays for many.
func (g *Gate) sweep(s *gateShard, looks int, inUse []*tally, now moment) {
	for range min(looks, len(s.ring)) {
		if s.hand >= len(s.ring) {
			s.hand = 0
		}
		t := s.ring[s.hand]
		if slices.Contains(inUse, t) || !t.idle(now) {
			s.hand++
			continue
		}
		delete(s.tallies, t.id)
		last := len(s.ring) - 1
		s.ring[s.hand], s.ring[last] = s.ring[last], nil
		s.ring = s.ring[:last]
		g.keys.Add(-1)
	}
}
