package ratelimit

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func admit(t testing.TB, g *Gate, charges ...Charge) Decision {
	t.Helper()
	d, err := g.Admit(context.Background(), charges)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGateNeverExceedsAnyWindow(t *testing.T) {
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			limits := []Limit{
				{Name: "a", Quota: 1 + int64(seed%7)*10, Window: time.Second},
				{Name: "b", Quota: 100, Window: 10 * time.Second},
			}
			g := NewGate(GateOptions{})
			j := &journal{}
			r := rand.New(rand.NewPCG(seed, 1))
			admitted := 0
			for range 3000 {
				time.Sleep(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
				costs := map[string]int64{"a": 1 + r.Int64N(limits[0].Quota), "b": 1 + r.Int64N(3)}
				d := admit(t, g, Charge{Limit: &limits[0], Key: "k", Cost: costs["a"]}, Charge{Limit: &limits[1], Key: "k", Cost: costs["b"]})
				if d.Admitted {
					admitted++
					j.add(arrival{time.Now(), costs})
					continue
				}
				for _, s := range d.Limits {
					if s.Violated && s.Wait <= 0 {
						t.Errorf("refused with nothing to wait for: %+v", s)
					}
				}
			}
			for i := range limits {
				if got := j.worst(&limits[i]); got > limits[i].Quota {
					t.Errorf("seed %d: %d of %s in one window, quota %d", seed, got, limits[i].Name, limits[i].Quota)
				}
			}
			if admitted == 0 {
				t.Error("nothing was admitted")
			}
		})
	}
}

func TestGateAdmitsAWholeBurstAndASteadyCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 100, Window: time.Second}
		g := NewGate(GateOptions{})
		for i := range 100 {
			if !admit(t, g, Charge{Limit: l, Key: "burst", Cost: 1}).Admitted {
				t.Fatalf("request %d of a burst of the quota was refused", i+1)
			}
		}
		if d := admit(t, g, Charge{Limit: l, Key: "burst", Cost: 1}); d.Admitted || d.Limits[0].Wait != time.Second {
			t.Errorf("one more: %+v", d)
		}
		passed := 0
		for range 1000 {
			if admit(t, g, Charge{Limit: l, Key: "steady", Cost: 1}).Admitted {
				passed++
			}
			time.Sleep(10 * time.Millisecond)
		}
		if passed < 950 {
			t.Errorf("a caller at the quota got %d of 1000 through", passed)
		}
	})
}

func TestGateChargesNothingForARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		many := &Limit{Name: "many", Quota: 6000, Window: time.Minute}
		few := &Limit{Name: "few", Quota: 1, Window: time.Minute}
		g := NewGate(GateOptions{})
		if !admit(t, g, Charge{Limit: many, Key: "k", Cost: 5900}, Charge{Limit: few, Key: "k", Cost: 1}).Admitted {
			t.Fatal("the first was refused")
		}
		if d := admit(t, g, Charge{Limit: many, Key: "k", Cost: 50}, Charge{Limit: few, Key: "k", Cost: 1}); d.Admitted || d.Limits[0].Violated || !d.Limits[1].Violated {
			t.Errorf("second: %+v", d)
		}
		if admit(t, g, Charge{Limit: many, Key: "k", Cost: 600}).Admitted {
			t.Error("a cost above what is left was admitted")
		}
		if !admit(t, g, Charge{Limit: many, Key: "k", Cost: 100}).Admitted {
			t.Error("refusals were charged")
		}
	})
}

func TestGateBurstUTCAndConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(GateOptions{})
		burst := &Limit{Name: "burst", Quota: 5, Window: time.Second, Burst: 10}
		passed := 0
		for range 20 {
			if admit(t, g, Charge{Limit: burst, Key: "k", Cost: 1}).Admitted {
				passed++
			}
		}
		if passed != 10 {
			t.Errorf("a bucket of 10 let %d through at once", passed)
		}
		time.Sleep(time.Second)
		for range 5 {
			if !admit(t, g, Charge{Limit: burst, Key: "k", Cost: 1}).Admitted {
				t.Error("the bucket was not refilled at 5 a second")
			}
		}
		utc := &Limit{Name: "utc", Quota: 1, Window: time.Hour, UTC: true}
		time.Sleep(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour - time.Second)))
		if !admit(t, g, Charge{Limit: utc, Key: "k", Cost: 1}).Admitted {
			t.Error("the first of an hour was refused")
		}
		if d := admit(t, g, Charge{Limit: utc, Key: "k", Cost: 1}); d.Admitted || d.Limits[0].Wait > time.Second {
			t.Errorf("the second: %+v", d)
		}
		time.Sleep(time.Second)
		if !admit(t, g, Charge{Limit: utc, Key: "k", Cost: 1}).Admitted {
			t.Error("the next hour did not begin on the hour")
		}
		conc := &Limit{Name: "conc", Quota: 1, Unit: "concurrent-requests"}
		first := admit(t, g, Charge{Limit: conc, Key: "k", Cost: 1})
		if admit(t, g, Charge{Limit: conc, Key: "k", Cost: 1}).Admitted {
			t.Error("two at once")
		}
		first.Done()
		if !admit(t, g, Charge{Limit: conc, Key: "k", Cost: 1}).Admitted {
			t.Error("Done gave nothing back")
		}
	})
}

func TestGateBoundsItsKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1, Window: time.Hour}
		g := NewGate(GateOptions{MaxKeys: gateShards * 4})
		admitted := 0
		for i := range 10_000 {
			if admit(t, g, Charge{Limit: l, Key: fmt.Sprint(i), Cost: 1}).Admitted {
				admitted++
			}
		}
		if most := gateShards * 5; admitted > most {
			t.Errorf("%d keys had a counter of their own; at most %d", admitted, most)
		}
	})
}

// TestGateKeepsCountersSmall looks at what a counter takes when its key comes once or twice in a
// window, and when it comes more often and so has a ring.
func TestGateKeepsCountersSmall(t *testing.T) {
	const keys = 50_000
	for _, l := range []*Limit{{Name: "a", Quota: 100, Window: time.Second}, {Name: "a", Quota: 6000, Window: time.Minute}} {
		for visits, most := range map[int]uint64{1: 95, 2: 95, 4: 300} {
			clock := &wallClock{now: time.Unix(1_700_000_000, 0)}
			names := make([]string, keys)
			for i := range names {
				names[i] = fmt.Sprint(i)
			}
			before := heap()
			g := NewGate(GateOptions{Clock: clock})
			for range visits {
				for _, name := range names {
					admit(t, g, Charge{Limit: l, Key: name, Cost: 1})
				}
				clock.step(l.Window / 20)
			}
			each := (heap() - before) / keys
			if used := g.keys.Load(); each > most || used != keys {
				t.Errorf("%v: %d counters of %d bytes after %d visits, at most %d", l.Window, used, each, visits, most)
			}
			t.Logf("%v: %d bytes after %d visits", l.Window, each, visits)
			runtime.KeepAlive(names)
		}
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestGateHasWindowsOfAnyLength shows that no sum of times overflows.
func TestGateHasWindowsOfAnyLength(t *testing.T) {
	for _, l := range []*Limit{{Window: math.MaxInt64}, {Window: math.MaxInt64, UTC: true}, {Window: math.MaxInt64, Burst: 5}, {Window: 1}} {
		l.Quota = 5
		clock := &wallClock{now: time.Unix(1_700_000_000, 0)}
		g := NewGate(GateOptions{Clock: clock})
		passed := 0
		for range 100 {
			if admit(t, g, Charge{Limit: l, Key: "k", Cost: 1}).Admitted {
				passed++
			}
			if l.Window > 1 {
				clock.step(time.Minute)
			}
		}
		if passed != 5 {
			t.Errorf("%v: %d passed", *l, passed)
		}
	}
}

func BenchmarkGateOneKey(b *testing.B)   { benchmarkGate(b, 1) }
func BenchmarkGate100kKeys(b *testing.B) { benchmarkGate(b, 100_000) }

func benchmarkGate(b *testing.B, keys int) {
	l := &Limit{Name: "a", Quota: 100, Window: time.Second}
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf("key-%d", i)
	}
	g := NewGate(GateOptions{})
	charges := make([]Charge, 1)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		charges[0] = Charge{Limit: l, Key: names[i%keys], Cost: 1}
		admit(b, g, charges...)
		i++
	}
}
