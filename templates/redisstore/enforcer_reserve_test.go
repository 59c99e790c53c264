package redisstore

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestCancelledWindowsHold reserves through the scripts at random times, gives some of it back a
// while later, and holds every window of what stays against a plain log.
func TestCancelledWindowsHold(t *testing.T) {
	client := &at{plain: newPlain(startRedis(t).addr)}
	s := newStore(t, client, Options{})
	limits := []ratelimit.Limit{
		{API: "api", Common: 2, Name: "a", Quota: 10, Window: time.Second}, {Name: "b", Quota: 400, Window: time.Minute},
		{API: "api", Common: 2, Name: "utc", Quota: 50, Window: 10 * time.Second, UTC: true}, {Name: "burst", Quota: 20, Window: time.Second, Burst: 5},
	}
	type spent struct {
		at, cost int64
		gone     bool
	}
	type pending struct {
		at      int64
		charges []ratelimit.Charge
		states  []ratelimit.State
		log     []*spent
	}
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 1))
		logs := make([][]*spent, len(limits))
		var open []pending
		cancelled, admitted := 0, 0
		now := int64(1_790_000_000_000_000) + r.Int64N(1e9)
		for range 1500 {
			client.general = r.IntN(4) == 0
			now += r.Int64N([]int64{10, 40_000, 1_000_000}[r.IntN(3)])
			client.now = now
			if len(open) > 0 && r.IntN(2) == 0 {
				k := r.IntN(len(open))
				p := open[k]
				open = append(open[:k], open[k+1:]...)
				if r.IntN(3) > 0 {
					s.giveBackRates(p.charges, p.states, s.clock.Now().Add(-time.Duration(now-p.at)*time.Microsecond), p.at)
					cancelled++
					for _, e := range p.log {
						e.gone = true
					}
				}
				continue
			}
			p := pending{at: now}
			for i := range limits {
				if r.IntN(2) == 0 {
					cost := 1 + r.Int64N(4)
					p.charges = append(p.charges, ratelimit.Charge{Limit: &limits[i], Key: fmt.Sprintf("1:%d", seed), Cost: cost})
					p.log = append(p.log, &spent{at: now, cost: cost})
				}
			}
			if len(p.charges) == 0 {
				continue
			}
			d, err := newDecisionRequest(s, p.charges).ask(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !d.Admitted {
				continue
			}
			admitted++
			p.states = d.Limits
			for k, c := range p.charges {
				for i := range limits {
					if c.Limit == &limits[i] {
						logs[i] = append(logs[i], p.log[k])
					}
				}
			}
			open = append(open, p)
		}
		for i, log := range logs {
			l := &limits[i]
			window := l.Window.Microseconds()
			for end := range log {
				sum := int64(0)
				for begin := end; begin >= 0 && (l.UTC && log[begin].at/window == log[end].at/window || !l.UTC && log[end].at-log[begin].at < window); begin-- {
					if !log[begin].gone {
						sum += log[begin].cost
					}
				}
				if sum > l.Quota+l.Burst {
					t.Fatalf("seed %d: %d of %s in one window", seed, sum, l.Name)
				}
			}
		}
		if cancelled < 100 || admitted < 200 {
			t.Fatalf("seed %d: %d cancelled of %d", seed, cancelled, admitted)
		}
	}
}

// TestCancelSpendsNothing asks over and over what another limit refuses, in each kind of limit and
// with both scripts.
func TestCancelSpendsNothing(t *testing.T) {
	client := &at{plain: newPlain(startRedis(t).addr)}
	s := newStore(t, client, Options{})
	for _, general := range []bool{false, true} {
		for _, l := range []ratelimit.Limit{
			{API: "api", Common: 2, Name: "roll", Quota: 5, Window: time.Minute}, {Name: "utc", Quota: 5, Window: time.Minute, UTC: true},
			{API: "api", Common: 2, Name: "bucket", Quota: 5, Window: time.Minute, Burst: 5}, {Name: "large", Quota: 70_000, Window: time.Minute},
		} {
			t.Run(fmt.Sprint(l.Name, general), func(t *testing.T) {
				client.general, client.now = general, 1_790_000_040_007_000 // never just at the edge of a grain
				charges := []ratelimit.Charge{{Limit: &l, Key: fmt.Sprint("1:", general), Cost: l.Quota / 5}}
				ask := func(cancelled bool) bool {
					d, err := newDecisionRequest(s, charges).ask(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					client.now += 20_000
					if d.Admitted && cancelled {
						s.giveBackRates(charges, d.Limits, s.clock.Now().Add(-20*time.Millisecond), client.now-20_000)
					}
					return d.Admitted
				}
				for range 4 {
					if !ask(false) {
						t.Fatal("the quota is not free")
					}
				}
				lost := 0
				for range 300 { // 6 s, in two grains
					if !ask(true) {
						lost++
					}
				}
				if lost > 0 || !ask(false) {
					t.Errorf("%d refused, though nothing was spent", lost)
				}
				client.now += 60_000_000 // and a unit
				for range 4 {
					if !ask(false) {
						t.Error("not free a window after it was spent")
					}
				}
			})
		}
	}
}

// TestReserve goes through what a server calls, with a Redis that is there and one that is not.
func TestReserve(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		e := newStore(t, redis.client(), Options{}).Enforcer().(ratelimit.Reserver)
		l := &ratelimit.Limit{API: "api", Common: 2, Name: "l", Quota: 1, Window: time.Minute}
		d, cancel, err := e.Reserve(t.Context(), []ratelimit.Charge{{Limit: l, Key: "1:k", Cost: 1}})
		if err != nil || !d.Admitted || cancel == nil {
			t.Fatal(d, err)
		}
		if d, cancel, _ := e.Reserve(t.Context(), []ratelimit.Charge{{Limit: l, Key: "1:k", Cost: 1}}); d.Admitted || cancel != nil {
			t.Fatal("more than the quota")
		}
		cancel()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
			if d, err := e.Admit(t.Context(), []ratelimit.Charge{{Limit: l, Key: "1:k", Cost: 1}}); err != nil {
				t.Fatal(err)
			} else if d.Admitted {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("what was given back cannot be had")
			}
		}
		c := &ratelimit.Limit{API: "api", Common: 2, Name: "c", Quota: 1, Unit: "concurrent-requests"}
		if d, cancel, err := e.Reserve(t.Context(), []ratelimit.Charge{{Limit: c, Cost: 1}}); err != nil || !d.Admitted || cancel != nil || d.Release == nil {
			t.Error("concurrent requests are given back by Done", d, err)
		}
		if _, cancel, err := e.Reserve(t.Context(), []ratelimit.Charge{{Limit: l, Cost: 2}}); err == nil || cancel != nil {
			t.Error("a cost above the quota")
		}
	})
}

// TestPlansOfOneCounter has callers of plans with other widths of cost in one counter.
func TestPlansOfOneCounter(t *testing.T) {
	client := &at{plain: newPlain(startRedis(t).addr), now: 1_790_000_000_000_000}
	s := newStore(t, client, Options{})
	for _, general := range []bool{false, true} {
		client.general = general
		small, large := &ratelimit.Limit{API: "api", Common: 2, Name: "l", Quota: 100, Window: time.Minute}, &ratelimit.Limit{API: "api", Common: 2, Name: "l", Quota: 1000, Window: time.Minute}
		admitted := map[*ratelimit.Limit]int{}
		for i := range 2500 {
			client.now += 1000
			l := large
			if i%5 == 0 {
				l = small
			}
			d, err := newDecisionRequest(s, []ratelimit.Charge{{Limit: l, Key: fmt.Sprint("1:", general), Cost: 1}}).ask(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if d.Admitted {
				admitted[l]++
			}
		}
		if sum := admitted[small] + admitted[large]; sum != 1000 || admitted[small] != 20 {
			t.Errorf("%d of 1000, and %d in the smaller plan", sum, admitted[small])
		}
	}
}
