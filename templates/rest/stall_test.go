package rest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// adversity is a server that resets connections, stalls for a while and has another tenant on the
// same quota, and a client with few connections and short deadlines.
type adversity struct {
	quota    int64
	window   time.Duration
	conns    int
	callers  int
	patience time.Duration // of half of the callers; the others wait for as long as it takes
	resets   float64
	stalls   time.Duration // the longest
	every    time.Duration // about how often
	tenant   int64         // units a window of the other one
	transit  time.Duration
	lasts    time.Duration
}

// run returns the requests of the client as the server saw them.
func (a adversity) run(t *testing.T, seed uint64) (*journal, ratelimit.Limit) {
	n := newNetwork(seed, 3*time.Millisecond)
	limit := ratelimit.Limit{Name: "each", Quota: a.quota, Window: a.window, Unit: "requests"}
	op := []Operation{{ID: "get", Method: "GET", Path: "/thing", Idempotent: true, Rates: []Rate{{Cost: 1}}}}
	gate, j := ratelimit.NewGate(ratelimit.GateOptions{}), &journal{}
	server, err := NewServer(ServerConfig{Limits: []ratelimit.Limit{limit}, Operations: op, Schemas: []Schema{{}}}, []ServerOption{WithEnforcer(gate)})
	if err != nil {
		t.Fatal(err)
	}
	server.Handle(0, func(x *Exchange) error {
		return x.Run(func(context.Context) error { return x.Empty(http.StatusNoContent, nil) })
	})
	client := n.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.resume()
		j.add(arrival{time.Now(), map[string]int64{"each": 1}})
		if n.chance(a.resets) {
			panic(http.ErrAbortHandler)
		}
		time.Sleep(n.between(0, 20*time.Millisecond))
		server.ServeHTTP(w, r)
	}), &http.Transport{MaxConnsPerHost: a.conns, MaxIdleConnsPerHost: 8})
	options := []ClientOption{WithHTTPClient(client), WithMaxRetries(2)}
	if a.transit > 0 {
		options = append(options, WithTransit(a.transit))
	}
	c, err := NewClient(ClientConfig{BaseURL: "http://api.test", Limits: []ratelimit.Limit{limit}, Operations: op}, options)
	if err != nil {
		t.Fatal(err)
	}
	a.live(t, n, c, gate, &limit, seed)
	return j, limit
}

// live lets all of them do what they do until the time is over, and then waits for the last calls.
func (a adversity) live(t *testing.T, n *network, c *Client, gate *ratelimit.Gate, limit *ratelimit.Limit, seed uint64) {
	ctx, cancel := context.WithTimeout(t.Context(), a.lasts)
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() { a.trouble(ctx, n, gate, limit, rand.New(rand.NewPCG(seed, 1))) })
	var succeeded atomic.Int64
	for i := range a.callers {
		group.Go(func() {
			for ctx.Err() == nil {
				calling, stop := context.WithCancel(t.Context()) // these end by themselves
				if i%2 == 0 {
					calling, stop = context.WithTimeout(t.Context(), a.patience)
				}
				err := DoEmpty(calling, c.NewCall(0))
				stop()
				switch {
				case err == nil:
					succeeded.Add(1)
				case errors.Is(err, ratelimit.ErrLimited): // at once, since the deadline comes first
					time.Sleep(a.patience / 2)
				}
			}
		})
	}
	group.Wait() // in virtual time an endless wait is a deadlock, which fails the test
	if len(c.Usage()) > 0 && c.Usage()[0].InFlight != 0 {
		t.Errorf("all calls have ended, but %+v", c.Usage())
	}
	if succeeded.Load() < a.quota {
		t.Errorf("%d calls succeeded", succeeded.Load())
	}
}

// trouble is what the server and the other tenant do.
func (a adversity) trouble(ctx context.Context, n *network, gate *ratelimit.Gate, limit *ratelimit.Limit, r *rand.Rand) {
	next := time.Now().Add(a.every / 2)
	for ctx.Err() == nil {
		pause := time.Second
		if a.tenant > 0 {
			pause = time.Duration(r.Int64N(int64(2*a.window) / a.tenant))
			_, _ = gate.Admit(ctx, []ratelimit.Charge{{Limit: limit, Key: "", Cost: 1}})
		}
		time.Sleep(pause)
		if a.stalls > 0 && time.Now().After(next) {
			stall := a.stalls/3 + time.Duration(r.Int64N(int64(a.stalls)*2/3))
			n.stop(stall)
			next = time.Now().Add(stall + a.every/2 + time.Duration(r.Int64N(int64(a.every))))
		}
	}
}

// TestClientInAdversity asserts what the README promises: whatever happens to connections, and
// while the server stalls for no longer than 6 times Transit, no window sees more than the quota of
// the client; and all calls end.
func TestClientInAdversity(t *testing.T) {
	for _, a := range []adversity{
		{quota: 100, window: time.Second, callers: 150, patience: time.Second, stalls: 30 * time.Second, every: time.Minute},
		{quota: 100, window: time.Second, conns: 4, callers: 60, patience: time.Second, stalls: 50 * time.Second, every: time.Minute, resets: 0.05},
		{quota: 20, window: 10 * time.Second, conns: 2, callers: 30, patience: 3 * time.Second, stalls: 30 * time.Second, every: 40 * time.Second, resets: 0.2},
		{quota: 20, window: time.Second, conns: 1, callers: 12, patience: 500 * time.Millisecond, stalls: 5 * time.Second, every: 10 * time.Second,
			resets: 0.2, tenant: 10, transit: time.Second},
		{quota: 5, window: time.Second, conns: 1, callers: 8, patience: 2 * time.Second, resets: 0.2, tenant: 2},
		{quota: 150, window: 5 * time.Second, conns: 3, callers: 40, patience: time.Second, stalls: 20 * time.Second, every: 30 * time.Second, tenant: 75},
	} {
		a.lasts = 4 * time.Minute
		seeds := uint64(3)
		if testing.Short() {
			seeds = 1
		}
		for seed := range seeds {
			t.Run(fmt.Sprintf("%+v/%d", a, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					j, limit := a.run(t, seed)
					if most := j.worst(&limit); most > a.quota {
						t.Errorf("%d in one window, quota %d", most, a.quota)
					}
				})
			})
		}
	}
}
