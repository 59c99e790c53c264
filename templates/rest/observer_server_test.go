package rest

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

func TestServerObserver(t *testing.T) {
	var l listener
	clock := &clientClock{}
	s, _ := testServer(t, func(c *ServerConfig) { c.API = "users" }, WithObserver(l.observer()), WithClock(clock), WithBasePath("/v1"))
	post(t, s, "/v1/acme/users", `{"name":"ann"}`)
	l.expect(t,
		"admitted registerUser register/1 #0 [] wait=0s took=0s 0",
		"done registerUser register/1 #0 [] wait=0s took=0s 201")
	done := l.events[len(l.events)-1]
	if done.API != "users" || done.Role != "server" || done.Path != "/v1/{org}/users" || done.Method != "POST" || done.Scheme != "http" {
		t.Errorf("got %+v", done)
	}
	post(t, s, "/v1/acme/users", `[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"},{"name":"e"}]`)
	l.expect(t,
		"refused registerUsers register/5 #0 [register] wait=1m0s took=0s 0",
		"done registerUsers register/5 #0 [] wait=0s took=0s 429")
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/v1/acme", nil))
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/other", nil))
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("OPTIONS", "/v1/acme/users", nil))
	l.expect(t,
		"done  #0 [] wait=0s took=0s 404",
		"done  #0 [] wait=0s took=0s 404",
		"done  #0 [] wait=0s took=0s 204")
}

func TestServerObserverOfFailures(t *testing.T) {
	var l listener
	s, _ := testServer(t, nil, WithObserver(Observer{Done: l.observer().Done}))
	for _, how := range []string{"api", "panic"} {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/acme/fail/"+how, nil))
	}
	if len(l.events) != 2 || l.events[0].Err == nil || l.events[1].Status != http.StatusInternalServerError {
		t.Errorf("got %+v", l.events)
	}
}

// An Enforcer may refuse without reporting the state of its counters.
func TestServerObserverOfAnotherEnforcer(t *testing.T) {
	var l listener
	s, _ := testServer(t, nil, WithEnforcer(silent(false)), WithObserver(Observer{Refused: l.observer().Refused}))
	post(t, s, "/acme/users", `{"name":"ann"}`)
	if len(l.events) != 1 || strings.Join(l.events[0].Limits, " ") != "register" {
		t.Errorf("got %+v", l.events)
	}
}

// A function that panics gives back the place that the request had.
func TestServerObserverPanics(t *testing.T) {
	s, _ := testServer(t, func(c *ServerConfig) {
		c.Limits = []ratelimit.Limit{{Name: "slots", Quota: 2, Unit: "concurrent-requests"}}
	},
		WithObserver(Observer{Admitted: func(context.Context, CallEvent) { panic("of a test") }}))
	for range 5 {
		if w := ask(s, "POST", "/acme/users", `{"name":"ann"}`); w.Code != http.StatusInternalServerError {
			t.Errorf("status %d", w.Code)
		}
	}
}

// TestServerObserverAllocates: a request allocates as much with an observer as without one.
func TestServerObserverAllocates(t *testing.T) {
	count := func(context.Context, CallEvent) {}
	runs := func(options ...ServerOption) float64 {
		s, _ := testServer(t, nil, options...)
		fewest := math.Inf(1) // pools that are emptied, as the race detector does at random, make it more
		for range 300 {
			fewest = min(fewest, testing.AllocsPerRun(1, func() {
				s.ServeHTTP(nowhere{}, httptest.NewRequest("GET", "/acme/search?n=1", nil))
			}))
		}
		return fewest
	}
	without, with := runs(), runs(WithObserver(Observer{Admitted: count, Refused: count, Done: count}))
	if with > without {
		t.Errorf("%v allocations without, %v with", without, with)
	}
}

// nowhere is a writer that discards answers.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

func BenchmarkServerObserver(b *testing.B) {
	count := func(context.Context, CallEvent) {}
	for name, options := range map[string][]ServerOption{
		"nobody": nil, "somebody": {WithObserver(Observer{Admitted: count, Refused: count, Done: count})},
	} {
		b.Run(name, func(b *testing.B) {
			s, _ := testServer(b, func(c *ServerConfig) { c.Operations[2].Rates = []Rate{{Cost: 1}} },
				append(options, WithOverrides(map[string]ratelimit.Amount{"register": {Quota: 1 << 40}}))...)
			r := httptest.NewRequest("GET", "/acme/search?n=1", nil)
			b.ReportAllocs()
			for b.Loop() {
				s.ServeHTTP(nowhere{}, r)
			}
		})
	}
}
