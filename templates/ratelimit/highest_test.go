package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// highestOf returns what is known of the only limit in use.
func highestOf(t *testing.T, l interface{ Highest() []Usage }) Usage {
	t.Helper()
	all := l.Highest()
	if len(all) != 1 {
		t.Fatalf("%d limits: %+v", len(all), all)
	}
	return all[0]
}

func TestPeakIsRememberedForAMinute(t *testing.T) {
	var p peak
	p.note(5*time.Second, 3, 10)
	p.note(12*time.Second, 80, 100)
	p.note(13*time.Second, 7, 10) // less of its quota
	for at, want := range map[time.Duration][2]int64{
		14 * time.Second: {80, 100}, 79 * time.Second: {80, 100}, 80 * time.Second: {0, 0}, time.Hour: {0, 0},
	} {
		if used, quota := p.highest(at); [2]int64{used, quota} != want {
			t.Errorf("at %v: %d of %d, want %v", at, used, quota, want)
		}
	}
	p.note(82*time.Second, 1, 10) // the place of the one at 12 s
	if used, quota := p.highest(83 * time.Second); used != 1 || quota != 10 {
		t.Errorf("an old peak was left: %d of %d", used, quota)
	}
	p.note(12*time.Second, 9, 10) // a clock that was set back must not hide the present
	if used, _ := p.highest(83 * time.Second); used != 1 {
		t.Errorf("the past came back: %d", used)
	}
}

func TestPacerHighest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Second}
		p := NewPacer(PacerOptions{})
		if all := p.Highest(); len(all) != 0 {
			t.Errorf("unused: %+v", all)
		}
		acquire(t, p, Charge{Limit: l, Key: "x", Cost: 2}).Done()
		acquire(t, p, Charge{Limit: l, Key: "y", Cost: 7}).Done()
		time.Sleep(5 * time.Second) // out of the window, and still a peak of the last minute
		if u := highestOf(t, p); u != (Usage{Limit: "a", Used: 7, Quota: 10}) {
			t.Errorf("got %+v", u)
		}
		p.Lower(&Limit{Name: "a"}, "x", 2)
		acquire(t, p, Charge{Limit: l, Key: "x", Cost: 2}).Done()
		if u := highestOf(t, p); u != (Usage{Limit: "a", Used: 2, Quota: 2}) {
			t.Errorf("a lowered counter that is used up: %+v", u)
		}
		time.Sleep(2 * time.Minute)
		for _, u := range p.Highest() {
			if u.Used != 0 {
				t.Errorf("after two minutes: %+v", u)
			}
		}
	})
}

func TestPacerHighestSeesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Hour}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 8}).Done()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = p.Acquire(ctx, []Charge{{Limit: l, Key: "", Cost: 5}}) }()
		time.Sleep(30 * time.Minute) // no peak is as old
		if u := highestOf(t, p); u.Used != 10 {
			t.Errorf("a call waits and the quota is not used up: %+v", u)
		}
		cancel()
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		if u := highestOf(t, p); u.Used != 8 {
			t.Errorf("nobody waits: %+v", u)
		}
		if _, err := p.TryAcquire([]Charge{{Limit: l, Key: "", Cost: 3}}); err == nil {
			t.Fatal("admitted")
		}
		if u := highestOf(t, p); u.Used != 10 {
			t.Errorf("a call was refused and the quota is not used up: %+v", u)
		}
	})
}

// More counters than are looked at under one hold of the lock; one of them, in each place, is the
// highest.
func TestHighestLooksAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Hour}
		const keys = 3*lockBatch + 7
		for _, top := range []int{0, 1, lockBatch, 2*lockBatch - 1, keys - 1} {
			p, g := NewPacer(PacerOptions{}), NewGate(GateOptions{})
			for i := range keys {
				cost := int64(1)
				if i == top {
					cost = 9
				}
				acquire(t, p, Charge{Limit: l, Key: fmt.Sprint(i), Cost: cost}).Done()
				admit(t, g, Charge{Limit: l, Key: fmt.Sprint(i), Cost: cost})
			}
			time.Sleep(2 * time.Minute) // no peak of the pacer is left
			if u := highestOf(t, p); u != (Usage{Limit: "a", Used: 9, Quota: 10}) {
				t.Errorf("pacer, counter %d: %+v", top, u)
			}
			if u := highestOf(t, g); u != (Usage{Limit: "a", Used: 9, Quota: 10}) {
				t.Errorf("gate, counter %d: %+v", top, u)
			}
		}
	})
}

func TestGateHighest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rolling := &Limit{Name: "rolling", Quota: 10, Window: time.Second}
		bucket := &Limit{Name: "bucket", Quota: 10, Burst: 20, Window: 10 * time.Second}
		slots := &Limit{Name: "slots", Quota: 4, Unit: "concurrent-requests"}
		g := NewGate(GateOptions{})
		d := admit(t, g, Charge{Limit: rolling, Key: "k", Cost: 6}, Charge{Limit: bucket, Key: "k", Cost: 5}, Charge{Limit: slots, Key: "k", Cost: 1})
		check := func(want ...Usage) {
			t.Helper()
			if got := g.Highest(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
		check(Usage{Limit: "bucket", Used: 5, Quota: 20}, Usage{Limit: "rolling", Used: 6, Quota: 10}, Usage{Limit: "slots", Used: 1, Quota: 4})
		d.Done()
		time.Sleep(2 * time.Second)
		check(Usage{Limit: "bucket", Used: 3, Quota: 20}, Usage{Limit: "rolling", Used: 0, Quota: 10}, Usage{Limit: "slots", Used: 0, Quota: 4})
	})
}

func TestGateHighestSeesSharedCounters(t *testing.T) {
	l := &Limit{Name: "a", Quota: 10, Window: time.Hour}
	g := NewGate(GateOptions{MaxKeys: 1})
	admit(t, g, Charge{Limit: l, Key: "mine", Cost: 2})
	admit(t, g, Charge{Limit: l, Key: "other", Cost: 4})
	admit(t, g, Charge{Limit: l, Key: "other", Cost: 4})
	if u := highestOf(t, g); u.Used != 8 {
		t.Errorf("got %+v", u)
	}
}

// What a scrape costs a gate with a million counters, and how long at most a decision waits for it
// meanwhile.
func BenchmarkGateHighest(b *testing.B) {
	l := &Limit{Name: "a", Quota: 100, Window: time.Hour}
	g := NewGate(GateOptions{MaxKeys: 2_000_000})
	charges := []Charge{{Limit: l, Cost: 1}}
	var states [1]State
	for i := range 1_000_000 {
		charges[0].Key = fmt.Sprint(i)
		if _, err := g.Decide(charges, states[:0]); err != nil {
			b.Fatal(err)
		}
	}
	stop, longest := make(chan struct{}), make(chan time.Duration)
	go func() {
		var worst time.Duration
		for {
			select {
			case <-stop:
				longest <- worst
				return
			default:
				begin := time.Now()
				_, _ = g.Decide([]Charge{{Limit: l, Key: "7", Cost: 0}}, nil)
				worst = max(worst, time.Since(begin))
			}
		}
	}()
	for b.Loop() {
		g.Highest()
	}
	close(stop)
	b.ReportMetric(float64((<-longest).Microseconds()), "longest-µs")
}

// Decisions, admissions and looks at once, for the race detector; what is looked at is never above
// the quota.
func TestHighestBesideDecisions(t *testing.T) {
	l := &Limit{Name: "a", Quota: 10, Window: time.Second}
	p, g := NewPacer(PacerOptions{}), NewGate(GateOptions{})
	var work sync.WaitGroup
	for worker := range 4 {
		work.Go(func() {
			for i := range 2000 {
				key := fmt.Sprint(worker, i%700)
				admit(t, g, Charge{Limit: l, Key: key, Cost: 1})
				if permit, err := p.TryAcquire([]Charge{{Limit: l, Key: key, Cost: 1}}); err == nil {
					permit.Done()
				}
			}
		})
	}
	for range 20 {
		for _, u := range slices.Concat(p.Highest(), g.Highest()) {
			if u.Quota != 10 || u.Used < 0 || u.Used > 10 {
				t.Errorf("%+v", u)
			}
		}
	}
	work.Wait()
}

// TestGateHighestFillsNoBucket looks at a bucket whose limit has other figures than the gate saw
// first, as when servers of two plans share it.
func TestGateHighestFillsNoBucket(t *testing.T) {
	clock := &wallClock{now: time.Unix(1_700_000_000, 0)}
	g := NewGate(GateOptions{Clock: clock})
	large := &Limit{Name: "a", Quota: 100, Window: time.Second, Burst: 100}
	small := &Limit{Name: "a", Quota: 1, Window: time.Second, Burst: 5}
	admit(t, g, Charge{Limit: large, Key: "large", Cost: 1})
	admit(t, g, Charge{Limit: small, Key: "small", Cost: 5})
	clock.step(100 * time.Millisecond)
	g.Highest()
	if admit(t, g, Charge{Limit: small, Key: "small", Cost: 1}).Admitted {
		t.Error("looking at a bucket filled it")
	}
}

// TestPeakBeforeTheBeginning notes uses at times before a limiter was made, as a clock that is set
// back gives.
func TestPeakBeforeTheBeginning(t *testing.T) {
	var p peak
	p.note(-time.Hour, 3, 10)
	p.note(time.Second, 2, 10)
	if used, quota := p.highest(-2 * time.Hour); used != 3 || quota != 10 {
		t.Errorf("%d of %d", used, quota)
	}
}
