package redisstore

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestMissingCounterIsMistrusted has Redis come back empty, and a process speak first of a counter
// whose units another one holds: it knew Redis before the start, so nothing is given out, neither
// to it nor to one that has begun since.
func TestMissingCounterIsMistrusted(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		l := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 3, Window: 5 * time.Second, Unit: "requests"}
		holder, other := newStore(t, redis.client(), Options{}), newStore(t, redis.client(), Options{})
		try := func(s *Store, key string) bool {
			t.Helper()
			p, err := s.fleet.TryAcquire([]ratelimit.Charge{{Limit: l, Key: key, Cost: 3}})
			if p != nil {
				p.Done()
			}
			return err == nil
		}
		if !try(other, "3:org5:other") {
			t.Fatal("a new counter has nothing")
		}
		time.Sleep(3 * time.Second) // Redis tells its age in whole seconds
		if !try(holder, "3:org3:app") {
			t.Fatal("a new counter has nothing")
		}
		redis.kill()
		redis.start(t)
		other.breaker.done(time.Now(), true)
		for range 3 { // the first finds a broken connection
			if try(other, "3:org3:app") {
				t.Fatal("what the holder has used was given out again")
			}
		}
		if try(newStore(t, redis.client(), Options{}), "3:org5:third") {
			t.Error("a process that has begun since is given what another may hold")
		}
	})
}

// TestNewcomerAfterFlush has FLUSHALL be followed by a process that knows nothing of it, while
// another one works with its units: in no window is more than the quota used.
func TestNewcomerAfterFlush(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		v := &vendor{limit: &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 60, Window: 2 * time.Second, Unit: "requests"}}
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		var processes []*process
		begin := func() {
			p := &process{store: newStore(t, redis.client(), Options{})}
			processes = append(processes, p)
			wg.Go(func() { p.run(ctx, v, "3:org3:app") })
		}
		begin()
		time.Sleep(3 * time.Second)
		if _, err := newPlain(redis.addr).do(t.Context(), "FLUSHALL"); err != nil {
			t.Fatal(err)
		}
		begin()
		wg.Wait()
		closeAll(t, processes)
		if v.refused > 0 {
			t.Errorf("%d requests were above the quota", v.refused)
		}
		if n := v.after(8 * time.Second); n < 40 {
			t.Errorf("%d in the last third", n)
		}
	})
}
