package redisstore

import (
	"errors"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestServerTellsAllProcesses has one process hear from the server that nothing is admitted for a
// while, and that the quota is smaller: the others go by it too.
func TestServerTellsAllProcesses(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		one, other := newStore(t, redis.client(), Options{}), newStore(t, redis.client(), Options{})
		l := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 10, Window: time.Second, Unit: "requests"}
		charge := func(cost int64) []ratelimit.Charge {
			return []ratelimit.Charge{{Limit: l, Key: "3:org3:app", Cost: cost}}
		}
		take := func(s *Store, cost int64) error {
			p, err := s.fleet.Acquire(t.Context(), charge(cost))
			if err == nil {
				p.Done()
			}
			return err
		}
		for _, s := range []*Store{one, other} {
			if err := take(s, 1); err != nil {
				t.Fatal(err)
			}
		}
		until := time.Now().Add(1500 * time.Millisecond)
		one.fleet.Block(l, "3:org3:app", until)
		one.fleet.Lower(l, "3:org3:app", 4)
		one.fleet.Block(l, "3:org3:other", until) // of no interest to any call
		time.Sleep(700 * time.Millisecond)        // a heartbeat
		if err := take(other, 1); err != nil || time.Now().Before(until) {
			t.Errorf("another process sends %v before the server admits anything: %v", time.Until(until), err)
		}
		var limited *ratelimit.LimitError
		if err := take(other, 5); !errors.As(err, &limited) || limited.Quota != 4 {
			t.Errorf("a cost above the quota that the server has told another process: %v", err)
		}
		if err := take(other, 4); err != nil {
			t.Error(err)
		}
		one.fleet.Block(l, "3:org3:app", time.Now().Add(200*365*24*time.Hour))
		for _, u := range one.fleet.Usage() {
			if u.Blocked > time.Hour {
				t.Errorf("blocked for %v", u.Blocked)
			}
		}
	})
}
