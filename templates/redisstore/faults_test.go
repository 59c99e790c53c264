package redisstore

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

var each = &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 100, Window: time.Second, Unit: "requests"}

func admit(t *testing.T, s *Store, l *ratelimit.Limit, cost int64) (ratelimit.Decision, error) {
	t.Helper()
	return s.Enforcer().Admit(t.Context(), []ratelimit.Charge{{Limit: l, Key: "3:org3:app", Cost: cost}})
}

// TestServerWithoutRedis states what each fallback does when Redis is gone, and that it costs no
// timeouts.
func TestServerWithoutRedis(t *testing.T) {
	for _, c := range []struct {
		fallback Fallback
		admitted int // of 100 calls within the window
		fails    bool
	}{{Local, 25, false}, {Open, 100, false}, {Closed, 0, true}} {
		onFakeClock(t, func(t *testing.T, redis *server) {
			s := newStore(t, redis.client(), Options{Fallback: c.fallback, Replicas: 4})
			if d, err := admit(t, s, &ratelimit.Limit{API: "api", Common: 2, Name: "warm", Quota: 1, Window: time.Second}, 1); err != nil || !d.Admitted {
				t.Fatal(d, err)
			}
			redis.kill()
			begin, admitted := time.Now(), 0
			minute := &ratelimit.Limit{API: "api", Common: 2, Name: "minute", Quota: 100, Window: time.Minute, Unit: "requests"}
			for range 100 {
				d, err := admit(t, s, minute, 1)
				if c.fails != errors.Is(err, ErrUnavailable) || !c.fails && err != nil {
					t.Fatalf("fallback %d: %v", c.fallback, err)
				}
				if err == nil && d.Admitted {
					admitted++
				}
			}
			if admitted != c.admitted {
				t.Errorf("fallback %d: %d were admitted, want %d", c.fallback, admitted, c.admitted)
			}
			if took := time.Since(begin); took > 0 {
				t.Errorf("fallback %d: 100 decisions took %v", c.fallback, took)
			}
			// Redis comes back empty: it is asked again within the longest rest.
			redis.start(t)
			deadline := time.Now().Add(10 * time.Second)
			for {
				d, err := admit(t, s, each, 1)
				if err == nil && d.Admitted && len(d.Limits) == 1 && d.Limits[0].Remaining > 25 {
					break // only Redis knows of the whole quota
				}
				if time.Now().After(deadline) {
					t.Fatalf("fallback %d: Redis is back and is not asked: %+v %v", c.fallback, d, err)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
}

// TestSlowRedis has a Redis that hangs: a few calls wait for the timeout, the breaker spares the
// others.
func TestSlowRedis(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := &hanging{Client: redis.client()}
		s := newStore(t, client, Options{Replicas: 1, Timeout: 100 * time.Millisecond})
		if _, err := admit(t, s, each, 1); err != nil {
			t.Fatal(err)
		}
		client.hangs.Store(true)
		begin := time.Now()
		for range 200 {
			if _, err := admit(t, s, each, 1); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin); took != 3*s.options.Timeout {
			t.Errorf("200 decisions took %v, 3 timeouts are 300ms", took)
		}
	})
}

// hanging is a client whose Redis stops answering.
type hanging struct {
	Client
	hangs atomic.Bool
}

func (h *hanging) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	if h.hangs.Load() {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return h.Client.EvalSha(ctx, sha, keys, args)
}

// TestRecoveryIsGentle counts the calls that many waiting requests send to a Redis that fails: one
// at a time.
func TestRecoveryIsGentle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		s := newStore(t, failing{&calls}, Options{Replicas: 1})
		var wg sync.WaitGroup
		begin := time.Now()
		for range 64 {
			wg.Go(func() {
				for time.Since(begin) < time.Second {
					if _, err := admit(t, s, each, 1); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Millisecond)
				}
			})
		}
		wg.Wait()
		// 64 at first, then one after each rest.
		if n := calls.Load(); n > 64+20 {
			t.Errorf("%d calls in a second to a Redis that is gone", n)
		}
	})
}

type failing struct{ calls *atomic.Int64 }

func (f failing) EvalSha(context.Context, string, []string, []string) (string, error) {
	f.calls.Add(1)
	return "", errors.New("connection refused")
}

func (f failing) Eval(context.Context, string, []string, []string) (string, error) {
	f.calls.Add(1)
	return "", errors.New("connection refused")
}

// TestRefusals has Redis answer with errors: out of memory, loading, a replica that may not be
// written. They count as no answer.
func TestRefusals(t *testing.T) {
	redis := startRedis(t, "--maxmemory", "100kb")
	var said error
	s := newStore(t, newPlain(redis.addr), Options{Replicas: 2, OnError: func(err error) { said = err }})
	d, err := admit(t, s, each, 1)
	if err != nil || !d.Admitted {
		t.Fatal(d, err)
	}
	if said == nil || !strings.Contains(said.Error(), "OOM") {
		t.Errorf("OnError was told %v", said)
	}
}

// TestReplicasAreCounted has the local share follow from how many processes there were.
func TestReplicasAreCounted(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		var stores []*Store
		for range 4 {
			stores = append(stores, newStore(t, redis.client(), Options{}))
		}
		deadline := time.Now().Add(5 * time.Second)
		for _, s := range stores {
			for s.parts() == 0 && time.Now().Before(deadline) {
				if _, err := admit(t, s, each, 1); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
		}
		if n := stores[3].parts(); n != 4 {
			t.Errorf("the last of four counts %d", n)
		}
		fresh := newStore(t, failing{new(atomic.Int64)}, Options{})
		if _, err := admit(t, fresh, each, 1); !errors.Is(err, ErrUnavailable) {
			t.Errorf("a process that never reached Redis decides by a share that it cannot know: %v", err)
		}
	})
}

// fleetThrough runs three busy processes while something happens to Redis, and holds the vendor's
// log to the quota.
func fleetThrough(t *testing.T, redis *server, o Options, length time.Duration, happens func()) *vendor {
	t.Helper()
	v := &vendor{limit: &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 60, Window: time.Second, Unit: "requests"}}
	var processes []*process
	for range 3 {
		processes = append(processes, &process{store: newStore(t, redis.client(), o)})
	}
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var wg sync.WaitGroup
	for _, p := range processes {
		wg.Go(func() { p.run(ctx, v, "3:org3:app") })
	}
	time.Sleep(length / 3)
	happens()
	wg.Wait()
	closeAll(t, processes)
	if v.refused > 0 {
		t.Errorf("%d requests were above the quota", v.refused)
	}
	return v
}

// after is how much arrived in the last third.
func (v *vendor) after(length time.Duration) int64 {
	var sum int64
	first := v.arrivals[0].at
	for _, a := range v.arrivals {
		if a.at.Sub(first) > length*2/3 {
			sum += a.cost
		}
	}
	return sum
}

// TestFleetGoesOnWithoutRedis kills Redis: each process goes on with what it holds, so the fleet
// loses next to nothing.
func TestFleetGoesOnWithoutRedis(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		v := fleetThrough(t, redis, Options{}, 6*time.Second, redis.kill)
		if n := v.after(6 * time.Second); n < 60 {
			t.Errorf("%d in the last 2 s", n)
		}
	})
}

// TestFleetThroughRestart has Redis come back empty: the units that processes hold are theirs
// still, and no others are given out until all have said what they hold.
func TestFleetThroughRestart(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		v := fleetThrough(t, redis, Options{}, 9*time.Second, func() {
			redis.kill()
			time.Sleep(500 * time.Millisecond)
			redis.start(t)
		})
		if n := v.after(9 * time.Second); n < 90 {
			t.Errorf("%d in the last 3 s", n)
		}
	})
}

// TestFleetThroughFlush flushes the scripts.
func TestFleetThroughFlush(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		v := fleetThrough(t, redis, Options{}, 4*time.Second, func() {
			if _, err := newPlain(redis.addr).do(t.Context(), "SCRIPT", "FLUSH"); err != nil {
				t.Error(err)
			}
		})
		if n := v.after(4 * time.Second); n < 40 {
			t.Errorf("%d in the last third", n)
		}
	})
}

// TestLeaseRunsOut has Redis gone for longer than a lease: what is left is the part that is kept,
// and after the outage nothing.
func TestLeaseRunsOut(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		v := fleetThrough(t, redis, Options{Lease: time.Second, Outage: 2 * time.Second}, 9*time.Second, redis.kill)
		first := v.arrivals[0].at
		var kept, over int64
		for _, a := range v.arrivals {
			switch d := a.at.Sub(first); {
			case d > 5*time.Second && d < 6*time.Second:
				kept += a.cost
			case d > 7*time.Second+100*time.Millisecond:
				over += a.cost
			}
		}
		if kept == 0 || kept > 60/4+1 || over > 0 {
			t.Errorf("%d a second of what is kept, at most a quarter of 60; %d after the outage", kept, over)
		}
	})
}

// TestDeadProcess has a process die that holds units: they are free again after lease, transit and
// window.
func TestDeadProcess(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		o := Options{Lease: 500 * time.Millisecond, Transit: 500 * time.Millisecond, Outage: time.Second}
		l := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 10, Window: time.Second, Unit: "requests"}
		client := &mortal{Client: redis.client()}
		victim, heir := newStore(t, client, o), newStore(t, redis.client(), o)
		for range 10 {
			if _, err := victim.Limiter().Acquire(t.Context(), []ratelimit.Charge{{Limit: l, Key: "3:org3:app", Cost: 1}}); err != nil {
				t.Fatal(err)
			}
		}
		client.dead.Store(true)
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		p, err := heir.Limiter().Acquire(ctx, []ratelimit.Charge{{Limit: l, Key: "3:org3:app", Cost: 10}})
		if err != nil {
			t.Fatal(err)
		}
		p.Done()
		if took := time.Since(begin); took < 2*time.Second || took > 2500*time.Millisecond {
			t.Errorf("the quota was free after %v", took)
		}
	})
}

// mortal is the client of a process that dies.
type mortal struct {
	Client
	dead atomic.Bool
}

func (m *mortal) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	if m.dead.Load() {
		return "", errors.New("dead")
	}
	return m.Client.EvalSha(ctx, sha, keys, args)
}

// TestCloseGivesBack has a process leave: another has the whole quota as soon as the window allows.
func TestCloseGivesBack(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		l := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 10, Window: time.Second, Unit: "requests"}
		charge := []ratelimit.Charge{{Limit: l, Key: "3:org3:app", Cost: 10}}
		one, other := newStore(t, redis.client(), Options{}), newStore(t, redis.client(), Options{})
		p, err := one.Limiter().Acquire(t.Context(), charge)
		if err != nil {
			t.Fatal(err)
		}
		p.Done()
		if err := one.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := one.Limiter().Acquire(t.Context(), charge); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := other.Limiter().Acquire(ctx, charge); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("the quota was free after %v, the window is a second", took)
		}
	})
}

// TestLargeCostsGetTheirTurn has processes whose calls each cost more than their part of the quota.
func TestLargeCostsGetTheirTurn(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		l := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 100, Window: 500 * time.Millisecond, Unit: "requests"}
		var wg sync.WaitGroup
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		for range 4 {
			s := newStore(t, redis.client(), Options{})
			wg.Go(func() {
				for range 3 {
					p, err := s.Limiter().Acquire(ctx, []ratelimit.Charge{{Limit: l, Key: "3:org3:app", Cost: 60}})
					if err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Millisecond)
					p.Done()
				}
			})
		}
		wg.Wait()
	})
}

// TestDeadlines has calls fail at once whose deadline nothing can meet, and leave nothing behind.
func TestDeadlines(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		s := newStore(t, redis.client(), Options{})
		l := &ratelimit.Limit{API: "api", Common: 2, Name: "history", Quota: 10, Window: time.Minute, Unit: "requests"}
		charge := func(cost int64) []ratelimit.Charge {
			return []ratelimit.Charge{{Limit: l, Key: "3:org3:app", Cost: cost}}
		}
		p, err := s.Limiter().Acquire(t.Context(), charge(10))
		if err != nil {
			t.Fatal(err)
		}
		p.Done()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		_, err = s.Limiter().Acquire(ctx, charge(1))
		var limited *ratelimit.LimitError
		if !errors.As(err, &limited) || !errors.Is(err, context.DeadlineExceeded) || limited.Wait < 50*time.Second {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took > 0 {
			t.Errorf("it took %v to say so", took)
		}
		if _, err := s.Limiter().Acquire(t.Context(), charge(11)); !errors.Is(err, ratelimit.ErrLimited) {
			t.Errorf("a cost above the quota: %v", err)
		}
		try := s.Limiter().(interface {
			TryAcquire([]ratelimit.Charge) (ratelimit.Permit, error)
		})
		if _, err := try.TryAcquire(charge(1)); !errors.Is(err, ratelimit.ErrLimited) {
			t.Errorf("TryAcquire: %v", err)
		}
	})
}

// TestFleetThroughClockSteps sets Redis's clock forward and back under busy processes.
func TestFleetThroughClockSteps(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		v := &vendor{limit: &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 60, Window: time.Second, Unit: "requests"}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		var processes []*process
		for _, rate := range []float64{0, 0, 8} {
			p := &process{store: newStore(t, redis.client(), Options{}), rate: rate}
			processes = append(processes, p)
			wg.Go(func() { p.run(ctx, v, "3:org3:app") })
		}
		for _, step := range []time.Duration{time.Hour, 0, 30 * time.Second, -24 * time.Hour} {
			time.Sleep(2 * time.Second)
			redis.mu.Lock()
			redis.skew = step
			redis.mu.Unlock()
		}
		wg.Wait()
		closeAll(t, processes)
		if v.refused > 0 {
			t.Errorf("%d requests were above the quota", v.refused)
		}
		if n := v.after(10 * time.Second); n < 100 {
			t.Errorf("%d in the last 3 s", n)
		}
	})
}
