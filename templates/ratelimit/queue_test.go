package ratelimit

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// try starts an Acquire that ends at timeout, and returns what it gave and when.
type tried struct {
	permit Permit
	err    error
	after  time.Duration
}

func try(p *Pacer, timeout time.Duration, charges ...Charge) <-chan tried {
	out := make(chan tried, 1)
	begin := time.Now()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		permit, err := p.Acquire(ctx, charges)
		out <- tried{permit, err, time.Since(begin)}
	}()
	synctest.Wait()
	return out
}

func TestPacerNeverStarvesALargeCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 100, Window: time.Second}
		p := NewPacer(PacerOptions{})
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					permit := acquire(t, p, Charge{Limit: l, Key: "", Cost: 1})
					time.Sleep(20 * time.Millisecond)
					permit.Done()
				}
			})
		}
		time.Sleep(3 * time.Second)
		begin := time.Now()
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 100}).Done()
		if wait := time.Since(begin); wait > 2500*time.Millisecond {
			t.Errorf("the whole quota was had after %v", wait)
		}
		close(stop)
		wg.Wait()
	})
}

func TestPacerCallsOfSeveralLimitsWaitInEveryQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fast := &Limit{Name: "fast", Quota: 5, Window: time.Second}
		slow := &Limit{Name: "slow", Quota: 1, Window: time.Minute}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: slow, Key: "", Cost: 1}).Done()
		both := try(p, time.Hour, Charge{Limit: fast, Key: "", Cost: 1}, Charge{Limit: slow, Key: "", Cost: 1})
		var behind []<-chan tried
		for range 5 {
			behind = append(behind, try(p, time.Hour, Charge{Limit: fast, Key: "", Cost: 1}))
		}
		synctest.Wait()
		passed := 0
		for _, b := range behind {
			select {
			case got := <-b:
				passed++
				if got.err != nil {
					t.Fatal(got.err)
				}
				got.permit.Done()
			default:
			}
		}
		if passed != 4 {
			t.Errorf("%d passed the one that waits for another limit; room for it has to be left, so 4", passed)
		}
		if first := <-both; first.err != nil || first.after < time.Minute || first.after > time.Minute+time.Second {
			t.Errorf("%+v", first)
		}
		if last := <-behind[4]; last.err != nil {
			t.Error(last.err)
		}
	})
}

// Small costs go on while a large one waits, and it is admitted at the moment at which it would be
// without them.
func TestPacerSmallCostsFillTheGapBeforeALargeOne(t *testing.T) {
	alone := func(small int) (large time.Duration, passed int) {
		synctest.Test(t, func(t *testing.T) {
			l := &Limit{Name: "a", Quota: 100, Window: time.Minute}
			p := NewPacer(PacerOptions{})
			for range 3 { // 30 leave each 10 s, from a minute on
				acquire(t, p, Charge{Limit: l, Key: "", Cost: 30}).Done()
				time.Sleep(10 * time.Second)
			}
			waiting := try(p, time.Hour, Charge{Limit: l, Key: "", Cost: 50}) // 10 are free; fits when two of them have left, and 20 remain
			synctest.Wait()
			for range small {
				if permit, err := p.TryAcquire([]Charge{{Limit: l, Key: "", Cost: 1}}); err == nil {
					passed++
					permit.Done()
				}
			}
			got := <-waiting
			if got.err != nil {
				t.Error(got.err)
			}
			large = got.after
			got.permit.Done()
		})
		return large, passed
	}
	want, _ := alone(0)
	got, passed := alone(50)
	if got != want || passed != 10 {
		t.Errorf("the large cost waited %v, without small ones %v; %d passed, want 10", got, want, passed)
	}
}

func TestPacerLeavingMakesRoomForThoseBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Minute}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 6}).Done()
		ctx, cancel := context.WithCancel(context.Background())
		left := make(chan error, 1)
		go func() {
			_, err := p.Acquire(ctx, []Charge{{Limit: l, Key: "", Cost: 10}})
			left <- err
		}()
		synctest.Wait()
		small := try(p, time.Hour, Charge{Limit: l, Key: "", Cost: 4})
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if got := <-small; got.err != nil || got.after != 0 {
			t.Errorf("behind the one that left: %+v", got)
		}
	})
}

func TestPacerDeadlineCountsThoseAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: 10 * time.Second}
		p := NewPacer(PacerOptions{})
		flying := acquire(t, p, Charge{Limit: l, Key: "", Cost: 6})
		ahead := try(p, time.Hour, Charge{Limit: l, Key: "", Cost: 6}) // admitted in 10 s, if what is in flight is answered now
		window := l.Window + slack(l)
		got := <-try(p, 2*window-time.Millisecond, Charge{Limit: l, Key: "", Cost: 6})
		var limited *LimitError
		if !errors.As(got.err, &limited) || got.after != 0 || limited.Wait != 2*window || limited.Limit != "a" {
			t.Errorf("a deadline that comes first: %+v", got)
		}
		patient := try(p, 2*window+time.Second, Charge{Limit: l, Key: "", Cost: 6})
		flying.Done()
		(<-ahead).permit.Done()
		if got := <-patient; got.err != nil || got.after != 2*window {
			t.Errorf("a deadline that comes later: %+v", got)
		}
	})
}

func TestPacerForeseesLongQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Second}
		p := NewPacer(PacerOptions{})
		for range 2000 {
			try(p, time.Hour, Charge{Limit: l, Key: "", Cost: 1})
		}
		got := <-try(p, 190*time.Second, Charge{Limit: l, Key: "", Cost: 1})
		var limited *LimitError
		if !errors.As(got.err, &limited) || got.after != 0 || limited.Wait < 198*time.Second || limited.Wait > 205*time.Second {
			t.Errorf("%+v", got)
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestPacerLostStaysUntilItCannotArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rate := &Limit{Name: "rate", Quota: 1, Window: time.Second}
		conc := &Limit{Name: "conc", Quota: 1, Unit: "concurrent-requests"}
		p := NewPacer(PacerOptions{Transit: 8 * time.Second})
		acquire(t, p, Charge{Limit: rate, Key: "", Cost: 1}, Charge{Limit: conc, Key: "", Cost: 1}).Lost()
		begin := time.Now()
		acquire(t, p, Charge{Limit: conc, Key: "", Cost: 1}).Cancel()
		if d := time.Since(begin); d < 8*time.Second || d > 9*time.Second {
			t.Errorf("the concurrent request was held for %v", d)
		}
		acquire(t, p, Charge{Limit: rate, Key: "", Cost: 1}).Cancel()
		if d := time.Since(begin); d < 9*time.Second || d > 10*time.Second {
			t.Errorf("the rate was held for %v", d)
		}
	})
}

func TestPacerAnsweredHoldsConcurrencyOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rate := &Limit{Name: "rate", Quota: 1, Window: time.Second}
		conc := &Limit{Name: "conc", Quota: 1, Unit: "concurrent-requests"}
		p := NewPacer(PacerOptions{})
		streaming := acquire(t, p, Charge{Limit: rate, Key: "", Cost: 1}, Charge{Limit: conc, Key: "", Cost: 1})
		streaming.Answered()
		begin := time.Now()
		acquire(t, p, Charge{Limit: rate, Key: "", Cost: 1}).Cancel()
		if d := time.Since(begin); d < time.Second || d > 1100*time.Millisecond {
			t.Errorf("the rate was held for %v", d)
		}
		if _, err := p.TryAcquire([]Charge{{Limit: conc, Key: "", Cost: 1}}); !errors.Is(err, ErrLimited) {
			t.Errorf("a stream that is still read: %v", err)
		}
		streaming.Done()
		acquire(t, p, Charge{Limit: conc, Key: "", Cost: 1})
	})
}

func TestPacerLowerFailsWhatCanNoLongerFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Second}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 10}).Done()
		big, small := try(p, time.Hour, Charge{Limit: l, Key: "", Cost: 8}), try(p, time.Hour, Charge{Limit: l, Key: "", Cost: 2})
		p.Lower(&Limit{Name: "a"}, "", 3)
		if got := <-big; !errors.Is(got.err, ErrLimited) || got.after != 0 {
			t.Errorf("%+v", got)
		}
		if got := <-small; got.err != nil {
			t.Errorf("%+v", got)
		}
	})
}

func TestPacerBlockBeyondTheDeadlineFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1, Window: time.Second}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 1}).Done()
		waiting := try(p, 10*time.Second, Charge{Limit: l, Key: "", Cost: 1})
		p.Block(&Limit{Name: "a"}, "", time.Now().Add(time.Minute))
		if got := <-waiting; !errors.Is(got.err, context.DeadlineExceeded) || got.after != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestPacerShare(t *testing.T) {
	l := &Limit{Name: "a", Quota: 100, Window: time.Hour}
	p := NewPacer(PacerOptions{Share: 0.29})
	if _, err := p.TryAcquire([]Charge{{Limit: l, Key: "", Cost: 29}}); err != nil {
		t.Error(err)
	}
	if _, err := p.TryAcquire([]Charge{{Limit: l, Key: "", Cost: 1}}); err == nil {
		t.Error("more than the share was admitted")
	}
}

// wallClock is a clock without monotonic time that a test sets.
type wallClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *wallClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *wallClock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *wallClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

func TestLimitsClockSetBackAdmitsNothing(t *testing.T) {
	for _, l := range []*Limit{
		{Name: "rolling", Quota: 5, Window: time.Minute},
		{Name: "utc", Quota: 5, Window: time.Minute, UTC: true},
		{Name: "burst", Quota: 1, Window: time.Minute, Burst: 5},
	} {
		clock := &wallClock{now: time.Date(2026, 1, 1, 0, 0, 1, 0, time.UTC)}
		p, g := NewPacer(PacerOptions{Clock: clock}), NewGate(GateOptions{Clock: clock})
		client := &Limit{Name: l.Name, Quota: 5, Window: l.Window, UTC: l.UTC}
		for i := range 6 {
			permit, err := p.TryAcquire([]Charge{{Limit: client, Key: "", Cost: 1}})
			if (err == nil) != (i < 5) {
				t.Errorf("%s: call %d: %v", l.Name, i, err)
			}
			if err == nil {
				permit.Done()
			}
			if d := admit(t, g, Charge{Limit: l, Key: "", Cost: 1}); d.Admitted != (i < 5) {
				t.Errorf("%s: request %d: %+v", l.Name, i, d)
			}
		}
		for _, step := range []time.Duration{-10 * time.Second, -20 * time.Second, 25 * time.Second} {
			clock.step(step)
			if _, err := p.TryAcquire([]Charge{{Limit: client, Key: "", Cost: 1}}); err == nil {
				t.Errorf("%s: a clock set back let a call through", l.Name)
			}
			if admit(t, g, Charge{Limit: l, Key: "", Cost: 1}).Admitted {
				t.Errorf("%s: a clock set back let a request through", l.Name)
			}
		}
	}
}

// TestPacerMemoryIsBounded: a record does not grow with the quota, whatever becomes of the
// requests.
func TestPacerMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1 << 40, Window: time.Second}
		p := NewPacer(PacerOptions{})
		r := rand.New(rand.NewPCG(1, 1))
		most := 0
		for range 100_000 {
			permit := acquire(t, p, Charge{Limit: l, Key: "", Cost: 1 + r.Int64N(5)})
			if r.IntN(10) == 0 {
				permit.Lost()
			} else {
				permit.Done()
			}
			time.Sleep(time.Duration(r.IntN(300)) * time.Microsecond)
			most = max(most, cap(p.ring[0].answered.entries))
		}
		if most > 4*grains {
			t.Errorf("%d entries", most)
		}
	})
}

func TestPacerSharesACounterWhenThereIsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1, Window: time.Minute}
		p := NewPacer(PacerOptions{MaxKeys: 2})
		passed := 0
		for _, key := range []string{"a", "b", "c", "d", "e"} {
			if permit, err := p.TryAcquire([]Charge{{Limit: l, Key: key, Cost: 1}}); err == nil {
				permit.Done()
				passed++
			}
		}
		if passed != 3 {
			t.Errorf("%d keys passed, want 2 and one for all others", passed)
		}
		if u := p.Usage(); len(u) != 3 || !u[0].Shared {
			t.Errorf("%+v", u)
		}
		time.Sleep(2 * time.Minute)
		for range 3 {
			acquire(t, p, Charge{Limit: l, Key: "z", Cost: 1}).Cancel()
		}
		if len(p.ring) > 2 {
			t.Errorf("%d counters are kept", len(p.ring))
		}
	})
}
