package proof

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/redisstore"
)

// redisAgreement is a client at full demand and replicas of a server that count in Redis, in
// virtual time.
type redisAgreement struct {
	quota    int64
	window   time.Duration
	callers  int
	handler  time.Duration
	way      time.Duration // at most, each way
	replicas int
	fleet    bool // the client's limiter is over Redis too
}

// TestClientIsNotRefusedOverRedis has a client's limiter and a server's over the same rules: within
// the quota the server refuses nothing, admits no more than the quota in any window, and nearly all
// of the quota is used.
func TestClientIsNotRefusedOverRedis(t *testing.T) {
	var all []redisAgreement
	for _, quota := range []int64{1, 10, 60, 1000, 6000} {
		for _, window := range []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour} {
			for i, handler := range []time.Duration{0, 60 * time.Millisecond, 200 * time.Millisecond} {
				if quota > 100 && (i == 1 || testing.Short()) {
					continue
				}
				for _, callers := range []int{1, 8} {
					a := redisAgreement{quota: quota, window: window, callers: callers, handler: handler, replicas: 1}
					if i > 0 {
						a.replicas, a.way = 2, 5*time.Millisecond
					}
					all = append(all, a)
				}
			}
		}
		all = append(all, redisAgreement{quota: max(quota, 10), window: time.Second, callers: 8, handler: 20 * time.Millisecond, way: 5 * time.Millisecond, replicas: 2, fleet: true})
	}
	synctest.Test(t, func(t *testing.T) {
		for i, a := range all {
			a.play(t, uint64(i))
		}
	})
}

// play lets callers call until the server has admitted all of the quota in two windows behind the
// first.
func (a redisAgreement) play(t *testing.T, seed uint64) {
	limit := &ratelimit.Limit{Name: "each", Quota: a.quota, Window: a.window, Unit: "requests"}
	redis := newSimulatedRedis()
	defer redis.state.Close()
	store := func() *redisstore.Store {
		s, err := redisstore.New(&link{redis: redis, random: rand.New(rand.NewPCG(seed, 9))}, redisstore.Options{Replicas: 1})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var replicas []ratelimit.Enforcer
	for range a.replicas {
		replicas = append(replicas, store().Enforcer())
	}
	var limiter ratelimit.Limiter = ratelimit.NewPacer(ratelimit.PacerOptions{})
	if a.fleet {
		s := store()
		defer func() { _ = s.Close(t.Context()) }()
		limiter = s.Limiter()
	}
	look := &redisJournal{enough: 2*a.quota + 1}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	charge := []ratelimit.Charge{{Limit: limit, Key: "3:org3:app", Cost: 1}}
	var group sync.WaitGroup
	for i := range a.callers {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		way := func() {
			if a.way > 0 {
				time.Sleep(time.Duration(r.Int64N(int64(a.way))))
			}
		}
		group.Go(func() {
			for ctx.Err() == nil {
				permit, err := limiter.Acquire(ctx, charge)
				if err != nil {
					return // enough
				}
				way()
				d, err := replicas[r.IntN(len(replicas))].Admit(t.Context(), charge)
				if look.note(t, d, err) {
					cancel()
				}
				time.Sleep(a.handler)
				way()
				permit.Done()
			}
		})
	}
	group.Wait()
	a.judge(t, look)
}

// redisJournal is when a server admitted what.
type redisJournal struct {
	mu      sync.Mutex
	enough  int64
	at      []time.Time
	refused int
}

// note notes a decision, and reports whether there are enough.
func (j *redisJournal) note(t *testing.T, d ratelimit.Decision, err error) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case int64(len(j.at)) >= j.enough:
		return true
	case err != nil:
		t.Errorf("a decision failed: %v", err)
		return true
	case d.Admitted:
		j.at = append(j.at, time.Now())
	default:
		j.refused++
	}
	return int64(len(j.at)) >= j.enough
}

func (a redisAgreement) judge(t *testing.T, look *redisJournal) {
	t.Helper()
	name := fmt.Sprintf("%+v", a)
	if look.refused > 0 {
		t.Errorf("%s: %d of %d were refused", name, look.refused, len(look.at))
	}
	for i := a.quota; i < int64(len(look.at)); i++ {
		// The answer of Redis takes a moment, the same one each time.
		if look.at[i].Sub(look.at[i-a.quota]) < a.window-time.Millisecond {
			t.Errorf("%s: more than the quota in a window", name)
			break
		}
	}
	if a.fleet {
		return // a fleet's tests have its use
	}
	trip := a.handler + a.way + 400*time.Microsecond // to Redis and back
	demand := time.Duration(float64(look.enough) / float64(a.callers) * float64(trip))
	best := max(2*(a.window+trip), demand)
	if took := look.at[len(look.at)-1].Sub(look.at[0]); float64(took) > float64(best)/0.97 {
		t.Errorf("%s: %.1f %% used", name, 100*float64(best)/float64(took))
	}
}
