package ratelimit

import "sync"

// commit checks all charges, then charges all or none. It sets the numbers in the State of each
// charge, taken after all of them are charged.
func commit(charges []Charge, refs []counterRef, found []uint32, states []State, now moment) (admitted bool) {
	admitted, twice := true, false
	for i := range charges {
		c, s, at := &charges[i], &states[i], &refs[i]
		t := at.shard.at(found[i])
		if at.rule.kind != rolling || t.due(at.rule, now.at) {
			t.refresh(c.Limit, at.rule, at.shard, now)
		}
		need := max(c.Cost, 0)
		for j := range i {
			if found[j] == found[i] && refs[j].shard == at.shard { // two charges of one request in one counter
				need, twice = min(need+max(charges[j].Cost, 0), maxQuota+1), true
			}
		}
		s.Cost, s.Violated, s.Wait = c.Cost, need > t.remaining(at.rule, at.capacity), 0
		if s.Violated {
			s.Wait = t.wait(c.Limit, at.rule, at.shard, at.capacity, min(need, at.capacity), now)
			admitted = false
		}
	}
	for i := range refs {
		refs[i].charge(found[i], charges[i].Limit, &states[i], admitted, now)
	}
	if twice {
		for i := range refs {
			refs[i].charge(found[i], charges[i].Limit, &states[i], false, now)
		}
	}
	return admitted
}

// charge charges the cost of an admitted request, and fills in the state of its counter.
func (s *counterRef) charge(n uint32, l *Limit, to *State, admitted bool, now moment) {
	t, r := s.shard.at(n), s.rule
	charged := admitted && to.Cost > 0
	if r.kind != rolling {
		if charged {
			t.take(l, r, to.Cost, now.at)
		}
		to.Remaining, to.Reset = t.remaining(r, s.capacity), t.reset(l, r, s.shard, s.capacity, now)
		return
	}
	if charged {
		if !t.sharesNewest(r, s.capacity, now.at) {
			t.beginSample(r, s.shard, now.at)
		}
		t.add(r, to.Cost, now.at)
	}
	to.Remaining, to.Reset = max(0, s.capacity-t.total), 0
	if t.total > 0 {
		to.Reset = t.firstLeaves(r) - now.at
	}
}

// releaser returns a function that ends the concurrent requests among charges, or nil when there
// are none.
func releaser(charges []Charge, refs []counterRef, found []uint32) func() {
	type grip struct {
		shard *gateShard
		id    identity
		cost  int64
	}
	var grips []grip
	for i := range charges {
		if at := &refs[i]; at.rule.kind == concurrent && charges[i].Cost > 0 {
			grips = append(grips, grip{at.shard, at.shard.at(found[i]).identity(), charges[i].Cost})
		}
	}
	if grips == nil {
		return nil
	}
	return sync.OnceFunc(func() {
		for _, h := range grips {
			h.shard.mu.Lock()
			h.shard.at(h.shard.find(h.id)).total -= h.cost // in use, so no sweep has dropped it
			h.shard.mu.Unlock()
		}
	})
}
