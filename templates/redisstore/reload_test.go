package redisstore

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
	"github.com/limitgen/limitgen/templates/rest"
)

// sold is the file of overrides that all processes watch, and how many of them have applied it.
type sold struct {
	file    string
	applied atomic.Int64
}

func newSold(t *testing.T) *sold {
	s := &sold{file: filepath.Join(t.TempDir(), "sold.json")}
	s.write(t, `{"each": {"quota": 40}}`)
	return s
}

func (s *sold) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// change writes the file and returns when all processes have applied it.
func (s *sold) change(t *testing.T, text string, processes int64) {
	t.Helper()
	s.applied.Store(0)
	s.write(t, text)
	for s.applied.Load() < processes {
		time.Sleep(10 * time.Millisecond)
	}
}

// reload watches the file, each process at times of its own.
func (s *sold) reload(t *testing.T, of func(ctx context.Context, file string, told func(error)) error) {
	t.Helper()
	time.Sleep(130 * time.Millisecond)
	if err := of(t.Context(), s.file, func(err error) {
		if err != nil {
			t.Error(err)
		}
		s.applied.Add(1)
	}); err != nil {
		t.Fatal(err)
	}
}

// record is what arrived at a vendor, or was admitted by servers.
type record struct {
	mu sync.Mutex
	at []time.Time
}

func (r *record) add() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = append(r.at, time.Now())
}

// most returns the most that a window has which begins and ends between two times.
func (r *record) most(window time.Duration, from, to time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	most := 0
	for i, first := range r.at {
		if first.Before(from) {
			continue
		}
		n := 0
		for _, at := range r.at[i:] {
			if at.Sub(first) < window && at.Before(to) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// steps lowers the quota from 40 to 15 and raises it to 60, while many send, and checks what r saw:
// never more than the larger of both quotas, and the new one once all processes have it, with a
// while of settling.
func (s *sold) steps(t *testing.T, processes int64, r *record, settling time.Duration) {
	t.Helper()
	begin := time.Now()
	time.Sleep(10 * time.Second)
	s.change(t, `{"each": {"quota": 15}}`, processes)
	lowered := time.Now().Add(settling)
	time.Sleep(10 * time.Second)
	raising := time.Now()
	s.change(t, `{"each": {"quota": 60}}`, processes)
	raised := time.Now().Add(settling)
	time.Sleep(10 * time.Second)
	end := time.Now()
	for _, c := range []struct {
		while           string
		from, to        time.Time
		atMost, atLeast int
	}{
		{"before the quota is raised", begin, raising, 40, 30},
		{"with the lower quota", lowered, raising, 15, 10},
		{"from the lower quota on", lowered, end, 60, 45},
		{"with the higher quota", raised, end, 60, 45},
	} {
		if n := r.most(time.Second, c.from, c.to); n > c.atMost || n < c.atLeast {
			t.Errorf("%s a window has up to %d, want at most %d and at least %d", c.while, n, c.atMost, c.atLeast)
		}
	}
}

var reloaded = []ratelimit.Limit{{API: "api", Name: "each", Quota: 100, Window: time.Second, Unit: "requests"}}

// TestReloadOfAFleet edits the file that three clients with a store each watch while all of them
// send as much as they can. Their looks at the file come one after the other, as in a roll-out.
func TestReloadOfAFleet(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		const processes = 3
		ctx, cancel := context.WithCancel(t.Context())
		sold, vendor := newSold(t), &record{}
		var wg sync.WaitGroup
		var stores []*Store
		for range processes {
			store := newStore(t, redis.client(), Options{})
			stores = append(stores, store)
			c, err := rest.NewClient(rest.ClientConfig{
				BaseURL: "http://api.test", Limits: reloaded,
				Operations: []rest.Operation{{ID: "get", Method: "GET", Path: "/a", Rates: []rest.Rate{{Cost: 1}}}},
			}, []rest.ClientOption{rest.WithLimiter(store.Limiter()), rest.WithHTTPClient(&http.Client{Transport: arriving{vendor}})})
			if err != nil {
				t.Fatal(err)
			}
			sold.reload(t, c.Reload)
			for range 32 {
				wg.Go(func() {
					for ctx.Err() == nil {
						if err := rest.DoEmpty(ctx, c.NewCall(0)); err != nil && ctx.Err() == nil {
							t.Error(err)
							return
						}
					}
				})
			}
		}
		sold.steps(t, processes, vendor, time.Second)
		cancel()
		wg.Wait()
		for _, store := range stores {
			if err := store.Close(context.WithoutCancel(ctx)); err != nil {
				t.Error(err)
			}
		}
	})
}

// arriving carries requests to a vendor that refuses nothing.
type arriving struct{ vendor *record }

func (a arriving) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(eachWay())
	a.vendor.add()
	time.Sleep(eachWay())
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Header: http.Header{}, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// TestReloadOfReplicas edits the file that three servers with a store each watch while they are
// asked for more than they may admit. A lower quota holds for each decision that is made by it.
func TestReloadOfReplicas(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		const processes = 3
		ctx, cancel := context.WithCancel(t.Context())
		sold, admitted := newSold(t), &record{}
		var wg sync.WaitGroup
		for range processes {
			store := newStore(t, redis.client(), Options{})
			m, err := rest.NewMiddleware(rest.ServerConfig{
				Limits:     reloaded,
				Operations: []rest.Operation{{ID: "get", Method: "GET", Path: "/a", Rates: []rest.Rate{{Cost: 1}}}},
			}, []rest.ServerOption{rest.WithEnforcer(store.Enforcer()), rest.WithErrorLog(nil)})
			if err != nil {
				t.Fatal(err)
			}
			sold.reload(t, m.Reload)
			h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				admitted.add()
				w.WriteHeader(http.StatusNoContent)
			}))
			for range 4 {
				wg.Go(func() {
					for ctx.Err() == nil {
						w := httptest.NewRecorder()
						h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/a", nil))
						if w.Code != http.StatusNoContent && w.Code != http.StatusTooManyRequests && ctx.Err() == nil {
							t.Errorf("status %d", w.Code)
							return
						}
						time.Sleep(10*time.Millisecond + eachWay())
					}
				})
			}
		}
		sold.steps(t, processes, admitted, 0)
		cancel()
		wg.Wait()
	})
}
