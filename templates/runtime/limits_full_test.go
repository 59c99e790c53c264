package runtime

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// metricsOf returns what a core has seen of each limit, by name.
func metricsOf(c *core) map[string]LimitMetrics {
	all := make(map[string]LimitMetrics)
	for _, m := range c.metrics() {
		all[m.Limit] = m
	}
	return all
}

// pacedCore is a core over a pacer, for two limits of which the first holds calls up.
func pacedCore(limits ...Limit) *core {
	return &core{limits: limits, limiter: NewPacer(PacerOptions{}), clock: systemClock{}, meters: newMeters(limits)}
}

// A call that waits for one of its limits says nothing of the other: that is as used as what is
// counted in it, and has held up none.
func TestWaitFillsOnlyTheLimitThatHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pacedCore(Limit{Name: "fast", Quota: 20, Window: time.Second}, Limit{Name: "daily", Quota: 1000, Window: 24 * time.Hour})
		call := func() {
			permit, _, err := c.acquire(t.Context(), []Charge{{&c.limits[0], "", 1}, {&c.limits[1], "", 1}})
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
		for _, u := range c.usage() {
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
		c := pacedCore(Limit{Name: "fast", Quota: 2, Window: time.Second}, Limit{Name: "hourly", Quota: 4, Window: time.Hour})
		both := []Charge{{&c.limits[0], "", 1}, {&c.limits[1], "", 1}}
		var work sync.WaitGroup
		for range 6 {
			work.Go(func() {
				permit, _, err := c.acquire(t.Context(), both)
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
		c := pacedCore(Limit{Name: "slow", Quota: 1, Window: time.Hour}, Limit{Name: "wide", Quota: 100, Window: time.Hour})
		both := []Charge{{&c.limits[0], "", 1}, {&c.limits[1], "", 1}}
		permit, _, err := c.acquire(t.Context(), both)
		if err != nil {
			t.Fatal(err)
		}
		permit.Done()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		if _, _, err := c.acquire(ctx, both); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if m := metricsOf(c); m["slow"].Waited != time.Minute || m["wide"].Waited != 0 || m["wide"].Used != 1 || m["slow"].Used != 1 {
			t.Errorf("%+v", m)
		}
	})
}

// The counter that holds the first of its queue up is full, and so is it when a call that needs
// more than is left waits; calls of other limits behind that change nothing for theirs.
func TestHighestOfTheHeadOfTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &Limit{Name: "first", Quota: 10, Window: time.Hour}
		second := &Limit{Name: "second", Quota: 10, Window: time.Hour}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{first, "", 7}, Charge{second, "", 1}).Done()
		for range 3 {
			go func() { _, _ = p.Acquire(t.Context(), []Charge{{first, "", 5}, {second, "", 2}}) }()
		}
		time.Sleep(30 * time.Minute) // no peak is as old
		got := make(map[string]int64)
		for _, u := range p.Highest() {
			got[u.Limit] = u.Used
		}
		if got["first"] != 10 || got["second"] != 1 {
			t.Errorf("%v", got)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
	})
}
