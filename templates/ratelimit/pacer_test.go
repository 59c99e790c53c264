package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// schedule is what a run does: the same for every limiter with the same seed.
type schedule struct {
	limits  []Limit
	callers int
	calls   int
	maxCost int64
	latency func(r *rand.Rand) time.Duration // each way
}

// runSchedule drives a limiter and returns what the server saw. It runs in a bubble of virtual
// time.
func runSchedule(s schedule, seed uint64, limiter acquirer) *journal {
	j := &journal{}
	var wg sync.WaitGroup
	for c := range s.callers {
		r := rand.New(rand.NewPCG(seed, uint64(c)))
		wg.Go(func() {
			for range s.calls {
				if r.IntN(4) == 0 {
					time.Sleep(time.Duration(r.Int64N(int64(300 * time.Millisecond))))
				}
				oneCall(s, r, limiter, j)
			}
		})
	}
	wg.Wait()
	return j
}

// oneCall sends one request: it arrives after a delay, and the answer comes after another.
func oneCall(s schedule, r *rand.Rand, limiter acquirer, j *journal) {
	ctx := context.Background()
	if r.IntN(8) == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(1+r.Int64N(int64(time.Second))))
		defer cancel()
	}
	costs := make(map[string]int64)
	var charges []Charge
	for i := range s.limits {
		if i > 0 && r.IntN(2) == 0 {
			continue
		}
		l := &s.limits[i]
		cost := 1 + r.Int64N(min(s.maxCost, l.Quota))
		costs[l.Name] = cost
		charges = append(charges, Charge{Limit: l, Key: "key", Cost: cost})
	}
	there, back, fate := s.latency(r), s.latency(r), r.IntN(20)
	p, err := limiter.Acquire(ctx, charges)
	if err != nil {
		return
	}
	if fate == 0 {
		p.Cancel()
		p.Done() // ends once: this does nothing
		return
	}
	time.Sleep(there)
	j.add(arrival{time.Now(), costs})
	if fate == 1 { // the answer is lost, and the caller gives up before or after the arrival
		p.Lost()
		return
	}
	time.Sleep(back)
	p.Done()
}

func jitter(r *rand.Rand) time.Duration {
	return time.Duration(r.Int64N(int64(50 * time.Millisecond)))
}

func schedules() []schedule {
	one := []Limit{{Name: "a", Quota: 10, Window: time.Second}}
	two := []Limit{{Name: "a", Quota: 60, Window: time.Second}, {Name: "b", Quota: 200, Window: 10 * time.Second}}
	three := append(slices.Clone(two), Limit{Name: "c", Quota: 25, Window: 2 * time.Second})
	return []schedule{
		{one, 8, 20, 1, jitter},
		{one, 4, 15, 10, jitter},
		{two, 6, 25, 1, jitter},
		{three, 8, 12, 12, jitter},
		{two, 40, 6, 1, func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(2 * time.Second))) }},
	}
}

func TestPacerNeverExceedsAnyWindowAtTheServer(t *testing.T) {
	for i, s := range schedules() {
		for seed := range uint64(20) {
			synctest.Test(t, func(t *testing.T) {
				j := runSchedule(s, seed, NewPacer(PacerOptions{Transit: 5 * time.Second}))
				for k := range s.limits {
					if got := j.worst(&s.limits[k]); got > s.limits[k].Quota {
						t.Errorf("schedule %d, seed %d: %d of %s in one window, quota %d", i, seed, got, s.limits[k].Name, s.limits[k].Quota)
					}
				}
				time.Sleep(time.Minute) // timers of lost requests end
			})
		}
	}
}

// TestPacerCheckBites shows that the test above can fail: the usual limiters do.
func TestPacerCheckBites(t *testing.T) {
	for name, make := range peerLimiters() {
		t.Run(name, func(t *testing.T) {
			violations := 0
			for _, s := range schedules() {
				for seed := range uint64(20) {
					synctest.Test(t, func(*testing.T) {
						j := runSchedule(s, seed, make())
						for k := range s.limits {
							if j.worst(&s.limits[k]) > s.limits[k].Quota {
								violations++
							}
						}
					})
				}
			}
			if violations == 0 {
				t.Error("no window was exceeded, so the check would not notice")
			}
		})
	}
}

// tokenBuckets is the usual limiter: a bucket of the quota, refilled at quota per window.
type tokenBuckets struct {
	mu      sync.Mutex
	buckets map[string]*tokenBucket
}

type tokenBucket struct {
	tokens float64
	at     time.Time
}

func (b *tokenBuckets) Acquire(ctx context.Context, charges []Charge) (Permit, error) {
	for {
		if b.take(charges) {
			return NoPermit{}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (b *tokenBuckets) take(charges []Charge) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range charges {
		t := b.buckets[c.Limit.Name]
		if t == nil {
			t = &tokenBucket{float64(c.Limit.Quota), time.Now()}
			b.buckets[c.Limit.Name] = t
		}
		rate := float64(c.Limit.Quota) / c.Limit.Window.Seconds()
		t.tokens = min(float64(c.Limit.Quota), t.tokens+rate*time.Since(t.at).Seconds())
		t.at = time.Now()
		if t.tokens < float64(c.Cost) {
			return false
		}
	}
	for _, c := range charges {
		b.buckets[c.Limit.Name].tokens -= float64(c.Cost)
	}
	return true
}

// sendLog is an exact log of the times of sending.
type sendLog struct {
	mu   sync.Mutex
	sent map[string][]arrivalCost
}

type arrivalCost struct {
	at   time.Time
	cost int64
}

func (s *sendLog) Acquire(ctx context.Context, charges []Charge) (Permit, error) {
	for {
		if s.take(charges) {
			return NoPermit{}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *sendLog) take(charges []Charge) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range charges {
		log := slices.DeleteFunc(s.sent[c.Limit.Name], func(a arrivalCost) bool { return time.Since(a.at) >= c.Limit.Window })
		s.sent[c.Limit.Name] = log
		sum := c.Cost
		for _, a := range log {
			sum += a.cost
		}
		if sum > c.Limit.Quota {
			return false
		}
	}
	for _, c := range charges {
		s.sent[c.Limit.Name] = append(s.sent[c.Limit.Name], arrivalCost{time.Now(), c.Cost})
	}
	return true
}

// vendor is a server that counts in one of the usual ways.
type vendor func(at time.Time, cost int64) bool

func fixedWindow(l Limit) vendor {
	var start time.Time
	var used int64
	return func(at time.Time, cost int64) bool {
		if w := at.Truncate(l.Window); !w.Equal(start) {
			start, used = w, 0
		}
		used += cost
		return used <= l.Quota
	}
}

func slidingWindow(l Limit) vendor {
	var log []arrivalCost
	return func(at time.Time, cost int64) bool {
		log = slices.DeleteFunc(log, func(a arrivalCost) bool { return at.Sub(a.at) >= l.Window })
		sum := cost
		for _, a := range log {
			sum += a.cost
		}
		if sum > l.Quota {
			return false
		}
		log = append(log, arrivalCost{at, cost})
		return true
	}
}

func bucketServer(l Limit) vendor {
	b := &tokenBuckets{buckets: map[string]*tokenBucket{}}
	return func(_ time.Time, cost int64) bool { return b.take([]Charge{{Limit: &l, Key: "", Cost: cost}}) }
}

func TestPacerUsesTheQuotaAndIsNeverRefused(t *testing.T) {
	cases := []struct {
		limit   Limit
		maxCost int64
		callers int
		length  time.Duration
	}{
		{Limit{Name: "each", Quota: 100, Window: time.Second}, 1, 120, 30 * time.Second},
		{Limit{Name: "groups", Quota: 20, Window: time.Second}, 1, 40, 30 * time.Second},
		{Limit{Name: "messages", Quota: 6000, Window: time.Minute}, 100, 50, 10 * time.Minute},
		{Limit{Name: "history", Quota: 10, Window: time.Minute}, 1, 12, 20 * time.Minute},
	}
	servers := map[string]func(Limit) vendor{"fixed": fixedWindow, "sliding": slidingWindow, "bucket": bucketServer}
	for _, c := range cases {
		for name, server := range servers {
			t.Run(c.limit.Name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { fullDemand(t, c.limit, c.maxCost, c.callers, c.length, server(c.limit)) })
			})
		}
	}
}

// fullDemand calls as fast as the pacer allows, with 5 ms + U(0, 20 ms) each way.
func fullDemand(t *testing.T, l Limit, maxCost int64, callers int, length time.Duration, server vendor) {
	p := NewPacer(PacerOptions{})
	var mu sync.Mutex
	var passed, refused int64
	var trips time.Duration
	calls := 0
	end := time.Now().Add(length)
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	var wg sync.WaitGroup
	for i := range callers {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		wg.Go(func() {
			for {
				cost := 1 + r.Int64N(maxCost)
				there := 5*time.Millisecond + time.Duration(r.Int64N(int64(20*time.Millisecond)))
				back := 5*time.Millisecond + time.Duration(r.Int64N(int64(20*time.Millisecond)))
				permit, err := p.Acquire(ctx, []Charge{{Limit: &l, Key: "", Cost: cost}})
				if err != nil {
					return
				}
				time.Sleep(there)
				mu.Lock()
				if server(time.Now(), cost) {
					passed += cost
				} else {
					refused++
				}
				calls++
				trips += there + back
				mu.Unlock()
				time.Sleep(back)
				permit.Done()
			}
		})
	}
	wg.Wait()
	rtt := trips / time.Duration(max(calls, 1))
	want := float64(l.Quota) * length.Seconds() / (l.Window + rtt).Seconds()
	use := float64(passed) / want
	t.Logf("%d passed in %v: %.1f%% of quota x elapsed / (T + RTT), %d refused", passed, length, 100*use, refused)
	if refused > 0 {
		t.Errorf("%d requests were refused", refused)
	}
	if use < 0.97 {
		t.Errorf("only %.1f%% of what could be used was used", 100*use)
	}
}

func TestPacerServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Second}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 10}).Done()
		var mu sync.Mutex
		var order []string
		for i, cost := range []int64{1, 10, 1, 1} {
			go func() {
				permit := acquire(t, p, Charge{Limit: l, Key: "", Cost: cost})
				mu.Lock()
				order = append(order, fmt.Sprint(i))
				mu.Unlock()
				permit.Done()
			}()
			synctest.Wait()
		}
		time.Sleep(10 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		// The last two are admitted in one instant.
		if len(order) != 4 || order[0] != "0" || order[1] != "1" {
			t.Errorf("served in the order %s: the large cost was overtaken", order)
		}
	})
}

func TestPacerFailsAtOnceWhenTheDeadlineComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1, Window: time.Minute}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 1}).Done()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := p.Acquire(ctx, []Charge{{Limit: l, Key: "", Cost: 1}})
		var limited *LimitError
		if !errors.As(err, &limited) || !errors.Is(err, ErrLimited) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if waited := time.Since(begin); waited != 0 {
			t.Errorf("it waited %v first", waited)
		}
		if limited.Wait < time.Minute || limited.Wait > time.Minute+time.Second {
			t.Errorf("it would have taken %v", limited.Wait)
		}
		if _, err := p.TryAcquire([]Charge{{Limit: l, Key: "", Cost: 1}}); !errors.Is(err, ErrLimited) {
			t.Errorf("TryAcquire: %v", err)
		}
		if _, err := p.Acquire(t.Context(), []Charge{{Limit: l, Key: "", Cost: 2}}); !errors.Is(err, ErrLimited) {
			t.Errorf("a cost above the quota: %v", err)
		}
	})
}

func TestPacerGivesBackWhatIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1, Window: time.Minute}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 1}).Cancel()
		held := acquire(t, p, Charge{Limit: l, Key: "", Cost: 1})
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() {
			_, err := p.Acquire(ctx, []Charge{{Limit: l, Key: "", Cost: 1}})
			failed <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		held.Cancel()
		if u := p.Usage(); len(u) != 0 {
			t.Errorf("left %+v", u)
		}
	})
}

func TestPacerBoundsConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 2, Unit: "concurrent-requests"}
		p := NewPacer(PacerOptions{})
		first := acquire(t, p, Charge{Limit: l, Key: "", Cost: 1})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 1})
		if _, err := p.TryAcquire([]Charge{{Limit: l, Key: "", Cost: 1}}); !errors.Is(err, ErrLimited) {
			t.Fatalf("a third in flight: %v", err)
		}
		first.Done()
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 1})
	})
}

func TestPacerObeysTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Second}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 1}).Done()
		p.Block(&Limit{Name: "a"}, "", time.Now().Add(5*time.Second))
		begin := time.Now()
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 1}).Done()
		if waited := time.Since(begin); waited != 5*time.Second {
			t.Errorf("waited %v", waited)
		}
		p.Lower(&Limit{Name: "a"}, "", 30)
		acquire(t, p, Charge{Limit: l, Key: "", Cost: 1}).Done()
		if u := p.Usage(); u[0].Quota != 10 {
			t.Errorf("a server raised the quota to %d", u[0].Quota)
		}
		p.Lower(&Limit{Name: "a"}, "", 3)
		if u := p.Usage(); u[0].Quota != 3 {
			t.Errorf("quota %d", u[0].Quota)
		}
	})
}

func TestPacerForgetsIdleKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 10, Window: time.Second}
		p := NewPacer(PacerOptions{MaxKeys: 500})
		for i := range 2000 {
			acquire(t, p, Charge{Limit: l, Key: fmt.Sprint(i), Cost: 1}).Done()
			time.Sleep(10 * time.Millisecond)
		}
		if n := len(p.counters); n > 501 {
			t.Errorf("%d counters are kept", n)
		}
	})
}

func BenchmarkPacer(b *testing.B) {
	l := &Limit{Name: "a", Quota: 1 << 40, Window: time.Second}
	p := NewPacer(PacerOptions{})
	b.ReportAllocs()
	for b.Loop() {
		permit, err := p.Acquire(context.Background(), []Charge{{Limit: l, Key: "key", Cost: 1}})
		if err != nil {
			b.Fatal(err)
		}
		permit.Done()
	}
}

// acquirer is as much of a Limiter as schedules need.
type acquirer interface {
	Acquire(ctx context.Context, charges []Charge) (Permit, error)
}
