package redisstore

import (
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Each process tells of its own part.
func TestFleetUsage(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := redis.client()
		a, b := newStore(t, client, Options{}), newStore(t, client, Options{})
		limit := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 100, Window: 300 * time.Millisecond, Unit: "requests"}
		spend := func(s *Store, key string, cost int64) ratelimit.Permit {
			t.Helper()
			permit, err := s.Limiter().Acquire(t.Context(), []ratelimit.Charge{{Limit: limit, Key: key, Cost: cost}})
			if err != nil {
				t.Fatal(err)
			}
			return permit
		}
		spend(a, "1:y1:z", 3).Done()
		flying := spend(a, "1:x1:z", 20)
		spend(b, "1:x1:z", 5).Done()
		usage := func(s *Store) []ratelimit.Usage { return s.Limiter().(interface{ Usage() []ratelimit.Usage }).Usage() }
		got := usage(a)
		if len(got) != 2 || got[0].Key != "1:x1:z" || got[0].Used != 20 || got[0].InFlight != 20 || got[0].Quota != 100 || got[1].Used != 3 {
			t.Errorf("a: %+v", got)
		}
		if got := usage(b); len(got) != 1 || got[0].Used != 5 || got[0].InFlight != 0 {
			t.Errorf("b: %+v", got)
		}
		flying.Done()
		time.Sleep(400 * time.Millisecond)
		if got := usage(a); len(got) != 0 {
			t.Errorf("later: %+v", got)
		}
	})
}

// A process that needs little of a quota gives back units that cool, so that all can reach them.
// What it has sent counts nonetheless; and what it has from others, it has not sent.
func TestFleetUsageOfUnitsGivenBack(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		s := newStore(t, redis.client(), Options{})
		limit := &ratelimit.Limit{API: "api", Common: 2, Name: "daily", Quota: 10_000, Window: 24 * time.Hour, Unit: "requests"}
		const cost, calls = 60, 5
		for range calls {
			permit, err := s.Limiter().Acquire(t.Context(), []ratelimit.Charge{{Limit: limit, Cost: cost}})
			if err != nil {
				t.Fatal(err)
			}
			permit.Done()
		}
		cooling := func() (units int64) {
			for _, g := range s.fleet.groups {
				g.mu.Lock()
				for _, f := range g.order {
					units += f.busy.total
				}
				g.mu.Unlock()
			}
			return units
		}
		for range 500 {
			if cooling() < calls*cost {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if left := cooling(); left >= calls*cost {
			t.Fatalf("%d units were not given back", left)
		}
		got := s.Limiter().(interface{ Usage() []ratelimit.Usage }).Usage()
		if len(got) != 1 || got[0].Used != calls*cost || got[0].Quota != 10_000 {
			t.Errorf("%+v", got)
		}
	})
}
