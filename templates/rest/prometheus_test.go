package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// figures stands in for a client or a server.
type figures []ratelimit.LimitMetrics

func (s figures) LimitMetrics() []ratelimit.LimitMetrics { return s }

func exposition(sources ...interface {
	LimitMetrics() []ratelimit.LimitMetrics
}) string {
	w := httptest.NewRecorder()
	PrometheusHandler(sources...).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func TestMetricsText(t *testing.T) {
	const want = `# HELP limitgen_limit_used Most that any one counter of the limit had in use within the last minute; all of the quota when a request did not fit.
# TYPE limitgen_limit_used gauge
limitgen_limit_used{api="x",role="client",limit="a\"\\\n{}�"} 5
limitgen_limit_used{api="x",role="server",limit="b"} 0
# HELP limitgen_limit_quota What that counter can hold: the quota, or the burst, with plans, overrides and shares applied.
# TYPE limitgen_limit_quota gauge
limitgen_limit_quota{api="x",role="client",limit="a\"\\\n{}�"} 6
limitgen_limit_quota{api="x",role="server",limit="b"} 1e+06
# HELP limitgen_limit_admitted_total Requests that the limit let through.
# TYPE limitgen_limit_admitted_total counter
limitgen_limit_admitted_total{api="x",role="client",limit="a\"\\\n{}�"} 11
limitgen_limit_admitted_total{api="x",role="server",limit="b"} 12
# HELP limitgen_limit_refused_total Requests that the limit did not let through.
# TYPE limitgen_limit_refused_total counter
limitgen_limit_refused_total{api="x",role="client",limit="a\"\\\n{}�"} 22
limitgen_limit_refused_total{api="x",role="server",limit="b"} 0
# HELP limitgen_limit_waiting Calls that wait for the limiter now.
# TYPE limitgen_limit_waiting gauge
limitgen_limit_waiting{api="x",role="client",limit="a\"\\\n{}�"} 3
# HELP limitgen_limit_waited_seconds_total Time for which the limit held calls up.
# TYPE limitgen_limit_waited_seconds_total counter
limitgen_limit_waited_seconds_total{api="x",role="client",limit="a\"\\\n{}�"} 1.75
# HELP limitgen_limit_exceeded_total Answers that said too many requests, for each limit that can be the reason.
# TYPE limitgen_limit_exceeded_total counter
limitgen_limit_exceeded_total{api="x",role="client",limit="a\"\\\n{}�"} 4
`
	hostile := "a\"\\\n{}\xff"
	got := exposition(
		figures{{API: "x", Role: "client", Limit: hostile, Used: 4, Quota: 10, Admitted: 10, Refused: 20, Exceeded: 4, Waiting: 1, Waited: time.Second}},
		figures{{API: "x", Role: "server", Limit: "b", Quota: 1_000_000, Admitted: 12}},
		figures{{API: "x", Role: "client", Limit: hostile, Used: 5, Quota: 6, Admitted: 1, Refused: 2, Waiting: 2, Waited: 750 * time.Millisecond}},
	)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestServerMetrics(t *testing.T) {
	s, _ := testServer(t, func(c *ServerConfig) { c.API = "users" })
	for range 6 {
		post(t, s, "/acme/users", `{"name":"ann"}`)
	}
	post(t, s, "/other/users", `{"name":"bob"}`)
	got := s.LimitMetrics()
	want := ratelimit.LimitMetrics{API: "users", Role: "server", Limit: "register", Used: 5, Quota: 5, Admitted: 6, Refused: 1}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v", got)
	}
}

func post(t *testing.T, s *Server, path, body string) {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	s.ServeHTTP(httptest.NewRecorder(), r)
}

// To the refused caller, a refusal is a used-up quota, though a few units are left.
func TestServerMetricsOfLargeCosts(t *testing.T) {
	s, _ := testServer(t, nil)
	many := `[` + strings.Repeat(`{"name":"ann"},`, 2) + `{"name":"ann"}]`
	post(t, s, "/acme/users", many)
	if m := s.LimitMetrics()[0]; m.Used != 3 {
		t.Errorf("before: %+v", m)
	}
	post(t, s, "/acme/users", many)
	if m := s.LimitMetrics()[0]; m.Used != 5 || m.Refused != 1 || m.Admitted != 1 {
		t.Errorf("after: %+v", m)
	}
}

// An Enforcer that keeps its states to itself and has no method Highest.
type silent bool

func (admits silent) Admit(context.Context, []ratelimit.Charge) (ratelimit.Decision, error) {
	return ratelimit.Decision{Admitted: bool(admits)}, nil
}

func TestServerMetricsOfAnotherEnforcer(t *testing.T) {
	for _, admits := range []silent{true, false} {
		s, _ := testServer(t, nil, WithEnforcer(admits))
		post(t, s, "/acme/users", `{"name":"ann"}`)
		want := ratelimit.LimitMetrics{Role: "server", Limit: "register", Quota: 5, Admitted: 1}
		if !admits {
			want.Admitted, want.Refused = 0, 1
		}
		if m := s.LimitMetrics()[0]; m != want {
			t.Errorf("got %+v", m)
		}
	}
}

func TestClientMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := http.StatusOK
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }, WithShare(0.5), WithToken(StaticToken("x")), WithMaxRetries(0))
		half := c.limits.Limits()[0].Quota / 2
		if m := c.LimitMetrics()[0]; m.Quota != half || m.Used != 0 {
			t.Errorf("before the first call: %+v", m)
		}
		begin := time.Now()
		for range half + 1 {
			if err := clientGet(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		waited := time.Since(begin)
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		for range half {
			if err := clientGet(ctx, c); err != nil && !errors.Is(err, ratelimit.ErrLimited) {
				t.Fatal(err)
			}
		}
		m := c.LimitMetrics()[0]
		want := fmt.Sprint(half, half, half*2, 1, waited)
		if got := fmt.Sprint(m.Used, m.Quota, m.Admitted, m.Refused, m.Waited); got != want || m.Role != "client" {
			t.Errorf("got %s, want %s: %+v", got, want, m)
		}
		status = http.StatusTooManyRequests
		time.Sleep(time.Minute)
		if err := clientGet(t.Context(), c); err == nil {
			t.Fatal("a 429 gave no error")
		}
		if m := c.LimitMetrics()[0]; m.Exceeded != 1 || m.Waiting != 0 {
			t.Errorf("after a 429: %+v", m)
		}
	})
}

func TestClientMetricsCountWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientCore(t, func(http.ResponseWriter, *http.Request) {}, WithToken(StaticToken("x")))
		for range c.limits.Limits()[0].Quota + 3 {
			go func() { _ = clientGet(t.Context(), c) }()
		}
		synctest.Wait()
		if m := c.LimitMetrics()[0]; m.Waiting != 3 {
			t.Errorf("got %+v", m)
		}
		time.Sleep(time.Hour)
		if m := c.LimitMetrics()[0]; m.Waiting != 0 || m.Waited <= 0 {
			t.Errorf("got %+v", m)
		}
	})
}

// A limiter may tell what is in use, and not remember what was.
func TestClientMetricsOfAnotherLimiter(t *testing.T) {
	c := clientCore(t, nil, WithLimiter(&clientTeller{}))
	if m := c.LimitMetrics()[0]; m.Used != 9 || m.Quota != 10 {
		t.Errorf("got %+v", m)
	}
	if s := c.Snapshot()[0]; len(s.Counters) != 2 || s.Counters[0].Key != "b" {
		t.Errorf("got %+v", s)
	}
}

type clientTeller struct{ clientFree }

func (c *clientTeller) Highest() []ratelimit.Usage { return ratelimit.HighestOf(c.Usage()) }

func (*clientTeller) Usage() []ratelimit.Usage {
	return []ratelimit.Usage{{Limit: "each", Key: "a", Used: 2, Quota: 10}, {Limit: "each", Key: "b", Used: 9, Quota: 10}}
}

func TestMetricsWithoutLimits(t *testing.T) {
	c := clientCore(t, func(http.ResponseWriter, *http.Request) {}, WithToken(StaticToken("x")), WithoutLimits())
	if err := clientGet(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, m := range c.LimitMetrics() {
		if m.Admitted != 0 || m.Used != 0 || m.Quota == 0 {
			t.Errorf("got %+v", m)
		}
	}
}

func BenchmarkServerMeter(b *testing.B) {
	s, _ := testServer(b, nil)
	charges := []ratelimit.Charge{{Limit: &s.config.Limits[0], Cost: 1}}
	d := &ratelimit.Decision{Admitted: true, Limits: []ratelimit.State{{Limit: &s.config.Limits[0], Remaining: 3}}}
	b.ReportAllocs()
	for b.Loop() {
		s.meters.Decided(charges, d)
	}
}
