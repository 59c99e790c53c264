package ratelimit

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// changing is a table of two limits whose quotas change at random until a run is over, and what
// they were when.
type changing struct {
	*Schedule
	quotas map[string][]quotaFrom
}

type quotaFrom struct {
	at    time.Time
	quota int64
}

func newChanging(limits []Limit) *changing {
	c := &changing{NewSchedule(limits, nil), map[string][]quotaFrom{}}
	c.note(limits)
	return c
}

func (c *changing) note(limits []Limit) {
	for _, l := range limits {
		c.quotas[l.Name] = append(c.quotas[l.Name], quotaFrom{time.Now(), l.Quota})
	}
}

// change gives each limit a quota from 12, the largest cost, to 270, and tells a limiter.
func (c *changing) change(t *testing.T, r *rand.Rand, changed func()) {
	limits := slices.Clone(c.Limits())
	for i := range limits {
		limits[i].Quota = 12 + r.Int64N(1<<r.IntN(9)+1)
	}
	if err := c.Change(limits); err != nil {
		t.Error(err)
	}
	c.note(limits)
	changed()
}

// excess is the first arrival at which more than the largest quota of the window before it was
// used; 0 when there is none.
func (c *changing) excess(j *journal, l *Limit) (sum, most int64) {
	slices.SortStableFunc(j.arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
	first := 0
	for _, a := range j.arrivals {
		sum += a.costs[l.Name]
		for ; a.at.Sub(j.arrivals[first].at) >= l.Window; first++ {
			sum -= j.arrivals[first].costs[l.Name]
		}
		most = 0
		all := c.quotas[l.Name]
		for i, q := range all {
			ended := i+1 < len(all) && all[i+1].at.Before(a.at.Add(-l.Window-sentBefore))
			if !q.at.After(a.at) && !ended {
				most = max(most, q.quota)
			}
		}
		if sum > most {
			return sum, most
		}
	}
	return 0, 0
}

// sentBefore is how long a request may be on its way: what arrives was admitted by the quota of
// then.
const sentBefore = 60 * time.Millisecond

// TestNoWindowExceedsTheLargerQuota changes quotas at random under load.
func TestNoWindowExceedsTheLargerQuota(t *testing.T) {
	changes := 0
	for i, s := range schedules()[:4] {
		for seed := range uint64(15) {
			synctest.Test(t, func(t *testing.T) {
				c := newChanging(s.limits)
				p := NewPacer(PacerOptions{Transit: 5 * time.Second})
				done := make(chan struct{})
				var all sync.WaitGroup
				all.Go(func() {
					r := rand.New(rand.NewPCG(seed, 99))
					for {
						select {
						case <-done:
							return
						case <-time.After(time.Duration(r.Int64N(int64(2 * time.Second)))):
							c.change(t, r, p.Changed)
							changes++
						}
					}
				})
				j := runSchedule(s, seed, latest{p, c.Schedule})
				close(done)
				all.Wait()
				for k := range s.limits {
					if got, most := c.excess(j, &s.limits[k]); got > 0 {
						t.Errorf("schedule %d, seed %d: %d of %s in one window, quotas up to %d", i, seed, got, s.limits[k].Name, most)
					}
				}
				time.Sleep(time.Minute)
			})
		}
	}
	if changes < 200 {
		t.Errorf("only %d changes", changes)
	}
}

// latest is a limiter that is asked with the limits that are in force, as clients do.
type latest struct {
	*Pacer
	table *Schedule
}

func (l latest) Acquire(ctx context.Context, charges []Charge) (Permit, error) {
	return l.Pacer.Acquire(ctx, current(l.table, charges))
}

func current(s *Schedule, charges []Charge) []Charge {
	limits := s.Limits()
	for i := range charges {
		at := slices.IndexFunc(limits, func(l Limit) bool { return l.Name == charges[i].Limit.Name })
		charges[i].Limit = &limits[at]
	}
	return charges
}

// TestAGateKeepsCountingWhenQuotasChange is the same for a server, and what it remembers stays
// small.
func TestAGateKeepsCountingWhenQuotasChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newChanging([]Limit{{Name: "a", Quota: 50, Window: time.Second}, {Name: "b", Quota: 100, Window: 10 * time.Second, UTC: true}})
		g := NewGate(GateOptions{})
		r := rand.New(rand.NewPCG(1, 2))
		j := &journal{}
		for i := range 20000 {
			if i%20 == 0 {
				c.change(t, r, func() {})
			}
			limits := c.Limits()
			charges := []Charge{{Limit: &limits[i%2], Key: "k", Cost: 1 + r.Int64N(5)}}
			d, err := g.Admit(context.Background(), charges)
			if err != nil {
				t.Fatal(err)
			}
			if d.Admitted {
				j.add(arrival{time.Now(), map[string]int64{limits[i%2].Name: charges[0].Cost}})
			}
			time.Sleep(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
		}
		if got, most := c.excess(j, &Limit{Name: "a", Window: time.Second}); got > 0 {
			t.Errorf("%d in one window, quotas up to %d", got, most)
		}
		if n := len(g.rules.Load().limits); n > 2 {
			t.Errorf("the gate remembers %d limits of 2", n)
		}
	})
}

// TestWaitingCallsGoByTheNewFigures raises a quota, and lowers it below what a call costs.
func TestWaitingCallsGoByTheNewFigures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSchedule([]Limit{{Name: "a", Quota: 2, Window: time.Hour}}, nil)
		p := NewPacer(PacerOptions{})
		quota := func(n int64) {
			t.Helper()
			if err := s.Change([]Limit{{Name: "a", Quota: n, Window: time.Hour}}); err != nil {
				t.Fatal(err)
			}
			p.Changed()
			synctest.Wait()
		}
		acquire(t, p, Charge{Limit: &s.Limits()[0], Cost: 2}).Done()
		errs := make([]error, 6)
		begin := time.Now()
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				_, errs[i] = p.Acquire(context.Background(), []Charge{{Limit: &s.Limits()[0], Cost: 2}})
			})
		}
		synctest.Wait()
		quota(6)
		if n := p.Usage()[0].Waiting; n != 4 || p.Usage()[0].Quota != 6 {
			t.Errorf("%d calls wait, want 4: %+v", n, p.Usage())
		}
		quota(1)
		all.Wait()
		failed := 0
		for _, err := range errs {
			var limited *LimitError
			if errors.As(err, &limited) && limited.Quota == 1 {
				failed++
			}
		}
		if failed != 4 || time.Since(begin) != 0 {
			t.Errorf("%d calls failed after %v, want 4 at once: %v", failed, time.Since(begin), errs)
		}
	})
}

// TestABucketGoesByTheNewFigures changes quota and burst of a bucket under load. What the server
// sees stays within a bucket of the largest figures.
func TestABucketGoesByTheNewFigures(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			largest := Limit{Name: "a", Quota: 40, Window: time.Second, Burst: 20}
			s := NewSchedule([]Limit{largest}, nil)
			p := NewPacer(PacerOptions{})
			j := runSchedule(schedule{[]Limit{largest}, 6, 30, 4, jitter}, seed, changed(func() []Charge {
				return []Charge{{Limit: &s.Limits()[0]}}
			}, p, func(r *rand.Rand) {
				l := largest
				l.Quota, l.Burst = 10+r.Int64N(31), 5+r.Int64N(16)
				if err := s.Change([]Limit{l}); err != nil {
					t.Error(err)
				}
				p.Changed()
			}, seed))
			level, last := 0.0, time.Time{}
			slices.SortStableFunc(j.arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
			for _, a := range j.arrivals {
				if !last.IsZero() {
					level = max(0, level-a.at.Sub(last).Seconds()*float64(largest.Quota))
				}
				last = a.at
				if level += float64(a.costs["a"]); level > float64(largest.Burst)+1e-6 {
					t.Fatalf("seed %d: a bucket of %d holds %g", seed, largest.Burst, level)
				}
			}
			time.Sleep(time.Minute)
		})
	}
}

// changed is a limiter that changes the figures before every tenth call.
func changed(table func() []Charge, p *Pacer, change func(*rand.Rand), seed uint64) acquirer {
	return &changes{Pacer: p, table: table, change: change, r: rand.New(rand.NewPCG(seed, 7))}
}

type changes struct {
	*Pacer
	mu     sync.Mutex
	calls  int
	table  func() []Charge
	change func(*rand.Rand)
	r      *rand.Rand
}

func (c *changes) Acquire(ctx context.Context, charges []Charge) (Permit, error) {
	c.mu.Lock()
	if c.calls++; c.calls%10 == 0 {
		c.change(c.r)
	}
	charges[0].Limit = c.table()[0].Limit
	c.mu.Unlock()
	return c.Pacer.Acquire(ctx, charges)
}

func TestAScheduleRefusesOtherLimits(t *testing.T) {
	table := []Limit{{Name: "a", Quota: 2, Window: time.Second}, {Name: "b", Quota: 2, Window: time.Second, Burst: 3}}
	s := NewSchedule(table, nil)
	for name, change := range map[string]func(l []Limit) []Limit{
		"fewer":        func(l []Limit) []Limit { return l[:1] },
		"another name": func(l []Limit) []Limit { l[0].Name = "c"; return l },
		"a window":     func(l []Limit) []Limit { l[0].Window = time.Minute; return l },
		"a new burst":  func(l []Limit) []Limit { l[0].Burst = 9; return l },
		"no burst":     func(l []Limit) []Limit { l[1].Burst = 0; return l },
	} {
		if err := s.Change(change(slices.Clone(table))); err == nil || s.Limits()[0].Quota != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
	copied, err := Apply(s.Limits(), map[string]Amount{"a": {Quota: 9}})
	if err != nil || copied[0].Current().Quota != 9 {
		t.Errorf("limits with other figures are those of the schedule: %v", err)
	}
}

// TestAFileIsWatched edits a file rightly and wrongly, takes it away and puts it back.
func TestAFileIsWatched(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sold.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	limits := []Limit{{Name: "a", Quota: 10, Window: time.Second}}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // of what follows
		var quota int64
		var told []string
		ctx, cancel := context.WithCancel(context.Background())
		watch := func() error {
			return WatchOverrides(ctx, file, limits, nil, func(a map[string]Amount) error {
				mu.Lock()
				defer mu.Unlock()
				if a["a"].Quota == 13 {
					return errors.New("thirteen")
				}
				quota = a["a"].Quota
				return nil
			}, func(err error) {
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					told = append(told, "ok")
				} else {
					told = append(told, err.Error())
				}
			})
		}
		if err := watch(); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("no file: %v", err)
		}
		write(`{"a": {"quota": 20}}`)
		if err := watch(); err != nil || quota != 20 {
			t.Fatalf("quota %d, %v", quota, err)
		}
		for _, step := range []struct {
			do    func()
			quota int64
			told  string
		}{
			{func() {}, 20, ""},
			{func() { write(`{"a": {"quota": 30}}`) }, 30, "ok"},
			{func() { write("{\"a\":\n {\"quota\": 0}}") }, 30, "line 2, column 12"},
			{func() {}, 30, ""},
			{func() { write(`{"b": {"quota": 30}}`) }, 30, `unknown limit "b"`},
			{func() { write(`{"a": {"quota": 30}}`) }, 30, "ok"},
			{func() { write(`{"a": {"quota": 13}}`) }, 30, "thirteen"},
			{func() { os.Remove(file) }, 30, "no such file"},
			{func() { write("") }, 30, "overrides: "},
			{func() { write("{}") }, 0, "ok"},
			{func() { cancel(); write(`{"a": {"quota": 50}}`) }, 0, ""},
		} {
			mu.Lock()
			told = nil
			mu.Unlock()
			step.do()
			time.Sleep(3 * time.Second)
			synctest.Wait()
			mu.Lock()
			if quota != step.quota || len(told) > 1 || (len(told) > 0) != (step.told != "") || !strings.Contains(strings.Join(told, ""), step.told) {
				t.Errorf("quota %d, want %d; told %q, want %q", quota, step.quota, told, step.told)
			}
			mu.Unlock()
		}
	})
}
