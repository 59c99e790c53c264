package ratelimit

import (
	"slices"
	"sync"
)

// commit checks all charges, then charges all or none, and appends where the counters stand.
func commit(charges []Charge, slots []slot, states []State, now moment) ([]State, bool) {
	admitted, twice := true, false
	states = slices.Grow(states, len(charges))
	states = states[len(states) : len(states)+len(charges)]
	for i := range charges {
		c, s, at := &charges[i], &states[i], &slots[i]
		t := at.tally
		if at.rule.kind != rolling || t.due(at.rule, now.at) {
			t.refresh(c.Limit, at.rule, at.shard, now)
		}
		need := max(c.Cost, 0)
		for j := range i {
			if slots[j].tally == t { // two charges of one request in one counter
				need, twice = min(need+max(charges[j].Cost, 0), mostQuota+1), true
			}
		}
		s.Limit, s.Key, s.Cost, s.Violated, s.Wait = c.Limit, c.Key, c.Cost, need > t.remaining(at.rule, at.most), 0
		if s.Violated {
			s.Wait = t.wait(c.Limit, at.rule, at.shard, at.most, min(need, at.most), now)
			admitted = false
		}
	}
	for i := range slots {
		slots[i].settle(&states[i], admitted, now)
	}
	if twice {
		for i := range slots {
			slots[i].settle(&states[i], false, now)
		}
	}
	return states, admitted
}

// settle charges the cost of an admitted request, and says where the counter stands.
func (s *slot) settle(to *State, admitted bool, now moment) {
	t, r := s.tally, s.rule
	charged := admitted && to.Cost > 0
	if r.kind != rolling {
		if charged {
			t.take(to.Limit, r, to.Cost, now.at)
		}
		to.Remaining, to.Reset = t.remaining(r, s.most), t.reset(to.Limit, r, s.shard, s.most, now)
		return
	}
	if charged {
		if !t.joins(r, s.most, now.at) {
			t.begin(r, s.shard, now.at)
		}
		t.add(r, to.Cost, now.at)
	}
	to.Remaining, to.Reset = max(0, s.most-t.total), 0
	if t.total > 0 {
		to.Reset = t.first(r) - now.at
	}
}

// releaser returns what gives back the concurrent requests among charges, or nil when there are
// none.
func releaser(charges []Charge, slots []slot) func() {
	type grip struct {
		shard *gateShard
		id    identity
		cost  int64
	}
	var grips []grip
	for i := range charges {
		if at := &slots[i]; at.rule.kind == concurrent && charges[i].Cost > 0 {
			grips = append(grips, grip{at.shard, at.tally.identity(), charges[i].Cost})
		}
	}
	if grips == nil {
		return nil
	}
	return sync.OnceFunc(func() {
		for _, h := range grips {
			h.shard.mu.Lock()
			h.shard.at(h.shard.find(h.id)).total -= h.cost // it is in use, so it has not been forgotten
			h.shard.mu.Unlock()
		}
	})
}
