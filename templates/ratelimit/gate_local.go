package ratelimit

import (
	"context"
	"hash/maphash"
	"math/bits"
	"sync/atomic"
	"time"
)

// GateOptions configures a Gate. The zero value is ready to use.
type GateOptions struct {
	// Clock is the system's clock when nil.
	Clock Clock
	// MaxKeys bounds how many counters are kept. Each takes about 75 bytes. One of a rolling window
	// takes 64 more when it is used more than 3 times in a window, 256 instead from 19 times on,
	// and 1 KiB from 67 times on, however many they are; times within a 136th of the window count
	// once where the quota is above 112. When the bound is reached, new keys of a limit share a few
	// counters of the same quota. 0 means 1,000,000.
	MaxKeys int
}

const (
	shardBits  = 6
	gateShards = 1 << shardBits             // a mask of the shards to lock is one word
	mostKeys   = gateShards * mostRings / 2 // a shard has a ring for each, however uneven they are spread
)

// A Gate is the Enforcer of one process: it admits at most the quota in any window, for any mix of
// callers and costs, and charges nothing for requests that it refuses. It is safe for concurrent
// use and needs no Close. Counters of idle keys are dropped as decisions come.
type Gate struct {
	timeline timeline
	maxKeys  int64
	keys     atomic.Int64
	seed     maphash.Seed
	rules    atomic.Pointer[rules]
	standIn  uint64 // hash of the shared counter used beyond MaxKeys
	swept    atomic.Uint32
	shards   [gateShards]gateShard
}

// NewGate returns a gate without counters.
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
		return Decision{}, err // the caller no longer waits, so nothing is spent
	}
	return g.Decide(charges, make([]State, 0, len(charges)))
}

// Decide is Admit for a caller that brings the room for the states: they are appended to states.
// Unless a limit bounds concurrent requests, a decision on known keys with up to four charges then
// allocates nothing. It fails with a *LimitError when a cost is above what its limit can ever
// admit; that too spends nothing.
func (g *Gate) Decide(charges []Charge, states []State) (Decision, error) {
	d, _, err := g.decide(charges, states)
	return d, err
}

// decide is Decide, and says at which moment it decided.
func (g *Gate) decide(charges []Charge, states []State) (Decision, moment, error) {
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
			return Decision{}, moment{}, &LimitError{API: c.Limit.API, Limit: c.Limit.Name, Key: c.Key, Cost: c.Cost, Quota: s.most}
		}
		if i == 0 || c.Key != charges[i-1].Key {
			hash = g.hash(c.Key)
		}
		s.key = hash + s.rule.salt
		n := s.key >> (64 - shardBits)
		s.shard = &g.shards[n]
		locked |= 1 << n
		wall, holds = wall || s.rule.kind == aligned, holds || s.rule.kind == concurrent
	}
	g.lock(locked)
	if len(slots) > 0 && slots[0].key != slots[0].shard.recentKey {
		slots[0].shard.bucket(slots[0].key).fetch()
	}
	now := g.find(slots, locked, g.read(locked, wall))
	states, admitted := commit(charges, slots, states, now)
	d := Decision{Admitted: admitted, Limits: states}
	if admitted && holds {
		d.Release = releaser(charges, slots)
	}
	g.unlock(locked)
	return d, now, nil
}

func (g *Gate) hash(key string) uint64 { return maphash.String(g.seed, key) }

// lock locks shards, always in the same order, so that no two decisions wait for each other. Now
// and then it lets go of what is idle.
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

// read reads the clock once for all shards in locked, none of which sees time go backwards.
func (g *Gate) read(locked uint64, aligned bool) moment {
	if locked&(locked-1) == 0 && locked != 0 {
		return g.timeline.present(&g.shards[bits.TrailingZeros64(locked)].high, aligned)
	}
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
