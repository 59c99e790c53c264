package runtime

import (
	"context"
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// GateOptions configures a Gate. The zero value is ready to use.
type GateOptions struct {
	// Clock is the system's clock when nil.
	Clock Clock
	// MaxKeys bounds how many counters are kept. When it is reached, new keys of a limit share one counter of the
	// same quota. 0 means 1,000,000.
	MaxKeys int
}

const gateShards = 64 // a mask of the shards to lock is one word

// A Gate is the Enforcer of one process: it admits at most the quota in any window, whoever asks and whatever it
// costs, and charges nothing for what it refuses. It is safe for concurrent use and needs no Close.
type Gate struct {
	timeline timeline
	maxKeys  int64
	keys     atomic.Int64
	seed     maphash.Seed
	shards   [gateShards]gateShard

	// The counters that are shared when there is no room. Their lock is taken after those of the shards.
	overflow struct {
		sync.Mutex
		tallies map[string]*tally
	}
	spilled atomic.Int32 // how many there are
}

type gateShard struct {
	mu      sync.Mutex
	high    time.Duration
	tallies map[counterID]*tally
	ring    []*tally // all of them, for the sweep
	hand    int
	_       [64]byte // shards do not share a cache line
}

// NewGate returns a gate that holds nothing yet.
func NewGate(options GateOptions) *Gate {
	if options.MaxKeys <= 0 {
		options.MaxKeys = 1_000_000
	}
	g := &Gate{timeline: newTimeline(options.Clock), maxKeys: int64(options.MaxKeys), seed: maphash.MakeSeed()}
	for i := range g.shards {
		g.shards[i].tallies = make(map[counterID]*tally)
	}
	g.overflow.tallies = make(map[string]*tally)
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
// Unless a limit bounds concurrent requests, a decision on known keys then allocates nothing.
// It fails with a *LimitError when a cost is above what its limit can ever admit; that too spends nothing.
func (g *Gate) Decide(charges []Charge, states []State) (Decision, error) {
	var locked uint64
	var fewShards [8]uint8
	shards := fewShards[:0]
	for i := range charges {
		c := &charges[i]
		if most := capacity(c.Limit); c.Cost > most {
			return Decision{}, &LimitError{Limit: c.Limit.Name, Key: c.Key, Cost: c.Cost, Quota: most}
		}
		shard := g.shard(c)
		shards = append(shards, shard)
		locked |= 1 << shard
	}
	// Always in the same order, so that no two decisions wait for each other.
	for m := locked; m != 0; m &= m - 1 {
		g.shards[bits.TrailingZeros64(m)].mu.Lock()
	}
	now := g.read(locked)
	var fewTallies [8]*tally
	tallies, overflowing := g.find(charges, shards, fewTallies[:0], now)
	d := commit(charges, tallies, states, now)
	if d.Admitted {
		d.Release = g.releaser(charges, shards, tallies)
	}
	if overflowing {
		g.overflow.Unlock()
	}
	for m := locked; m != 0; m &= m - 1 {
		g.shards[bits.TrailingZeros64(m)].mu.Unlock()
	}
	return d, nil
}

// commit checks all charges, then charges all or none, and says where the counters stand.
func commit(charges []Charge, tallies []*tally, states []State, now moment) Decision {
	first := len(states)
	admitted := true
	for i := range charges {
		c, t := &charges[i], tallies[i]
		t.refresh(c.Limit, now)
		need := max(c.Cost, 0)
		for j := range i {
			if tallies[j] == t {
				need += max(charges[j].Cost, 0) // two charges of one request in one counter
			}
		}
		s := State{Limit: c.Limit, Key: c.Key, Cost: c.Cost, Violated: need > t.remaining(c.Limit)}
		if s.Violated {
			s.Wait = t.wait(c.Limit, min(need, capacity(c.Limit)), now)
			admitted = false
		}
		states = append(states, s)
	}
	if admitted {
		for i := range charges {
			tallies[i].take(charges[i].Limit, max(charges[i].Cost, 0), now)
		}
	}
	for i := range charges {
		s := &states[first+i]
		s.Remaining, s.Reset = tallies[i].remaining(s.Limit), tallies[i].reset(s.Limit, now)
	}
	return Decision{Admitted: admitted, Limits: states[first:]}
}

// releaser returns what gives back the concurrent requests among charges, or nil when there are none.
func (g *Gate) releaser(charges []Charge, shards []uint8, tallies []*tally) func() {
	type grip struct {
		lock  sync.Locker
		tally *tally
		cost  int64
	}
	var grips []grip
	for i := range charges {
		if !charges[i].Limit.Concurrent() || charges[i].Cost <= 0 {
			continue
		}
		lock := sync.Locker(&g.shards[shards[i]].mu)
		if tallies[i].id.shared {
			lock = &g.overflow
		}
		grips = append(grips, grip{lock, tallies[i], charges[i].Cost})
	}
	if grips == nil {
		return nil
	}
	return sync.OnceFunc(func() {
		for _, h := range grips {
			h.lock.Lock()
			h.tally.used -= h.cost // it is in use, so it has not been forgotten
			h.lock.Unlock()
		}
	})
}

// shard returns where a charge's counter is.
func (g *Gate) shard(c *Charge) uint8 {
	h := maphash.String(g.seed, c.Limit.Name)
	return uint8(bits.RotateLeft64(h, 7)^maphash.String(g.seed, c.Key)) % gateShards
}

// read reads the clock once for all shards in locked, none of which sees time go backwards.
func (g *Gate) read(locked uint64) moment {
	var high time.Duration
	for m := locked; m != 0; m &= m - 1 {
		high = max(high, g.shards[bits.TrailingZeros64(m)].high)
	}
	now := g.timeline.read(&high)
	for m := locked; m != 0; m &= m - 1 {
		g.shards[bits.TrailingZeros64(m)].high = high
	}
	return now
}
