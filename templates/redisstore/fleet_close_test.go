package redisstore

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Close gives back all counters of a slot, though one exchange is about a few of them.
func TestCloseGivesBackEverything(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := redis.client()
		a, b := newStore(t, client, Options{}), newStore(t, client, Options{})
		limit := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 2, Window: 50 * time.Millisecond, Unit: "requests"}
		take := func(s *Store, i int) {
			t.Helper()
			// All keys have their first parts in common, which are the tag.
			permit, err := s.fleet.TryAcquire([]ratelimit.Charge{{Limit: limit, Key: fmt.Sprintf("3:org3:app6:%06d", i), Cost: 2}})
			if err != nil {
				t.Fatalf("counter %d: %v", i, err)
			}
			permit.Cancel()
		}
		for i := range 3 * maxSyncCounters {
			take(a, i)
		}
		a.fleet.mu.Lock()
		groups := len(a.fleet.groups)
		a.fleet.mu.Unlock()
		if groups != 1 {
			t.Fatalf("%d groups", groups)
		}
		if err := a.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 3 * maxSyncCounters {
			take(b, i)
		}
	})
}

// A call may end in the moment in which Redis fails and it is let go uncounted.
func TestCallEndsAsItIsLetGo(t *testing.T) {
	store := newStore(t, newPlain("127.0.0.1:1"), Options{Fallback: Open})
	limit := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 2, Window: time.Minute, Unit: "requests"}
	p, err := store.fleet.enter(t.Context(), []ratelimit.Charge{{Limit: limit, Key: "3:org3:app", Cost: 1}})
	if err != nil {
		t.Fatal(err)
	}
	p.group.mu.Lock()
	p.group.fail(nil)
	p.group.mu.Unlock()
	if permit, err := p.leave(context.Canceled); permit != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", permit, err)
	}
	if permit, err := p.leave(nil); permit == nil || err != nil {
		t.Errorf("%v, %v", permit, err)
	}
}
