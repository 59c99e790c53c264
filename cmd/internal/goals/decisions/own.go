package decisions

import (
	"time"

	"github.com/limitgen/limitgen/gen/ratelimit"
)

// gate makes a contestant of a generated server's Gate: three limits with costs, all or nothing.
// distinct gives each limit a partition key of its own.
func gate(perSecond int64, distinct bool) contestant {
	limits := [3]ratelimit.Limit{
		{Name: "each", Quota: perSecond, Window: time.Second},
		{Name: "messages", Quota: 60 * perSecond, Window: time.Minute},
		{Name: "hourly", Quota: 3600 * perSecond, Window: time.Hour},
	}
	g := ratelimit.NewGate(ratelimit.GateOptions{MaxKeys: 4 * manyKey})
	name := "this, one key for all three"
	if distinct {
		name = "this, a key for each"
	}
	return contestant{name: name, limits: 3, distinct: distinct, worker: func() func(string) error {
		charges, states, turn := make([]ratelimit.Charge, 3), make([]ratelimit.State, 0, 3), int64(0)
		return func(key string) error {
			turn++
			for i := range charges {
				charges[i] = ratelimit.Charge{Limit: &limits[i], Key: key, Cost: 1 + (turn+int64(i))&1}
				if distinct {
					charges[i].Key = key[i:]
				}
			}
			_, err := g.Decide(charges, states)
			return err
		}
	}}
}

// contestants returns new limiters, the peers' and ours.
func contestants(quota int64) (all []contestant, err error) {
	for _, make := range peers {
		c, err := make(quota)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return append(all, gate(quota, false), gate(quota, true)), nil
}

// still is a clock that does not advance, so that no key becomes idle while heap is measured.
type still struct{ ratelimit.Clock }

func (still) Now() time.Time { return time.Unix(1_800_000_000, 0) }

// oneLimit makes a contestant of a Gate that counts one limit, on a clock that does not advance.
func oneLimit(quota int64, window time.Duration) (contestant, error) {
	limit := ratelimit.Limit{Name: "each", Quota: quota, Window: window}
	g := ratelimit.NewGate(ratelimit.GateOptions{MaxKeys: 4 * manyKey, Clock: still{}})
	charges, states := make([]ratelimit.Charge, 1), make([]ratelimit.State, 0, 1)
	return alike("this", func(key string) error {
		charges[0] = ratelimit.Charge{Limit: &limit, Key: key, Cost: 1}
		_, err := g.Decide(charges, states)
		return err
	}), nil
}
