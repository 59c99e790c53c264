package redisstore

import (
	"testing"
	"time"

	api "github.com/limitgen/limitgen/templates/runtime"
)

// Each process tells of its own part.
func TestFleetUsage(t *testing.T) {
	client := newPlain(startRedis(t).addr)
	a, b := newStore(t, client, Options{}), newStore(t, client, Options{})
	limit := &api.Limit{Name: "each", Quota: 100, Window: 300 * time.Millisecond, Unit: "requests"}
	spend := func(s *Store, key string, cost int64) api.Permit {
		t.Helper()
		permit, err := s.Limiter().Acquire(t.Context(), []api.Charge{{Limit: limit, Key: key, Cost: cost}})
		if err != nil {
			t.Fatal(err)
		}
		return permit
	}
	spend(a, "1:y1:z", 3).Done()
	flying := spend(a, "1:x1:z", 20)
	spend(b, "1:x1:z", 5).Done()
	usage := func(s *Store) []api.Usage { return s.Limiter().(interface{ Usage() []api.Usage }).Usage() }
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
}
