package redisstore

import (
	"testing"
	"time"

	api "github.com/limitgen/limitgen/templates/runtime"
)

// TestMissingCounterIsMistrusted has Redis come back empty, and a process speak first of a counter whose units another one
// holds: it knew Redis before the start, so nothing is given out.
func TestMissingCounterIsMistrusted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	redis := startRedis(t)
	l := &api.Limit{Name: "each", Quota: 3, Window: 5 * time.Second, Unit: "requests"}
	holder, other := newStore(t, newPlain(redis.addr), Options{}), newStore(t, newPlain(redis.addr), Options{})
	try := func(s *Store, key string) bool {
		t.Helper()
		p, err := s.fleet.TryAcquire([]api.Charge{{Limit: l, Key: key, Cost: 3}})
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
	if !try(newStore(t, newPlain(redis.addr), Options{}), "3:org5:third") {
		t.Error("a process that knew nothing before must wait")
	}
}
