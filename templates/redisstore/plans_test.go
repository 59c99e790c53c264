package redisstore

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestPlansShareACounter has a caller whose plan changes at any time, also back and forth. All
// costs are in one counter: each decision is by the quota of the plan of the moment, and no window
// sees more than the larger of both.
func TestPlansShareACounter(t *testing.T) {
	client := &at{plain: newPlain(startRedis(t).addr)}
	s := newStore(t, client, Options{})
	// Windows are long beside what a step takes: Redis forgets counters by its own clock.
	for _, plans := range [][2]ratelimit.Limit{
		{{Name: "r", Quota: 10, Window: 20 * time.Second}, {Name: "r", Quota: 40, Window: 20 * time.Second}},
		{{Name: "wide", Quota: 200, Window: time.Minute}, {Name: "wide", Quota: 70_000, Window: time.Minute}},
		{{Name: "u", Quota: 50, Window: 10 * time.Second, UTC: true}, {Name: "u", Quota: 80, Window: 10 * time.Second, UTC: true}},
		{{Name: "b", Quota: 20, Window: 20 * time.Second, Burst: 5}, {Name: "b", Quota: 100, Window: 20 * time.Second, Burst: 30}},
		{{Name: "c", Quota: 10, Window: 20 * time.Second, Burst: 30}, {Name: "c", Quota: 50, Window: 20 * time.Second, Burst: 3}},
	} {
		t.Run(plans[0].Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, uint64(plans[0].Quota)))
			window := plans[0].Window.Microseconds()
			most := max(plans[0].Quota, plans[1].Quota)
			if plans[0].Burst > 0 {
				most += max(plans[0].Burst, plans[1].Burst)
			}
			type spent struct{ at, cost int64 }
			var log []spent
			now, admitted := int64(1_790_000_000_000_000), [2]int64{}
			for step := range 3000 {
				now += r.Int64N(window / 20)
				client.now, client.general = now, r.IntN(4) == 0
				which := r.IntN(2)
				if step/100%2 == 0 {
					which = step / 200 % 2 // for a while the same
				}
				l := &plans[which]
				cost := 1 + r.Int64N(max(capacity(l)/8, 1))
				d, err := newDecisionRequest(s, []ratelimit.Charge{{Limit: l, Key: "k", Cost: cost}}).ask(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if d.Limits[0].Violated && d.Limits[0].Wait <= 0 {
					t.Fatalf("step %d: a refusal without a wait", step)
				}
				if !d.Admitted {
					continue
				}
				admitted[which] += cost
				log = append(log, spent{now, cost})
				from, sum, own := now-window, int64(0), int64(0)
				if l.UTC {
					from = now - now%window - 1
				}
				for _, e := range log {
					if e.at > from {
						sum += e.cost
					}
				}
				if own = l.Quota; l.Burst == 0 && sum > own {
					t.Fatalf("step %d: %d in a window by a plan of %d", step, sum, own)
				}
				if sum > most {
					t.Fatalf("step %d: %d in a window, the larger plan has %d", step, sum, most)
				}
			}
			if admitted[0] == 0 || admitted[1] == 0 {
				t.Errorf("admitted %v: the test tests nothing", admitted)
			}
		})
	}
	// A cost under one plan counts under the other.
	for i, kind := range []ratelimit.Limit{{API: "api", Common: 2, Quota: 10, Window: time.Hour}, {API: "api", Common: 2, Quota: 10, Window: time.Hour, UTC: true}, {API: "api", Common: 2, Quota: 10, Window: time.Hour, Burst: 10}} {
		client.now = 1_790_000_000_000_000
		small, large := kind, kind
		small.Name = fmt.Sprint("both", i)
		large.Name, large.Quota, large.Burst = small.Name, 30, 3*kind.Burst
		for _, step := range []struct {
			limit *ratelimit.Limit
			cost  int64
			want  bool
		}{{&large, 25, true}, {&small, 1, false}, {&large, 5, true}, {&large, 1, false}, {&small, 1, false}} {
			d, err := newDecisionRequest(s, []ratelimit.Charge{{Limit: step.limit, Key: "both", Cost: step.cost}}).ask(t.Context())
			if err != nil || d.Admitted != step.want {
				t.Errorf("%s: a cost of %d of %d: %+v %v", step.limit.Name, step.cost, step.limit.Quota, d, err)
			}
		}
	}
}
