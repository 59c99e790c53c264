package runtime

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"sync"
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

const gateShards = 64

// Gate is the Enforcer of one process: it admits at most the quota in any window, whoever asks and whatever it
// costs, and charges nothing for what it refuses.
type Gate struct {
	clock  Clock
	epoch  time.Time
	most   int // counters in a shard
	seed   maphash.Seed
	shards [gateShards]gateShard
}

type gateShard struct {
	mu       sync.Mutex
	high     time.Duration
	counters map[counterID]*gateCounter
	sweep    time.Duration
}

// gateCounter is one counter. Which fields count depends on its limit.
type gateCounter struct {
	window  window        // rolling
	aligned int64         // number of the UTC window that used belongs to
	used    int64         // in that window; in flight, for concurrency
	filled  time.Duration // when the bucket was computed last
	credit  float64       // of a bucket
	refill  float64       // how long an empty bucket takes to fill, in nanoseconds
	touched time.Duration
}

// NewGate returns a gate that holds nothing yet.
func NewGate(opts GateOptions) *Gate {
	if opts.Clock == nil {
		opts.Clock = systemClock{}
	}
	g := &Gate{clock: opts.Clock, epoch: opts.Clock.Now(), seed: maphash.MakeSeed()}
	g.most = max(1, cmp.Or(opts.MaxKeys, 1_000_000)/gateShards)
	for i := range g.shards {
		g.shards[i].counters = make(map[counterID]*gateCounter)
	}
	return g
}

// Admit decides at once. See Enforcer.
func (g *Gate) Admit(_ context.Context, charges []Charge) (Decision, error) {
	for _, c := range charges {
		if most := capacity(c.Limit); c.Cost > most {
			return Decision{}, &LimitError{Limit: c.Limit.Name, Key: c.Key, Cost: c.Cost}
		}
	}
	var few [8]int
	shards := few[:0]
	for _, c := range charges {
		if i := g.shard(c); !slices.Contains(shards, i) {
			shards = append(shards, i)
		}
	}
	slices.Sort(shards) // one order for everybody, so that nobody waits in a circle
	for _, i := range shards {
		g.shards[i].mu.Lock()
	}
	defer func() {
		for _, i := range shards {
			g.shards[i].mu.Unlock()
		}
	}()
	return g.decide(charges, g.clock.Now()), nil
}

// capacity is the largest cost that a limit can ever admit.
func capacity(l *Limit) int64 {
	if l.Burst > 0 && !l.UTC && !l.Concurrent() {
		return l.Burst
	}
	return l.Quota
}

// decide checks all, then commits all; the shards are locked.
func (g *Gate) decide(charges []Charge, wall time.Time) Decision {
	d := Decision{Admitted: true, Limits: make([]State, len(charges))}
	var held []*gateCounter
	for i, c := range charges {
		n, now := g.counter(c, wall)
		d.Limits[i] = n.state(c, now, wall)
		d.Admitted = d.Admitted && !d.Limits[i].Violated
	}
	if !d.Admitted {
		return d
	}
	for i, c := range charges {
		n, now := g.counter(c, wall)
		n.commit(c, now)
		d.Limits[i] = n.state(c, now, wall)
		d.Limits[i].Violated, d.Limits[i].Wait = false, 0
		if c.Limit.Concurrent() {
			held = append(held, n)
		}
	}
	if len(held) > 0 {
		d.Release = sync.OnceFunc(func() { g.release(charges, held) })
	}
	return d
}

func (g *Gate) shard(c Charge) int {
	var h maphash.Hash
	h.SetSeed(g.seed)
	_, _ = h.WriteString(c.Limit.Name)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(c.Key)
	return int(h.Sum64() % gateShards)
}

// counter finds or makes a charge's counter; its shard is locked. The shard's time never goes back.
func (g *Gate) counter(c Charge, wall time.Time) (*gateCounter, time.Duration) {
	s := &g.shards[g.shard(c)]
	s.high = max(s.high, wall.Sub(g.epoch))
	now := s.high
	id := counterID{limit: c.Limit.Name, key: c.Key}
	n := s.counters[id]
	if n == nil {
		s.evict(now, g.most)
		shared := counterID{limit: c.Limit.Name, shared: true}
		// A key that spent in the shared counter must not get a fresh one beside it in the same window.
		if n = s.counters[shared]; n != nil || len(s.counters) >= g.most {
			id = shared
		}
	}
	if n == nil {
		n = &gateCounter{window: newWindow(c.Limit.Window, serverSlots), credit: float64(c.Limit.Burst), filled: now}
		n.refill = float64(c.Limit.Burst) / float64(c.Limit.Quota) * float64(c.Limit.Window)
		s.counters[id] = n
	}
	n.touched = now
	return n, now
}

// evict forgets counters that hold nothing any more, now and then.
func (s *gateShard) evict(now time.Duration, most int) {
	if now < s.sweep && (len(s.counters) < most || now < s.sweep-time.Second+100*time.Millisecond) {
		return
	}
	s.sweep = now + time.Second
	for id, n := range s.counters {
		// A bucket that was empty is full again after Burst/Quota windows; used is what UTC windows and requests
		// in flight hold.
		if idle := now - n.touched; idle > n.window.length && (n.used == 0 || n.aligned != 0) && float64(idle) > n.refill {
			delete(s.counters, id)
		}
	}
}

// state reads a counter and says whether a charge fits, and when it will.
func (n *gateCounter) state(c Charge, now time.Duration, wall time.Time) State {
	st := State{Limit: c.Limit, Key: c.Key, Cost: c.Cost}
	l := c.Limit
	switch {
	case l.Concurrent():
		st.Remaining = l.Quota - n.used
	case l.UTC:
		if w := wall.Unix() / int64(l.Window/time.Second); w != n.aligned {
			n.aligned, n.used = w, 0
		}
		st.Remaining = l.Quota - n.used
		st.Reset = untilAligned(wall, l.Window)
		st.Wait = st.Reset
	case l.Burst > 0:
		perSecond := float64(l.Quota) / l.Window.Seconds()
		n.credit = min(float64(l.Burst), n.credit+perSecond*(now-n.filled).Seconds())
		n.filled = now
		st.Remaining = int64(n.credit)
		st.Reset = time.Duration((float64(l.Burst) - n.credit) / perSecond * float64(time.Second))
		st.Wait = time.Duration((float64(c.Cost) - n.credit) / perSecond * float64(time.Second))
	default:
		n.window.expire(now)
		st.Remaining = l.Quota - n.window.sum
		if len(n.window.entries) > 0 {
			st.Reset = n.window.entries[0].at + n.window.length - now
		}
		st.Wait = n.window.freeAt(l.Quota-c.Cost) - now
	}
	st.Remaining = max(0, st.Remaining)
	st.Violated = c.Cost > st.Remaining
	if st.Wait < 0 || !st.Violated {
		st.Wait = 0
	}
	return st
}

func untilAligned(wall time.Time, window time.Duration) time.Duration {
	seconds := int64(window / time.Second)
	return time.Unix((wall.Unix()/seconds+1)*seconds, 0).Sub(wall)
}

// commit charges a counter that admitted.
func (n *gateCounter) commit(c Charge, now time.Duration) {
	switch l := c.Limit; {
	case l.Concurrent(), l.UTC:
		n.used += c.Cost
	case l.Burst > 0:
		n.credit -= float64(c.Cost)
	default:
		n.window.add(now, c.Cost)
	}
}

// release ends a request's hold on limits of concurrency.
func (g *Gate) release(charges []Charge, held []*gateCounter) {
	i := 0
	for _, c := range charges {
		if !c.Limit.Concurrent() {
			continue
		}
		s := &g.shards[g.shard(c)]
		s.mu.Lock()
		held[i].used -= c.Cost
		s.mu.Unlock()
		i++
	}
}
