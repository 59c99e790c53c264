package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// spend is a cost that a gate let through.
type spend struct {
	at   time.Time
	cost int64
}

// exact is the limiter that a gate must never let more through than: it remembers everything.
type exact struct {
	limit *Limit
	spent []spend
}

func (e *exact) used(now time.Time) (sum int64) {
	for _, s := range e.spent {
		if now.Sub(s.at) < e.limit.Window && (!e.limit.UTC || !s.at.Before(now.Truncate(e.limit.Window))) {
			sum += s.cost
		}
	}
	return sum
}

// tokens is what an exact bucket holds, in units of 1/Window: it starts full and every spend comes
// out of it.
func (e *exact) tokens(now time.Time) float64 {
	level, at := float64(e.limit.Burst), time.Time{}
	fill := func(to time.Time) {
		if !at.IsZero() {
			level = min(float64(e.limit.Burst), level+float64(e.limit.Quota)*float64(to.Sub(at))/float64(e.limit.Window))
		}
		at = to
	}
	for _, s := range e.spent {
		fill(s.at)
		level -= float64(s.cost)
	}
	fill(now)
	return level
}

var modelLimits = []Limit{
	{Name: "rolling", Quota: 40, Window: time.Second},
	{Name: "long", Quota: 300, Window: 10 * time.Second},
	{Name: "utc", Quota: 90, Window: 3 * time.Second, UTC: true},
	{Name: "burst", Quota: 30, Window: time.Second, Burst: 70},
	{Name: "conc", Quota: 6, Unit: "concurrent-requests"},
}

// playModel compares a gate with exact logs over a random run. Its decisions may be stricter by a
// grain, never laxer.
func playModel(t *testing.T, r *rand.Rand, steps int) {
	clock := &wallClock{now: time.Unix(1_700_000_000+r.Int64N(100), r.Int64N(1e9))}
	g := NewGate(GateOptions{Clock: clock})
	exacts := make([]exact, len(modelLimits))
	var serving []Decision
	for range steps {
		clock.step(time.Duration(r.Int64N(1 + r.Int64N(int64(100*time.Millisecond)))))
		for len(serving) > 0 && r.IntN(2) == 0 {
			serving[0].Done()
			serving[0].Done() // once
			serving = serving[1:]
		}
		var charges []Charge
		var used []int
		for i := range modelLimits {
			if l := &modelLimits[i]; r.IntN(2) == 0 {
				cost := 1 + r.Int64N(1+r.Int64N(l.Quota/3))
				charges, used = append(charges, Charge{Limit: l, Key: "k", Cost: cost}), append(used, i)
			}
		}
		before, _ := g.Decide(charges, nil)
		d := before
		for j, s := range d.Limits {
			e := &exacts[used[j]]
			e.limit = s.Limit
			var most int64
			switch {
			case s.Limit.Concurrent():
				most = s.Limit.Quota - inFlight(serving)
			case s.Limit.Burst > 0:
				most = int64(e.tokens(clock.now) + 1e-6)
			default:
				most = s.Limit.Quota - e.used(clock.now)
			}
			if !s.Violated && s.Cost > most {
				t.Fatalf("%s: cost %d fits, but only %d are left", s.Limit.Name, s.Cost, most)
			}
			left := most
			if d.Admitted {
				left -= s.Cost
			}
			if s.Remaining > left || s.Remaining < 0 {
				t.Fatalf("%s: %d remain, but only %d are left", s.Limit.Name, s.Remaining, left)
			}
			if s.Violated && !s.Limit.Concurrent() && (s.Wait <= 0 || s.Wait < s.Reset) {
				t.Fatalf("%s: wait %v, reset %v", s.Limit.Name, s.Wait, s.Reset)
			}
			if s.Violated == d.Admitted && s.Violated {
				t.Fatal("admitted with a limit violated")
			}
		}
		if d.Admitted {
			serving = append(serving, d)
			for j, s := range d.Limits {
				exacts[used[j]].spent = append(exacts[used[j]].spent, spend{clock.now, s.Cost})
			}
			continue
		}
		if len(charges) == 1 && !charges[0].Limit.Concurrent() && r.IntN(4) == 0 {
			// The wait that was announced is right: a moment earlier is refused, then it is
			// admitted.
			clock.step(d.Limits[0].Wait - 1)
			if early, _ := g.Decide(charges, nil); early.Admitted {
				t.Fatalf("%s: admitted before the wait was over", charges[0].Limit.Name)
			}
			clock.step(1)
			late, _ := g.Decide(charges, nil)
			if !late.Admitted {
				t.Fatalf("%s: refused after the wait", charges[0].Limit.Name)
			}
			exacts[used[0]].limit = charges[0].Limit
			exacts[used[0]].spent = append(exacts[used[0]].spent, spend{clock.now, charges[0].Cost})
		}
	}
}

func inFlight(serving []Decision) (sum int64) {
	for _, d := range serving {
		for _, s := range d.Limits {
			if s.Limit.Concurrent() {
				sum += s.Cost
			}
		}
	}
	return sum
}

func TestGateAgreesWithExactLogs(t *testing.T) {
	for seed := range uint64(100) {
		playModel(t, rand.New(rand.NewPCG(seed, 0)), 300)
	}
}

func FuzzGateAgreesWithExactLogs(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Add(uint64(1<<63), uint64(0))
	f.Fuzz(func(t *testing.T, a, b uint64) { playModel(t, rand.New(rand.NewPCG(a, b)), 200) })
}

// FuzzLimitsRecord compares the coarse record with an exact one: it never holds less, and nothing
// for a grain too long.
func FuzzLimitsRecord(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 5, 0, 9})
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0, 255})
	f.Fuzz(func(t *testing.T, steps []byte) {
		const window, grain = 640, 10
		var r record
		var all []entry
		now := time.Duration(0)
		for i, b := range steps {
			now += time.Duration(b % 64)
			at := now
			if b >= 192 {
				at += time.Duration(b) // lost
			}
			cost := int64(i%7 + 1)
			r.add(at, cost, grain)
			all = append(all, entry{at, cost, false})
			r.expire(now - window)
			var least, most int64
			for _, e := range all {
				if e.at > now-window {
					least += e.cost
				}
				if e.at+grain > now-window {
					most += e.cost
				}
			}
			if r.total < least || r.total > most {
				t.Fatalf("the record holds %d, exactly it is %d", r.total, least)
			}
			if live := len(r.entries) - r.head; live > window/grain+2+255/grain+1 {
				t.Fatalf("%d entries", live)
			}
			if r.total > 0 {
				if at := r.freedBy(r.total); at != r.entries[len(r.entries)-1].at {
					t.Fatalf("all is freed by %v", at)
				}
			}
		}
	})
}

func TestGateIsExactUnderConcurrency(t *testing.T) {
	limits := []Limit{{Name: "a", Quota: 500, Window: time.Hour}, {Name: "b", Quota: 700, Window: time.Hour}}
	g := NewGate(GateOptions{})
	var a, b atomic.Int64
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 2000 {
				charges := []Charge{{Limit: &limits[0], Key: "k", Cost: 1}, {Limit: &limits[1], Key: "k", Cost: 1 + r.Int64N(2)}}
				if r.IntN(2) == 0 {
					charges[0], charges[1] = charges[1], charges[0]
				}
				if d, err := g.Admit(context.Background(), charges); err == nil && d.Admitted {
					for _, c := range charges {
						map[string]*atomic.Int64{"a": &a, "b": &b}[c.Limit.Name].Add(c.Cost)
					}
				}
			}
		})
	}
	wg.Wait()
	if a.Load() > 500 || b.Load() > 700 || (a.Load() < 500 && b.Load() < 699) {
		t.Errorf("%d and %d were let through", a.Load(), b.Load())
	}
}

// sharing counts the counters that stand in for keys without room, and those that a limit has of
// its own.
func sharing(g *Gate, l *Limit) (shared, own int) {
	id := g.rule(l).limit
	for i := range g.shards {
		s := &g.shards[i]
		shared += int(s.shared)
		for n := range s.count {
			if t := s.at(n); t.limit == id && t.key != g.overflowKey {
				own++
			}
		}
	}
	return shared, own
}

func TestGateKeysWithoutRoomShareOneCounterAndGainNothingByLeavingIt(t *testing.T) {
	const room = 10 * gateShards
	clock := &wallClock{now: time.Unix(1_700_000_000, 0)}
	g := NewGate(GateOptions{Clock: clock, MaxKeys: room})
	short := &Limit{Name: "short", Quota: 1, Window: time.Second}
	long := &Limit{Name: "long", Quota: 5, Window: time.Hour}
	for i := range room {
		admit(t, g, Charge{Limit: short, Key: fmt.Sprint(i), Cost: 1})
	}
	var keys []string // three of one shard
	for i := 0; len(keys) < 3; i++ {
		if key := fmt.Sprint("long-", i); maphash.String(g.seed, key)>>58 == 7 {
			keys = append(keys, key)
		}
	}
	passed := 0
	spend := func() {
		for i := range 60 {
			if admit(t, g, Charge{Limit: long, Key: keys[i%3], Cost: 1}).Admitted {
				passed++
			}
		}
	}
	spend()
	if shared, _ := sharing(g, long); passed != 5 || g.keys.Load() != room || shared != 1 {
		t.Fatalf("%d passed through the shared counter, want 5; %d keys, %d shared", passed, g.keys.Load(), shared)
	}
	clock.step(2 * time.Second) // the short ones are idle now, so there is room
	spend()
	if _, own := sharing(g, long); own != 3 || passed != 5 {
		t.Errorf("%d keys have a counter of their own, want 3; %d passed, want 5", own, passed)
	}
	clock.step(2 * time.Hour)
	spend() // now each has a quota to itself, and the shared counter is forgotten like any other
	clock.step(2 * time.Hour)
	for range 2000 {
		admit(t, g, Charge{Limit: short, Key: keys[0], Cost: 1})
	}
	if shared, _ := sharing(g, long); passed != 5+3*5 || shared != 0 {
		t.Errorf("%d passed, want 20; %d counters are shared", passed, shared)
	}
}

func TestGateErrors(t *testing.T) {
	g := NewGate(GateOptions{})
	l := &Limit{Name: "a", Quota: 100, Window: time.Second, Burst: 10}
	var limited *LimitError
	if _, err := g.Decide([]Charge{{Limit: l, Key: "k", Cost: 11}}, nil); !errors.As(err, &limited) || limited.Quota != 10 {
		t.Errorf("a cost above the burst: %v", err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := g.Admit(gone, []Charge{{Limit: l, Key: "k", Cost: 1}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if d := admit(t, g, Charge{Limit: l, Key: "k", Cost: 10}); !d.Admitted {
		t.Error("something was spent")
	}
}

func TestGateAllocatesNothingOnKnownKeys(t *testing.T) {
	l := []Limit{{Name: "a", Quota: 1 << 40, Window: time.Second}, {Name: "b", Quota: 1 << 40, Window: time.Minute}}
	g := NewGate(GateOptions{})
	charges := []Charge{{Limit: &l[0], Key: "k", Cost: 1}, {Limit: &l[1], Key: "k", Cost: 1}}
	states := make([]State, 0, 2)
	if n := testing.AllocsPerRun(1000, func() { _, _ = g.Decide(charges, states[:0]) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLimitsAmounts(t *testing.T) {
	table := []Limit{{Name: "a", Quota: 1}, {Name: "b", Quota: 2, Burst: 3}}
	got, err := Apply(table, map[string]Amount{"b": {Quota: 20}})
	if err != nil || got[1].Quota != 20 || got[1].Burst != 3 || table[1].Quota != 2 {
		t.Errorf("%+v %v", got, err)
	}
	for _, bad := range []map[string]Amount{{"c": {Quota: 1}}, {"a": {Quota: -1}}} {
		if _, err := Apply(table, bad); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}

func BenchmarkGateDecideOneKey(b *testing.B)   { benchmarkDecide(b, 1) }
func BenchmarkGateDecide100kKeys(b *testing.B) { benchmarkDecide(b, 100_000) }

func benchmarkDecide(b *testing.B, keys int) {
	l := &Limit{Name: "a", Quota: 100, Window: time.Second}
	g := NewGate(GateOptions{})
	charges, states := make([][]Charge, keys), make([]State, 0, 1)
	for i := range charges {
		charges[i] = []Charge{{Limit: l, Key: fmt.Sprint("key-", i), Cost: 1}}
		_, _ = g.Decide(charges[i], states)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		_, _ = g.Decide(charges[i%keys], states)
	}
}
