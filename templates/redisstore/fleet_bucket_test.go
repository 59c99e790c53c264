package redisstore

import (
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestFleetNeverOverfillsABucket: two processes at full demand keep to a window that the API's
// bucket admits.
func TestFleetNeverOverfillsABucket(t *testing.T) {
	client := newPlain(startRedis(t).addr)
	for _, limit := range []*ratelimit.Limit{
		{API: "api", Common: 2, Name: "small", Quota: 100, Window: time.Second, Burst: 30, Unit: "requests"},
		{API: "api", Common: 2, Name: "large", Quota: 50, Window: time.Second, Burst: 200, Unit: "requests"},
	} {
		var processes []*process
		for range 2 {
			p := &process{client: &counting{Client: client}}
			p.store = newStore(t, p.client, Options{})
			processes = append(processes, p)
		}
		const length = 3 * time.Second
		v, _, _ := runFleet(t, length, limit, processes)
		perSecond := float64(limit.Quota) / limit.Window.Seconds()
		level, last := float64(limit.Burst), v.arrivals[0].at
		for _, a := range v.arrivals {
			level, last = min(float64(limit.Burst), level+perSecond*a.at.Sub(last).Seconds()), a.at
			if level -= float64(a.cost); level < 0 {
				t.Fatalf("%s: the bucket has %.1f units after %v", limit.Name, level, a.at.Sub(v.arrivals[0].at))
			}
		}
		t.Logf("%s: %.1f %% of the rate was used", limit.Name, 100*float64(v.total())/(perSecond*length.Seconds()))
		if int64(v.total()) <= int64(limit.Burst) { // how much is used depends on the machine, but not that it refills
			t.Errorf("%s: only %d were sent, not more than the burst", limit.Name, v.total())
		}
	}
}
