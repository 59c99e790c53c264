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
	// MaxKeys bounds how many counters are kept, of about 270 bytes each. When it is reached, new keys of a limit share
	// a few counters of the same quota. 0 means 1,000,000.
	MaxKeys int
}

const (
	gateShards = 64                              // a mask of the shards to lock is one word
	mostKeys   = gateShards * (mostSpot + 1) / 2 // numbers of tallies fit in places
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
	var locked uint64
	wall := false
	for i := range charges {
		c, s := &charges[i], &slots[i]
		s.rule = g.rule(c.Limit)
		s.most = s.rule.most(c.Limit)
		if c.Cost > s.most {
			return Decision{}, &LimitError{Limit: c.Limit.Name, Key: c.Key, Cost: c.Cost, Quota: s.most}
		}
		s.limit = s.rule.hash
		if i > 0 && c.Key == charges[i-1].Key {
			s.key = slots[i-1].key
		} else {
			s.key = maphash.String(g.seed, c.Key)
		}
		locked |= 1 << s.shard()
		wall = wall || s.rule.kind == aligned
	}
	g.lock(locked)
	now := g.find(charges, slots, locked, g.read(locked, wall))
	states, admitted := commit(charges, slots, states, now)
	d := Decision{Admitted: admitted, Limits: states}
	if admitted {
		d.Release = g.releaser(charges, slots)
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
	admitted := true
	states = slices.Grow(states, len(charges))
	states = states[len(states) : len(states)+len(charges)]
	for i := range charges {
		c, s, t := &charges[i], &states[i], slots[i].tally
		if t.kind == rolling {
			t.expire(now.at)
		} else {
			t.refresh(c.Limit, slots[i].rule, now)
		}
		need, most := max(c.Cost, 0), slots[i].most
		for j := range i {
			if slots[j].tally == t { // two charges of one request in one counter
				need = min(need+max(charges[j].Cost, 0), mostQuota+1)
			}
		}
		s.Limit, s.Key, s.Cost, s.Violated, s.Wait = c.Limit, c.Key, c.Cost, need > t.remaining(most), 0
		if s.Violated {
			s.Wait = t.wait(c.Limit, most, min(need, most), now)
			admitted = false
		}
	}
	if admitted {
		for i := range slots {
			slots[i].tally.take(slots[i].rule, max(states[i].Cost, 0), now.at)
		}
	}
	for i := range slots {
		s, t, most := &states[i], slots[i].tally, slots[i].most
		s.Remaining, s.Reset = t.remaining(most), t.reset(s.Limit, most, now)
	}
	return states, admitted
}

// releaser returns what gives back the concurrent requests among charges, or nil when there are none.
func (g *Gate) releaser(charges []Charge, slots []slot) func() {
	type grip struct {
		shard *gateShard
		id    identity
		cost  int64
	}
	var grips []grip
	for i := range charges {
		if t := slots[i].tally; t.kind == concurrent && charges[i].Cost > 0 {
			grips = append(grips, grip{&g.shards[slots[i].shard()], identity{t.limit, t.key}, charges[i].Cost})
		}
	}
	if grips == nil {
		return nil
	}
	return sync.OnceFunc(func() {
		for _, h := range grips {
			h.shard.mu.Lock()
			n := h.shard.find(h.id, none) // it is in use, so it has not been forgotten
			h.shard.at(n).total -= h.cost
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
