package redisstore

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

var (
	secondly = &ratelimit.Limit{API: "api", Common: 2, Name: "calls", Quota: 20, Window: time.Second, Unit: "requests"}
	daily    = &ratelimit.Limit{API: "api", Common: 2, Name: "daily", Quota: 10, Window: 24 * time.Hour, Unit: "requests"}
)

func bothLimits(cost int64) []ratelimit.Charge {
	return []ratelimit.Charge{{Limit: secondly, Key: "3:org3:app", Cost: cost}, {Limit: daily, Key: "3:org3:app", Cost: cost}}
}

// losses collects what OnError is told of losses; it asks for the usage, as a program may.
type losses struct {
	mu    sync.Mutex
	until map[string][]time.Time
	store *Store
}

func (l *losses) hear(err error) {
	var loss *LossError
	if !errors.As(err, &loss) {
		return
	}
	l.store.fleet.Usage()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lost := range loss.Limits {
		l.until[lost.Limit] = append(l.until[lost.Limit], lost.Until)
		if !strings.Contains(err.Error(), `"`+lost.Limit+`" before 2`) {
			panic(err)
		}
	}
}

func newLosses(t *testing.T, redis *server, o Options) *losses {
	l := &losses{until: make(map[string][]time.Time)}
	o.OnError = l.hear
	l.store = newStore(t, redis.client(), o)
	return l
}

// TestLossIsTold has FLUSHALL close a limit by the day: OnError is told of it once for each limit,
// and what is refused names the limit that is closed, and for how long.
func TestLossIsTold(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		l := newLosses(t, redis, Options{})
		p, err := l.store.fleet.TryAcquire(bothLimits(1))
		if err != nil || len(l.until) > 0 {
			t.Fatal(err, l.until)
		}
		p.Done()
		if _, err := newPlain(redis.addr).do(t.Context(), "FLUSHALL"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			_, err = l.store.fleet.Acquire(ctx, bothLimits(9))
			cancel()
			refusedForADay(t, err)
		}
		_, err = l.store.fleet.TryAcquire(bothLimits(9))
		refusedForADay(t, err)
		l.mu.Lock()
		defer l.mu.Unlock()
		for limit, least := range map[string]time.Duration{"calls": 15 * time.Second, "daily": 24 * time.Hour} {
			told := l.until[limit]
			if len(told) != 1 || time.Until(told[0]) < least || time.Until(told[0]) > least+time.Minute {
				t.Errorf("%s: told of %v", limit, told)
			}
		}
	})
}

func refusedForADay(t *testing.T, err error) {
	t.Helper()
	var limited *ratelimit.LimitError
	if !errors.As(err, &limited) || limited.Limit != "daily" || limited.Wait < 23*time.Hour || limited.Wait > 25*time.Hour {
		t.Errorf("%v: %+v", err, limited)
	}
}

// TestRefusalNamesMissingUnits has another process hold all of the second of two limits.
func TestRefusalNamesMissingUnits(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		holder, other := newStore(t, redis.client(), Options{}), newStore(t, redis.client(), Options{})
		if _, err := holder.fleet.TryAcquire(bothLimits(10)); err != nil {
			t.Fatal(err)
		}
		_, err := other.fleet.TryAcquire(bothLimits(1))
		var limited *ratelimit.LimitError
		if !errors.As(err, &limited) || limited.Limit != "daily" {
			t.Error(err)
		}
	})
}

// TestDurableRestart restarts a Redis that has all on disk: only with Durable are the counters
// believed, and then they are exact.
func TestDurableRestart(t *testing.T) {
	for _, durable := range []bool{true, false} {
		onFakeClock(t, func(t *testing.T, redis *server) {
			l := newLosses(t, redis, Options{Durable: durable})
			if _, err := l.store.fleet.TryAcquire(bothLimits(4)); err != nil {
				t.Fatal(err)
			}
			redis.kill()
			redis.start(t)
			next, passed, least := newLosses(t, redis, Options{Durable: durable}).store, 4, 4
			for range 8 { // the first may find a broken connection
				for _, s := range []*Store{l.store, next} {
					if _, err := s.fleet.TryAcquire(bothLimits(1)); err == nil {
						passed++
					}
				}
			}
			if durable {
				least = 9 // the other may be kept for the other process
			}
			if passed < least || passed > 10 || !durable && passed > 4 {
				t.Errorf("durable %v: %d passed in all", durable, passed)
			}
			l.mu.Lock()
			if told := len(l.until["daily"]); (told == 0) != durable {
				t.Errorf("durable %v: told %d times of a loss", durable, told)
			}
			l.mu.Unlock()
		}, "--appendonly", "yes", "--appendfsync", "always")
	}
}

// TestPrefixOverridesLoss does what an operator can do after a loss: to delete keys while a process
// runs opens nothing, another prefix opens all.
func TestPrefixOverridesLoss(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		take := func(s *Store, cost int64) error {
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
			defer cancel()
			p, err := s.fleet.Acquire(ctx, bothLimits(cost))
			if p != nil {
				p.Done()
			}
			return err
		}
		running := newStore(t, redis.client(), Options{})
		if err := take(running, 5); err != nil {
			t.Fatal(err)
		}
		for _, words := range [][]string{{"FLUSHALL"}, {"DEL", "limitgen{-}state"}, {"FLUSHALL"}} {
			if _, err := newPlain(redis.addr).do(t.Context(), words...); err != nil {
				t.Fatal(err)
			}
			refusedForADay(t, take(running, 10))
		}
		if err := take(newStore(t, redis.client(), Options{Prefix: "another"}), 10); err != nil {
			t.Error(err)
		}
		if err := running.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := newPlain(redis.addr).do(t.Context(), "FLUSHALL"); err != nil {
			t.Fatal(err)
		}
		if err := take(newStore(t, redis.client(), Options{}), 10); err != nil {
			t.Error(err)
		}
	})
}
