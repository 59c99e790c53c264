package decisions

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/limitgen/limitgen/gen/ratelimit"
)

const fuzzSteps = 1_000_000

// jump is a clock that a fuzz moves.
type jump struct {
	ratelimit.Clock
	now time.Time
}

func (j *jump) Now() time.Time { return j.now }

// history is all that was let through of one limit of one key in the window that ends now.
type history struct {
	at   []time.Time
	cost []int64
	sum  int64
}

// add counts a cost, and returns what the window that it ends holds.
func (h *history) add(now time.Time, cost int64, window time.Duration) int64 {
	for len(h.at) > 0 && now.Sub(h.at[0]) >= window {
		h.sum -= h.cost[0]
		h.at, h.cost = h.at[1:], h.cost[1:]
	}
	h.at, h.cost, h.sum = append(h.at, now), append(h.cost, cost), h.sum+cost
	return h.sum
}

// violations lets a gate decide a million times at random: on some of four limits, on one of a few
// keys, with costs from one to all of the quota, after pauses from none to longer than a window. An
// exact log checks each.
func violations() (bad, admitted int) {
	limits := []ratelimit.Limit{
		{Name: "a", Quota: 40, Window: time.Second}, {Name: "b", Quota: 6000, Window: time.Minute},
		{Name: "c", Quota: 7, Window: 3 * time.Millisecond}, {Name: "d", Quota: 1 << 40, Window: 24 * time.Hour},
	}
	r := rand.New(rand.NewPCG(3, 4))
	clock := &jump{now: time.Unix(1_800_000_000, 0)}
	g := ratelimit.NewGate(ratelimit.GateOptions{Clock: clock, MaxKeys: 40})
	seen := make(map[string]*history)
	for range fuzzSteps {
		clock.now = clock.now.Add(time.Duration(r.Int64N(1 + r.Int64N(1+r.Int64N(int64(200*time.Millisecond))))))
		if r.IntN(5000) == 0 {
			clock.now = clock.now.Add(time.Duration(r.Int64N(int64(2 * time.Hour))))
		}
		key := fmt.Sprint(r.IntN(1 + r.IntN(30)))
		var charges []ratelimit.Charge
		for i := range limits {
			if r.IntN(2) == 0 {
				cost := 1 + r.Int64N(1+r.Int64N(1+r.Int64N(limits[i].Quota)))
				charges = append(charges, ratelimit.Charge{Limit: &limits[i], Key: key, Cost: cost})
			}
		}
		d, err := g.Decide(charges, nil)
		if err != nil || !d.Admitted {
			continue
		}
		admitted++
		for _, c := range charges {
			id := c.Limit.Name + "/" + key
			if seen[id] == nil {
				seen[id] = &history{}
			}
			if seen[id].add(clock.now, c.Cost, c.Limit.Window) > c.Limit.Quota {
				bad++
			}
		}
	}
	return bad, admitted
}
