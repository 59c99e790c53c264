package rest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// metricsOf returns what a core has seen of each limit, by name.
func metricsOf(c *Client) map[string]ratelimit.LimitMetrics {
	all := make(map[string]ratelimit.LimitMetrics)
	for _, m := range c.LimitMetrics() {
		all[m.Limit] = m
	}
	return all
}

// pacedCore returns a core over a pacer, for two limits of which the first holds calls up.
func pacedCore(limits ...ratelimit.Limit) *Client {
	return &Client{limits: ratelimit.NewSchedule(limits, nil), limiter: ratelimit.NewPacer(ratelimit.PacerOptions{}), clock: ratelimit.SystemClock(), meters: ratelimit.NewMeters("api", "client", limits, nil)}
}

// A call that waits for one of its limits says nothing of the other: that is as used as what is
// counted in it, and has held up none.
func TestWaitFillsOnlyTheLimitThatHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pacedCore(ratelimit.Limit{Name: "fast", Quota: 20, Window: time.Second}, ratelimit.Limit{Name: "daily", Quota: 1000, Window: 24 * time.Hour})
		call := func() {
			permit, _, err := c.acquire(t.Context(), []ratelimit.Charge{{Limit: &c.limits.Limits()[0], Key: "", Cost: 1}, {Limit: &c.limits.Limits()[1], Key: "", Cost: 1}}, new(waitTrace))
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(10 * time.Millisecond)
			permit.Done()
		}
		var work sync.WaitGroup
		for range 8 {
			work.Go(func() {
				for range 3 {
					call()
				}
			})
		}
		time.Sleep(500 * time.Millisecond)
		if m := metricsOf(c); m["fast"].Used != 20 || m["daily"].Used != 20 || m["fast"].Waiting != 4 {
			t.Errorf("while four wait: %+v", m)
		}
		work.Wait()
		used := make(map[string]int64)
		for _, u := range c.Usage() {
			used[u.Limit] = u.Used
		}
		m := metricsOf(c)
		if m["daily"].Used != 24 || used["daily"] != 24 || m["daily"].Quota != 1000 || m["daily"].Waited != 0 {
			t.Errorf("daily: %+v, usage says %d", m["daily"], used["daily"])
		}
		if m["fast"].Used != 20 || m["fast"].Waited < 3*time.Second || m["fast"].Waited > 5*time.Second {
			t.Errorf("fast: %+v", m["fast"])
		}
	})
}

// What holds a call up can change while it waits: each limit has its own part of the wait.
func TestWaitIsSplitBetweenLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pacedCore(ratelimit.Limit{Name: "fast", Quota: 2, Window: time.Second}, ratelimit.Limit{Name: "hourly", Quota: 4, Window: time.Hour})
		both := []ratelimit.Charge{{Limit: &c.limits.Limits()[0], Key: "", Cost: 1}, {Limit: &c.limits.Limits()[1], Key: "", Cost: 1}}
		var work sync.WaitGroup
		for range 6 {
			work.Go(func() {
				permit, _, err := c.acquire(t.Context(), both, new(waitTrace))
				if err == nil {
					permit.Done()
				}
			})
		}
		work.Wait()
		// Two go at once, two after a second, and two after an hour, of which fast held them up for
		// another second from the second on.
		near := func(got, want time.Duration) bool { return got >= want && got < want+want/100+20*time.Millisecond }
		m := metricsOf(c)
		if !near(m["fast"].Waited, 6*time.Second) || !near(m["hourly"].Waited, 2*(time.Hour-time.Second)) {
			t.Errorf("fast %v, hourly %v", m["fast"].Waited, m["hourly"].Waited)
		}
		if m["hourly"].Used != 4 || m["fast"].Used != 2 {
			t.Errorf("%+v", m)
		}
	})
}

// A call that is given up has waited for the limit that held it up, too.
func TestWaitGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pacedCore(ratelimit.Limit{Name: "slow", Quota: 1, Window: time.Hour}, ratelimit.Limit{Name: "wide", Quota: 100, Window: time.Hour})
		both := []ratelimit.Charge{{Limit: &c.limits.Limits()[0], Key: "", Cost: 1}, {Limit: &c.limits.Limits()[1], Key: "", Cost: 1}}
		permit, _, err := c.acquire(t.Context(), both, new(waitTrace))
		if err != nil {
			t.Fatal(err)
		}
		permit.Done()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		if _, _, err := c.acquire(ctx, both, new(waitTrace)); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if m := metricsOf(c); m["slow"].Waited != time.Minute || m["wide"].Waited != 0 || m["wide"].Used != 1 || m["slow"].Used != 1 {
			t.Errorf("%+v", m)
		}
	})
}
