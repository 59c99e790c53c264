package ratelimit

import (
	"context"
	"hash/maphash"
	"math/bits"
	"slices"
	"sync/atomic"
	"time"
)

// GateOptions configures a Gate. The zero value is ready to use.
type GateOptions struct {
	// Clock is the system's clock when nil.
	Clock Clock
	// MaxKeys bounds the number of counters. Each takes about 75 bytes. A rolling window needs 64
	// bytes more when it is used more than 3 times in a window, 256 from 19 times on, and 1 KiB
	// from 67 times on; for quotas above 112, uses within a 136th of the window count once. When
	// the bound is reached, new keys of a limit share a few counters of the same quota. 0 means
	// 1,000,000.
	MaxKeys int
}

const (
	shardBits    = 6
	gateShards   = 1 << shardBits            // so that a mask of the shards to lock is one word
	maxKeysTotal = gateShards * maxRings / 2 // so that each shard has enough rings, even if keys are spread unevenly
)

// A Gate is the Enforcer of one process: it admits at most the quota in any window, for any mix of
// callers and costs, and charges nothing for requests that it refuses. It is safe for concurrent
// use and needs no Close. Later decisions drop the counters of idle keys.
type Gate struct {
	timeline    timeline
	maxKeys     int64
	keys        atomic.Int64
	seed        maphash.Seed
	rules       atomic.Pointer[rules]
	overflowKey uint64 // hash of the shared counter used beyond MaxKeys
	swept       atomic.Uint32
	shards      [gateShards]gateShard
}

// NewGate returns a gate without counters.
func NewGate(options GateOptions) *Gate {
	if options.MaxKeys <= 0 {
		options.MaxKeys = 1_000_000
	}
	g := &Gate{timeline: newTimeline(options.Clock), maxKeys: int64(min(options.MaxKeys, maxKeysTotal)), seed: maphash.MakeSeed()}
	g.rules.Store(new(rules))
	g.overflowKey = maphash.String(maphash.MakeSeed(), "")
	for i := range g.shards {
		g.shards[i].buckets = make([]bucket, 1)
	}
	return g
}

// Admit decides at once. See Enforcer.
func (g *Gate) Admit(ctx context.Context, charges []Charge) (Decision, error) {
	if err := ctx.Err(); err != nil {
		return Decision{}, err // the caller has stopped waiting, so nothing is spent
	}
	return g.Decide(charges, nil)
}

// Decide is Admit for a caller that provides the memory for the states: they are appended to
// states. Unless a limit bounds concurrent requests, a decision on known keys with up to four
// charges then allocates nothing. It fails with a *LimitError when a cost is above what its limit
// can ever admit; that spends nothing either.
func (g *Gate) Decide(charges []Charge, states []State) (Decision, error) {
	states = slices.Grow(states, len(charges))
	states = states[len(states) : len(states)+len(charges)]
	v, err := g.decide(charges, states)
	if err != nil {
		return Decision{}, err
	}
	name(states, charges)
	return Decision{Admitted: v.admitted, Limits: states, Release: v.release}, nil
}

// name sets what states are of.
func name(states []State, charges []Charge) {
	for i := range charges {
		states[i].Limit, states[i].Key = charges[i].Limit, charges[i].Key
	}
}

// verdict is a decision without its states, so that a caller's memory for those can be its stack.
type verdict struct {
	admitted bool
	release  func() // nil if no concurrent requests are held
	at       time.Duration
}

// decide is Decide with as many states as charges, of which it sets the numbers alone: pointers
// would be written with write barriers, as if states were never on the stack.
func (g *Gate) decide(charges []Charge, states []State) (verdict, error) {
	var room [4]counterRef
	refs := room[:]
	if len(charges) > len(room) {
		refs = make([]counterRef, len(charges))
	}
	at, err := g.refer(charges, refs[:len(charges)])
	if err != nil {
		return verdict{}, err
	}
	return g.decideOn(&at, states), nil
}

// referred has charges, and where the counter of each is looked for. Decisions only read it.
type referred struct {
	charges []Charge
	refs    []counterRef
	shards  uint64 // those of refs, as bits
	wall    bool   // a window is aligned
	holds   bool   // a limit bounds concurrent requests
}

// refer fills in refs, one for each charge. It fails if a cost can never be admitted.
func (g *Gate) refer(charges []Charge, refs []counterRef) (referred, error) {
	known := g.rules.Load()
	var hash uint64
	out := referred{charges: charges, refs: refs}
	for i := range charges {
		c, s := &charges[i], &refs[i]
		if s.rule = known.find(c.Limit); s.rule == nil {
			s.rule = g.compile(c.Limit)
		}
		s.capacity = s.rule.capacity(c.Limit)
		if c.Cost > s.capacity {
			return out, &LimitError{API: c.Limit.API, Limit: c.Limit.Name, Key: c.Key, Cost: c.Cost, Quota: s.capacity}
		}
		if i == 0 || c.Key != charges[i-1].Key {
			hash = g.hash(c.Key)
		}
		s.key = hash + s.rule.salt
		n := s.key >> (64 - shardBits)
		s.shard = &g.shards[n]
		out.shards |= 1 << n
		out.wall, out.holds = out.wall || s.rule.kind == aligned, out.holds || s.rule.kind == concurrent
	}
	return out, nil
}

// decideOn is decide for charges that were referred.
func (g *Gate) decideOn(on *referred, states []State) verdict {
	var room [4]uint32
	found := room[:]
	if len(on.refs) > len(room) {
		found = make([]uint32, len(on.refs))
	}
	found = found[:len(on.refs)]
	refs := on.refs
	g.lock(on.shards)
	if len(refs) > 0 && refs[0].key != refs[0].shard.recentKey {
		refs[0].shard.bucket(refs[0].key).fetch()
	}
	now := g.find(refs, found, on.shards, g.read(on.shards, on.wall))
	v := verdict{admitted: commit(on.charges, refs, found, states, now), at: now.at}
	if v.admitted && on.holds {
		v.release = releaser(on.charges, refs, found)
	}
	g.unlock(on.shards)
	return v
}

func (g *Gate) hash(key string) uint64 { return maphash.String(g.seed, key) }

// lock locks shards in ascending order, so that decisions cannot deadlock. Every 128 decisions it
// also sweeps idle counters.
func (g *Gate) lock(locked uint64) {
	tidy := false
	for m := locked; m != 0; m &= m - 1 {
		s := &g.shards[bits.TrailingZeros64(m)]
		s.mu.Lock()
		s.decisions++
		tidy = tidy || s.decisions%128 == 0
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

// read reads the clock once for all shards in locked. Time never goes backwards for any of them.
func (g *Gate) read(locked uint64, aligned bool) moment {
	if locked&(locked-1) == 0 && locked != 0 {
		return g.timeline.present(&g.shards[bits.TrailingZeros64(locked)].latest, aligned)
	}
	var latest time.Duration
	for m := locked; m != 0; m &= m - 1 {
		latest = max(latest, g.shards[bits.TrailingZeros64(m)].latest)
	}
	now := g.timeline.present(&latest, aligned)
	for m := locked; m != 0; m &= m - 1 {
		g.shards[bits.TrailingZeros64(m)].latest = latest
	}
	return now
}
