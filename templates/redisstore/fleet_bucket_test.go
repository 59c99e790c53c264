package redisstore

import (
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestFleetNeverOverfillsABucket: processes at full demand keep to a window that the API's bucket
// admits; one that is alone sends its units together.
func TestFleetNeverOverfillsABucket(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := redis.client()
		for _, limit := range []*ratelimit.Limit{
			{API: "api", Common: 2, Name: "small", Quota: 100, Window: time.Second, Burst: 30, Unit: "requests"},
			{API: "api", Common: 2, Name: "alone", Quota: 50, Window: time.Second, Burst: 20, Unit: "requests"},
			{API: "api", Common: 2, Name: "large", Quota: 100, Window: time.Second, Burst: 200, Unit: "requests"},
		} {
			var processes []*process
			for range limit.Quota / 50 { // one or two
				p := &process{client: &counting{Client: client}}
				p.store = newStore(t, p.client, Options{})
				processes = append(processes, p)
			}
			const length = 15 * time.Second
			v, _, _ := runFleet(t, length, limit, processes)
			perSecond := float64(limit.Quota) / limit.Window.Seconds()
			level, last := float64(limit.Burst), v.arrivals[0].at
			for _, a := range v.arrivals {
				level, last = min(float64(limit.Burst), level+perSecond*a.at.Sub(last).Seconds()), a.at
				if level -= float64(a.cost); level < 0 {
					t.Fatalf("%s: the bucket has %.1f units after %v", limit.Name, level, a.at.Sub(v.arrivals[0].at))
				}
			}
			if use := float64(v.total()) / (perSecond * length.Seconds()); use < 0.85 {
				t.Errorf("%s: %.1f %% of the rate was used", limit.Name, 100*use)
			}
		}
	})
}
