package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestGateCancel reserves, cancels some of it a while later, and holds what stays against a plain
// log: no window has more than the quota, or in a bucket more than that and the burst, and what was
// cancelled at once is free at once.
func TestGateCancel(t *testing.T) {
	limits := []Limit{
		{Name: "roll", Quota: 20, Window: time.Second}, {Name: "minute", Quota: 300, Window: time.Minute},
		{Name: "utc", Quota: 30, Window: 5 * time.Second, UTC: true}, {Name: "bucket", Quota: 10, Window: time.Second, Burst: 5},
	}
	type entry struct {
		at   time.Time
		cost int64
		gone bool
	}
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		clock := &wallClock{now: time.Unix(1_700_000_000, r.Int64N(1e9))}
		g := NewGate(GateOptions{Clock: clock})
		logs := make([][]*entry, len(limits))
		type pending struct {
			cancel  func()
			entries []*entry
		}
		var open []pending
		cancelled, admitted := 0, 0
		for range 6000 {
			clock.step(time.Duration(r.Int64N(int64([]time.Duration{time.Microsecond, 30 * time.Millisecond, time.Second}[r.IntN(3)]))))
			if len(open) > 0 && r.IntN(2) == 0 {
				k := r.IntN(len(open))
				p := open[k]
				open = append(open[:k], open[k+1:]...)
				if r.IntN(3) > 0 {
					p.cancel()
					cancelled++
					for _, e := range p.entries {
						e.gone = true
					}
				}
				continue
			}
			var charges []Charge
			var which []int
			for i := range limits {
				if r.IntN(2) == 0 {
					charges = append(charges, Charge{Limit: &limits[i], Key: "k", Cost: 1 + r.Int64N(4)})
					which = append(which, i)
				}
			}
			if len(charges) == 0 {
				continue
			}
			d, cancel, err := g.Reserve(t.Context(), charges)
			if err != nil {
				t.Fatal(err)
			}
			if !d.Admitted {
				continue
			}
			admitted++
			p := pending{cancel: cancel}
			for k, i := range which {
				e := &entry{at: clock.now, cost: charges[k].Cost}
				logs[i], p.entries = append(logs[i], e), append(p.entries, e)
			}
			open = append(open, p)
		}
		for _, p := range open {
			_ = p // what is left open stays
		}
		for i, log := range logs {
			l := &limits[i]
			for end := range log {
				sum := int64(0)
				for begin := end; begin >= 0; begin-- {
					same := log[end].at.Sub(log[begin].at) < l.Window
					if l.UTC {
						same = log[end].at.UnixNano()/int64(l.Window) == log[begin].at.UnixNano()/int64(l.Window)
					}
					if !same {
						break
					}
					if !log[begin].gone {
						sum += log[begin].cost
					}
				}
				if sum > l.Quota+l.Burst {
					t.Fatalf("seed %d: %d of %s in one window", seed, sum, l.Name)
				}
			}
		}
		if cancelled < 100 || admitted < 300 {
			t.Errorf("seed %d: %d cancelled of %d", seed, cancelled, admitted)
		}
	}
}

// A caller whose requests are refused by another limit, over and over, spends nothing: neither what
// he had, nor its return at the time at which it returns anyway.
func TestGateCancelSpendsNothing(t *testing.T) {
	for _, l := range []Limit{
		{Name: "roll", Quota: 5, Window: time.Minute}, {Name: "utc", Quota: 5, Window: time.Minute, UTC: true}, {Name: "bucket", Quota: 5, Window: time.Minute, Burst: 5},
	} {
		t.Run(l.Name, func(t *testing.T) {
			clock := &wallClock{now: time.Unix(1_700_000_040, 0)}
			g := NewGate(GateOptions{Clock: clock})
			ask := func(key string, after time.Duration, cancelled bool) bool {
				d, cancel, err := g.Reserve(t.Context(), []Charge{{Limit: &l, Key: key, Cost: 1}})
				if err != nil {
					t.Fatal(err)
				}
				clock.step(after)
				if d.Admitted && cancelled {
					cancel()
				}
				return d.Admitted
			}
			for i := range 4 {
				if !ask("k", 0, false) {
					t.Fatal(i)
				}
			}
			for i := range 1000 { // 10 s, in ten grains of some of which other requests are the last
				if !ask("k", 10*time.Millisecond, true) {
					t.Fatalf("refused the %dth time", i)
				}
			}
			if !ask("k", 0, false) || l.Burst == 0 && ask("k", 0, false) {
				t.Error("not exactly one was left")
			}
			clock.step(50*time.Second - time.Millisecond)
			if l.Burst == 0 && ask("k", 0, false) {
				t.Error("something came free too early")
			}
			clock.step(3 * time.Second)
			for i := range 4 {
				if !ask("k", 0, false) {
					t.Errorf("%dth of what was spent a window ago", i)
				}
			}
		})
	}
}

// What shares a counter for want of room, or was forgotten meanwhile, is not given back to another.
func TestGateCancelWithoutRoom(t *testing.T) {
	clock := &wallClock{now: time.Unix(1_700_000_000, 0)}
	g := NewGate(GateOptions{Clock: clock, MaxKeys: 1})
	l := Limit{Name: "roll", Quota: 2, Window: time.Second}
	var cancels []func()
	for i := range 5 {
		d, cancel, _ := g.Reserve(t.Context(), []Charge{{Limit: &l, Key: fmt.Sprint(i), Cost: 1}})
		if d.Admitted {
			cancels = append(cancels, cancel)
		}
	}
	if len(cancels) < 3 {
		t.Fatal(len(cancels))
	}
	clock.step(5 * idleLifetime)
	for i := range 2 {
		if d, _, _ := g.Reserve(t.Context(), []Charge{{Limit: &l, Key: fmt.Sprint(i), Cost: 2}}); !d.Admitted {
			t.Fatal("not free after a while")
		}
	}
	for _, cancel := range cancels {
		cancel()
	}
	if d, _, _ := g.Reserve(t.Context(), []Charge{{Limit: &l, Key: "0", Cost: 1}}); d.Admitted {
		t.Error("what left the window long ago was given back")
	}
}
