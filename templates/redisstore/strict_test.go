package redisstore

import (
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestStrictServer has Redis lose a server's counters in the middle of a window, by FLUSHALL and by
// a restart, once with a replica beside it that has only begun. A strict server admits no more than
// the quota in any window, and the whole of it a window later; one that is not admits it twice.
func TestStrictServer(t *testing.T) {
	for _, c := range []struct {
		name   string
		strict bool
		lose   func(t *testing.T, redis *server)
	}{
		{"flushed", true, flush},
		{"restarted", true, func(t *testing.T, redis *server) { redis.kill(); redis.start(t) }},
		{"not strict", false, flush},
	} {
		t.Run(c.name, func(t *testing.T) {
			onFakeClock(t, func(t *testing.T, redis *server) {
				o := Options{Strict: c.strict, Fallback: Closed}
				old := newStore(t, redis.client(), o)
				l := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 10, Window: 6 * time.Second, Unit: "requests"}
				spend := func(s *Store) (admitted int) {
					for range 30 {
						if d, err := admit(t, s, l, 1); err == nil && d.Admitted {
							admitted++
						} else if err == nil && d.Limits[0].Wait <= 0 {
							t.Error("a refusal without a wait")
						}
					}
					return admitted
				}
				if n := spend(old); n != 10 {
					t.Fatalf("%d admitted at first", n)
				}
				c.lose(t, redis)
				fresh := newStore(t, redis.client(), o)
				n := spend(fresh) + spend(old) + spend(fresh)
				if want := map[bool]int{true: 0, false: 10}[c.strict]; n != want {
					t.Errorf("%d admitted after the loss, want %d", n, want)
				}
				time.Sleep(l.Window + l.Window/12)
				if n := spend(old); n != 10 {
					t.Errorf("%d admitted a window later", n)
				}
			})
		})
	}
}

func flush(t *testing.T, redis *server) {
	if _, err := newPlain(redis.addr).do(t.Context(), "FLUSHALL"); err != nil {
		t.Fatal(err)
	}
}
