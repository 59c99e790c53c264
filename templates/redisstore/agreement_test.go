package redisstore

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestGeneratedClientIsNotRefusedOverRedis: a client's Pacer at full demand and a server over Redis
// agree on every quota. No call is refused, no window holds more than the quota, and nearly all of
// it is used.
func TestGeneratedClientIsNotRefusedOverRedis(t *testing.T) {
	redis := startRedis(t)
	for _, quota := range []int64{1, 10, 60, 112, 113, 1000, 6000} {
		for _, window := range []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour} {
			for i, handler := range []time.Duration{0, 60 * time.Millisecond, 200 * time.Millisecond} {
				if quota > 200 && (i != 1 || window == time.Hour) || testing.Short() && i > 0 {
					continue
				}
				for _, callers := range []int{1, 8} {
					t.Run(fmt.Sprintf("%d in %v, %d callers, %v", quota, window, callers, handler), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { agree(t, redis, quota, window, handler, callers) })
					})
				}
			}
		}
	}
}

func agree(t *testing.T, redis *server, quota int64, window, handler time.Duration, callers int) {
	s := newStore(t, redis.client(), Options{Prefix: fmt.Sprintf("agree%d", time.Now().UnixNano())})
	enforcer, pacer := s.Enforcer(), ratelimit.NewPacer(ratelimit.PacerOptions{})
	l := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: quota, Window: window, Unit: "requests"}
	charges := []ratelimit.Charge{{Limit: l, Key: t.Name(), Cost: 1}}
	const way = 4 * time.Millisecond
	var mu sync.Mutex
	var at []time.Time
	var group sync.WaitGroup
	enough := int(2*quota + 1)
	for range callers {
		group.Go(func() {
			for {
				permit, err := pacer.Acquire(t.Context(), charges)
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(way)
				mu.Lock() // Redis decides in the order of time
				d, err := enforcer.Admit(t.Context(), charges)
				at = append(at, time.Now())
				over := len(at) >= enough || err != nil || !d.Admitted
				if over && len(at) < enough {
					t.Errorf("request %d was refused: %+v, %v", len(at), d, err)
					enough = 0
				}
				mu.Unlock()
				time.Sleep(handler + way)
				if permit.Done(); over {
					return
				}
			}
		})
	}
	if group.Wait(); enough == 0 {
		return
	}
	for i := range at[min(len(at), int(quota)):] {
		if at[i+int(quota)].Sub(at[i]) < window {
			t.Fatalf("%d in less than a window", quota+1)
		}
	}
	rtt := handler + 2*way
	least := max(2*(window+rtt), time.Duration(2*quota)*rtt/time.Duration(callers))
	if took := at[enough-1].Sub(at[0]); float64(took) > float64(least)/0.97 {
		t.Errorf("%d requests took %v: %.1f %% of what can be had", enough, took, 100*float64(least)/float64(took))
	}
}
