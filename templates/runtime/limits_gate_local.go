package runtime

import (
	"context"
	"hash/maphash"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// GateOptions configures a Gate. The zero value is ready to use.
type GateOptions struct {
	// Clock is the system's clock when nil.
	Clock Clock
	// MaxKeys bounds how many counters are kept. Each takes about 75 bytes, and one of a rolling window that has been used
	// at more than two times in a window 270. When the bound is reached, new keys of a limit share a few counters of the
	// same quota. 0 means 1,000,000.
	MaxKeys int
}

const (
	shardBits  = 6
	gateShards = 1 << shardBits             // a mask of the shards to lock is one word
	mostKeys   = gateShards * mostRings / 2 // a shard has a ring for each, however uneven they are spread
)

// A Gate is the Enforcer of one process: it admits at most the quota in any window, whoever asks and whatever it
// costs, and charges nothing for what it refuses. It is safe for concurrent use and needs no Close.
// Counters of keys that have become idle are let go of as decisions come.
type Gate struct {
	timeline timeline
	maxKeys  int64
	keys     atomic.Int64
	seed     maphash.Seed
	rules    atomic.Pointer[rules]
	standIn  uint64 // the hash of the keys that there is no room for
	swept    atomic.Uint32
	shards   [gateShards]gateShard
}

// NewGate returns a gate that holds nothing yet.
func NewGate(options GateOptions) *Gate {
	if options.MaxKeys <= 0 {
		options.MaxKeys = 1_000_000
	}
	g := &Gate{timeline: newTimeline(options.Clock), maxKeys: int64(min(options.MaxKeys, mostKeys)), seed: maphash.MakeSeed()}
	g.rules.Store(new(rules))
	g.standIn = maphash.String(maphash.MakeSeed(), "")
	for i := range g.shards {
		g.shards[i].buckets = make([]bucket, 1)
	}
	return g
}

// Admit decides at once. See Enforcer.
func (g *Gate) Admit(ctx context.Context, charges []Charge) (Decision, error) {
	if err := ctx.Err(); err != nil {
		return Decision{}, err // nobody waits for the answer, so nothing is spent
	}
	return g.Decide(charges, make([]State, 0, len(charges)))
}

// Decide is Admit for a caller that brings the room for the states: they are appended to states.
// Unless a limit bounds concurrent requests, a decision on known keys with up to four charges then allocates nothing.
// It fails with a *LimitError when a cost is above what its limit can ever admit; that too spends nothing.
func (g *Gate) Decide(charges []Charge, states []State) (Decision, error) {
	var room [4]slot
	slots := room[:]
	if len(charges) > len(room) {
		slots = make([]slot, len(charges))
	}
	slots = slots[:len(charges)]
	var locked, hash uint64
	var wall, holds bool
	for i := range charges {
		c, s := &charges[i], &slots[i]
		s.rule = g.rule(c.Limit)
		s.most = s.rule.most(c.Limit)
		if c.Cost > s.most {
			return Decision{}, &LimitError{Limit: c.Limit.Name, Key: c.Key, Cost: c.Cost, Quota: s.most}
		}
		if i == 0 || c.Key != charges[i-1].Key {
			hash = maphash.String(g.seed, c.Key)
		}
		s.key = hash + s.rule.salt
		n := s.key >> (64 - shardBits)
		s.shard = &g.shards[n]
		locked |= 1 << n
		wall, holds = wall || s.rule.kind == aligned, holds || s.rule.kind == concurrent
	}
	g.lock(locked)
	now := g.find(slots, locked, g.read(locked, wall))
	states, admitted := commit(charges, slots, states, now)
	d := Decision{Admitted: admitted, Limits: states}
	if admitted && holds {
		d.Release = releaser(charges, slots)
	}
	g.unlock(locked)
	return d, nil
}

// lock locks shards, always in the same order, so that no two decisions wait for each other. Now and then it
// lets go of what is idle.
func (g *Gate) lock(locked uint64) {
	tidy := false
	for m := locked; m != 0; m &= m - 1 {
		s := &g.shards[bits.TrailingZeros64(m)]
		s.mu.Lock()
		s.turn++
		tidy = tidy || s.turn%128 == 0
	}
	if tidy {
		g.sweep(locked, 8)
		g.sweepAnother(locked)
	}
}

func (g *Gate) unlock(locked uint64) {
	for m := locked; m != 0; m &= m - 1 {
		g.shards[bits.TrailingZeros64(m)].mu.Unlock()
	}
}

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
		s, at := &states[i], &slots[i]
		if admitted && s.Cost > 0 {
			at.tally.take(s.Limit, at.rule, at.shard, s.Cost, now.at)
		}
		at.report(s, now)
	}
	if twice {
		for i := range slots {
			slots[i].report(&states[i], now)
		}
	}
	return states, admitted
}

// report says where the counter stands.
func (s *slot) report(to *State, now moment) {
	to.Remaining = s.tally.remaining(s.rule, s.most)
	to.Reset = s.tally.reset(to.Limit, s.rule, s.shard, s.most, now)
}

// releaser returns what gives back the concurrent requests among charges, or nil when there are none.
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
			h.shard.at(h.shard.find(h.id, none)).total -= h.cost // it is in use, so it has not been forgotten
			h.shard.mu.Unlock()
		}
	})
}

// read reads the clock once for all shards in locked, none of which sees time go backwards.
func (g *Gate) read(locked uint64, aligned bool) moment {
	var high time.Duration
	for m := locked; m != 0; m &= m - 1 {
		high = max(high, g.shards[bits.TrailingZeros64(m)].high)
	}
	now := g.timeline.present(&high, aligned)
	for m := locked; m != 0; m &= m - 1 {
		g.shards[bits.TrailingZeros64(m)].high = high
	}
	return now
}
