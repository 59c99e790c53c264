package rest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// agreement is a client at full demand and a server generated from one limit, in virtual time.
type agreement struct {
	quota   int64
	window  time.Duration
	callers int
	before  time.Duration // that the server takes until it counts
	handler time.Duration // and behind that
	jitter  time.Duration // of the way, each way
	costs   int64         // up to this; the server counts items of a list
}

const windowsPlayed = 2 // behind the first, in which all of the quota is free at once

func (a agreement) rtt() time.Duration { return a.before + a.handler + 2*a.jitter }

// transport asks a server in the same process. A request takes its time to and fro.
func (a agreement) transport(handler http.Handler, r *rand.Rand) http.RoundTripper {
	var mu sync.Mutex
	way := func(ctx context.Context) {
		if a.jitter > 0 {
			mu.Lock()
			d := time.Duration(r.Int64N(int64(a.jitter)))
			mu.Unlock()
			time.Sleep(d)
		}
	}
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		way(req.Context())
		time.Sleep(a.before)
		w := httptest.NewRecorder()
		if req.Body == nil {
			req.Body = http.NoBody
		}
		handler.ServeHTTP(w, req)
		way(req.Context())
		res := w.Result()
		res.Request = req
		return res, nil
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// counted is an Enforcer that notes when each request was admitted and how many were not.
type counted struct {
	ratelimit.Enforcer
	mu      sync.Mutex
	journal journal
	units   int64
	first   time.Time
	reached time.Time // when all was admitted that is asked for
	enough  int64
	refused atomic.Int64
}

func (c *counted) Admit(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Decision, error) {
	d, err := c.Enforcer.Admit(ctx, charges)
	switch {
	case err != nil:
	case !d.Admitted:
		c.refused.Add(1)
	default:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.units == 0 {
			c.first = time.Now()
		}
		c.units += charges[0].Cost
		if c.units >= c.enough && c.reached.IsZero() {
			c.reached = time.Now()
		}
		c.journal.add(arrival{time.Now(), map[string]int64{charges[0].Limit.Name: charges[0].Cost}})
	}
	return d, err
}

// play lets callers call until the server has admitted all of the quota in windowsPlayed windows
// and one more.
func (a agreement) play(t *testing.T, seed uint64, enforcer ratelimit.Enforcer) {
	limit := ratelimit.Limit{Name: "each", Quota: a.quota, Window: a.window, Unit: "requests"}
	count := &Expr{In: InBody, Pointer: "/to"}
	operations := []Operation{{ID: "send", Method: "POST", Path: "/send", Body: Body{Kind: BodyJSON, Media: "application/json", Required: true},
		Rates: []Rate{{Count: count, Times: 1}}}}
	look := &counted{Enforcer: enforcer, enough: a.quota*(windowsPlayed+1) - a.quota + 1}
	server, err := NewServer(ServerConfig{Limits: []ratelimit.Limit{limit}, Operations: operations, Schemas: []Schema{{}}}, []ServerOption{WithEnforcer(look)})
	if err != nil {
		t.Fatal(err)
	}
	server.Handle(0, func(x *Exchange) error {
		return x.Run(func(context.Context) error {
			time.Sleep(a.handler)
			return x.JSON(http.StatusOK, struct{}{}, nil)
		})
	})
	client, err := NewClient(ClientConfig{BaseURL: "http://api.test", Limits: []ratelimit.Limit{limit}, Operations: operations},
		[]ClientOption{WithHTTPClient(&http.Client{Transport: a.transport(server, rand.New(rand.NewPCG(seed, 5)))}), WithMaxRetries(0)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	for i := range a.callers {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		group.Go(func() {
			for ctx.Err() == nil && look.done(cancel) {
				call := client.NewCall(0)
				call.JSON(map[string]any{"to": make([]int, 1+r.Int64N(max(a.costs, 1)))})
				if err := DoEmpty(ctx, call); err != nil && ctx.Err() == nil {
					t.Errorf("a call failed: %v", err)
					cancel()
					return
				}
			}
		})
	}
	group.Wait()
	a.judge(t, &limit, look)
}

func (c *counted) done(cancel func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.reached.IsZero() {
		cancel()
	}
	return c.reached.IsZero()
}

func (a agreement) judge(t *testing.T, limit *ratelimit.Limit, look *counted) {
	t.Helper()
	if n := look.refused.Load(); n > 0 {
		t.Errorf("%d of %d requests were refused", n, len(look.journal.arrivals))
	}
	if most := look.journal.worst(limit); most > a.quota {
		t.Errorf("%d in one window", most)
	}
	if a.costs > a.quota/10 {
		return // large costs have to wait for room, which another check bounds
	}
	// With little demand the callers are slower than the limit.
	demand := time.Duration(float64(look.enough) / float64(int64(a.callers)*max(1, (1+a.costs)/2)) * float64(a.rtt()))
	least := max(windowsPlayed*(a.window+a.rtt()), demand)
	if took := look.reached.Sub(look.first); float64(took) > float64(least)/0.97 {
		t.Errorf("%d units took %v: %.1f %% of what can be had", look.enough, took, 100*float64(least)/float64(took))
	}
}

// TestGeneratedClientIsNotRefusedByGeneratedServer: within the quota there is no 429, and nearly
// all of the quota is used.
func TestGeneratedClientIsNotRefusedByGeneratedServer(t *testing.T) {
	var all []agreement
	for _, quota := range []int64{1, 10, 60, 1000, 6000} {
		for _, window := range []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour} {
			for _, handler := range []time.Duration{0, 60 * time.Millisecond, 200 * time.Millisecond} {
				for _, callers := range []int{1, 8} {
					all = append(all, agreement{quota: quota, window: window, callers: callers, handler: handler})
				}
			}
			all = append(all,
				agreement{quota: quota, window: window, callers: 8, handler: 20 * time.Millisecond, jitter: 30 * time.Millisecond},
				agreement{quota: quota, window: window, callers: 3, before: 50 * time.Millisecond, handler: 5 * time.Millisecond, jitter: 10 * time.Millisecond},
				agreement{quota: quota, window: window, callers: 8, before: time.Millisecond, jitter: 5 * time.Millisecond, costs: quota / 10},
				agreement{quota: quota, window: window, callers: 8, jitter: 5 * time.Millisecond, costs: quota})
		}
	}
	for i, a := range all {
		if a.quota > 100 && i%3 > 0 || testing.Short() && i%7 > 0 {
			continue // all of them pass; a third takes a third of the time
		}
		t.Run(fmt.Sprintf("%+v", a), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { a.play(t, uint64(i), ratelimit.NewGate(ratelimit.GateOptions{})) })
		})
	}
}
