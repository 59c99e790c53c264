package ratelimit

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// order lets calls wait for a full counter and returns the order in which they are admitted.
func order(t *testing.T, p *Pacer, l *Limit, calls []func() (name string, ctx context.Context, cost int64)) []string {
	t.Helper()
	var mu sync.Mutex
	var admitted []string
	var wg sync.WaitGroup
	for _, call := range calls {
		name, ctx, cost := call()
		wg.Go(func() {
			permit, err := p.Acquire(ctx, []Charge{{Limit: l, Key: "k", Cost: cost}})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			admitted = append(admitted, name)
			mu.Unlock()
			permit.Done()
		})
		synctest.Wait()
	}
	wg.Wait()
	return admitted
}

func TestPacerLetsOthersPassABatchAndDoesNotStarveIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1, Window: time.Second}
		p := NewPacer(PacerOptions{Patience: 5 * time.Second})
		take := func(name string, ctx context.Context) func() (string, context.Context, int64) {
			return func() (string, context.Context, int64) { return name, ctx, 1 }
		}
		after := func(d time.Duration, name string) func() (string, context.Context, int64) {
			return func() (string, context.Context, int64) { time.Sleep(d); return name, t.Context(), 1 }
		}
		batch := AsBatch(t.Context())
		got := order(t, p, l, []func() (string, context.Context, int64){
			take("first", t.Context()), take("b1", batch), take("b2", batch), take("i1", t.Context()), take("i2", t.Context()),
			after(500*time.Millisecond, "i3"), after(100*time.Millisecond, "i4"), after(100*time.Millisecond, "i5"),
			after(5*time.Second, "late"),
		})
		want := []string{"first", "i1", "i2", "i3", "i4", "i5", "b1", "b2", "late"}
		if len(got) != len(want) {
			t.Fatal(got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
}

func TestPacerBatchProgressesBesideEndlessCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Second}
		p := NewPacer(PacerOptions{Patience: 3 * time.Second})
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		for range 60 { // more than the quota lets through, without a pause
			go func() {
				for {
					permit, err := p.Acquire(ctx, []Charge{{Limit: l, Key: "k", Cost: 1}})
					if err != nil {
						return
					}
					time.Sleep(20 * time.Millisecond)
					permit.Done()
				}
			}()
		}
		time.Sleep(time.Second)
		begin := time.Now()
		permit, err := p.Acquire(AsBatch(ctx), []Charge{{Limit: l, Key: "k", Cost: 5}})
		if err != nil {
			t.Fatal(err)
		}
		permit.Done()
		// Patience, and then its turn behind the queue of those that came before.
		if waited := time.Since(begin); waited < 3*time.Second || waited > 12*time.Second {
			t.Errorf("it waited %v", waited)
		}
		stop()
		time.Sleep(time.Minute)
	})
}

func TestPacerYieldsToOthersAndTakesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 100, Window: time.Second}
		p := NewPacer(PacerOptions{Adaptive: true})
		free := func() (n int) {
			for ; ; n++ {
				permit, err := p.TryAcquire([]Charge{{Limit: l, Key: "k", Cost: 1}})
				if err != nil {
					time.Sleep(2 * time.Second)
					return n
				}
				permit.Done()
			}
		}
		if got := free(); got != 100 {
			t.Fatalf("%d at once", got)
		}
		p.Exceeded(&Limit{Name: "a"}, "k")
		p.Exceeded(&Limit{Name: "a"}, "k") // of the same window
		if got := free(); got != 80 {
			t.Errorf("%d at once after a refusal, want 80", got)
		}
		time.Sleep(3 * time.Second)
		if got := free(); got != 90 {
			t.Errorf("%d at once after 5 windows, want 90", got)
		}
		time.Sleep(time.Minute)
		if got := free(); got != 100 {
			t.Errorf("%d at once after a minute, want 100", got)
		}
		for range 20 {
			p.Exceeded(&Limit{Name: "a"}, "k")
			time.Sleep(time.Second)
		}
		if got := free(); got < 25 || got > 35 {
			t.Errorf("%d at once after many refusals", got)
		}
		p.Exceeded(&Limit{Name: "a"}, "k")
		permit, err := p.TryAcquire([]Charge{{Limit: l, Key: "k", Cost: 100}})
		if err != nil {
			t.Errorf("a cost within the quota has to pass alone: %v", err)
		} else {
			permit.Done()
		}
		fixed := NewPacer(PacerOptions{})
		p = fixed
		p.Exceeded(&Limit{Name: "a"}, "k")
		if got := free(); got != 100 {
			t.Errorf("%d at once from a pacer that does not adapt", got)
		}
	})
}

// TestPacerGivesWayToOutsideSpenders lets another caller spend 60 of 100 a second, at an even pace.
// The server tells how much is left.
func TestPacerGivesWayToOutsideSpenders(t *testing.T) {
	for name, feedback := range map[string]bool{"deaf": false, "listening": true} {
		synctest.Test(t, func(t *testing.T) {
			l := Limit{Name: "a", Quota: 100, Window: time.Second}
			var mu sync.Mutex
			var log []time.Time
			serve := func(ours bool) (left int64, ok bool) {
				mu.Lock()
				defer mu.Unlock()
				now := time.Now()
				for len(log) > 0 && now.Sub(log[0]) >= l.Window {
					log = log[1:]
				}
				if ours && int64(len(log)) >= l.Quota { // the others have it first
					return 0, false
				}
				log = append(log, now)
				return max(0, l.Quota-int64(len(log))), true
			}
			ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
			defer stop()
			go func() {
				for ctx.Err() == nil {
					serve(false)
					time.Sleep(l.Window / 60)
				}
			}()
			p := NewPacer(PacerOptions{})
			passed, refused := 0, 0
			for ctx.Err() == nil {
				permit, err := p.Acquire(ctx, []Charge{{Limit: &l, Key: "k", Cost: 1}})
				if err != nil {
					break
				}
				left, ok := serve(true)
				permit.Done()
				if feedback {
					p.Remaining(&Limit{Name: "a"}, "k", left)
				}
				if ok {
					passed++
				} else {
					refused++
				}
			}
			t.Logf("%s: %d passed, %d refused", name, passed, refused)
			if bad := refused > passed/20; bad == feedback {
				t.Errorf("%s: %d passed, %d refused", name, passed, refused)
			}
			if feedback && passed < 600 {
				t.Errorf("only %d passed of the 1200 that the others leave", passed)
			}
			time.Sleep(time.Minute)
		})
	}
}

func TestPacerRefusesNothingForAnEarlierCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1, Window: time.Second}
		p := NewPacer(PacerOptions{})
		permit, _ := p.TryAcquire([]Charge{{Limit: l, Key: "k", Cost: 1}})
		permit.Done()
		for range 5 {
			go func() { _, _ = p.Acquire(AsBatch(t.Context()), []Charge{{Limit: l, Key: "k", Cost: 1}}) }()
		}
		synctest.Wait()
		// Five wait, but this one goes first, so its deadline can be met.
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if permit, err := p.Acquire(ctx, []Charge{{Limit: l, Key: "k", Cost: 1}}); err != nil {
			t.Error(err)
		} else {
			permit.Done()
		}
		// A batch has to wait for the five.
		ctx, cancel = context.WithTimeout(AsBatch(t.Context()), 1500*time.Millisecond)
		defer cancel()
		if _, err := p.Acquire(ctx, []Charge{{Limit: l, Key: "k", Cost: 1}}); !errors.Is(err, ErrLimited) {
			t.Errorf("got %v", err)
		}
	})
}
