package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestGateAgreesWithExactLogsWhileKeysComeAndGo has more keys than there is room for, that fall
// idle in turn: counters and their rings are forgotten, moved, shared and inherited, and no key may
// get more than its quota through that.
func TestGateAgreesWithExactLogsWhileKeysComeAndGo(t *testing.T) {
	limits := []Limit{{Name: "a", Quota: 30, Window: time.Second}, {Name: "b", Quota: 100, Window: 5 * time.Second}}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		clock := &wallClock{now: time.Unix(1_700_000_000, 0)}
		g := NewGate(GateOptions{Clock: clock, MaxKeys: 50 + r.IntN(300)})
		spent, rings, admitted := make(map[string]*exact), uint32(0), 0
		for range 20_000 {
			clock.step(time.Duration(r.Int64N(int64(2 * time.Millisecond))))
			if r.IntN(3000) == 0 {
				clock.step(time.Duration(r.Int64N(int64(2 * idleLifetime))))
			}
			key := fmt.Sprint(r.IntN(1 + r.IntN(200)))
			charges := []Charge{{Limit: &limits[0], Key: key, Cost: 1 + r.Int64N(3)}, {Limit: &limits[1], Key: key, Cost: 1 + r.Int64N(3)}}[r.IntN(2):]
			d := admit(t, g, charges...)
			for i := range g.shards {
				rings = max(rings, g.shards[i].rings.count[0]+g.shards[i].rings.count[1])
			}
			if !d.Admitted {
				continue
			}
			admitted++
			for _, c := range charges {
				e := spent[c.Limit.Name+key]
				if e == nil {
					e = &exact{limit: c.Limit}
					spent[c.Limit.Name+key] = e
				}
				for len(e.spent) > 0 && clock.now.Sub(e.spent[0].at) >= c.Limit.Window {
					e.spent = e.spent[1:]
				}
				e.spent = append(e.spent, spend{clock.now, c.Cost})
				if used := e.used(clock.now); used > c.Limit.Quota {
					t.Fatalf("seed %d: %d of %s for key %s in one window", seed, used, c.Limit.Name, key)
				}
			}
		}
		if rings == 0 || admitted < 1000 {
			t.Errorf("seed %d: %d were admitted and a shard had %d rings", seed, admitted, rings)
		}
	}
}
