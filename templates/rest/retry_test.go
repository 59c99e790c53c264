package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// clientAnswers returns a handler that gives one answer after the other, and 200 after the last.
func clientAnswers(times *[]time.Time, list ...func(http.ResponseWriter)) clientHandler {
	return func(w http.ResponseWriter, _ *http.Request) {
		*times = append(*times, time.Now())
		if n := len(*times); n <= len(list) {
			list[n-1](w)
		}
	}
}

// clientAnswer answers with headers, given in pairs, and a body if the pairs are odd.
func clientAnswer(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for len(header) > 1 {
			w.Header().Add(header[0], header[1])
			header = header[2:]
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, strings.Join(header, ""))
	}
}

func TestClientWaitsAsTold(t *testing.T) {
	date := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		answer func(http.ResponseWriter)
		least  time.Duration
	}{
		{"seconds", clientAnswer(429, "Retry-After", "5"), 5 * time.Second},
		{"date", clientAnswer(429, "Date", date.Format(http.TimeFormat), "Retry-After", date.Add(7*time.Second).Format(http.TimeFormat)), 7 * time.Second},
		{"t", clientAnswer(429, "RateLimit", `"other";r=9;t=50, "each";r=0;t=3`), 3 * time.Second},
		{"Retry-After beats t", clientAnswer(429, "Retry-After", "2", "RateLimit", `"each";r=0;t=30`), 2 * time.Second},
		{"nothing said", clientAnswer(429), firstBackoff},
		{"named by the spec", clientAnswer(403, "Retry-After", "4", `{"error":"slow_down"}`), 4 * time.Second},
		{"503", clientAnswer(503, "Retry-After", "6"), 6 * time.Second},
		{"503, nothing said", clientAnswer(503), firstBackoff},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			var times []time.Time
			c := clientCore(t, clientAnswers(&times, test.answer))
			if err := clientGet(t.Context(), c); err != nil || len(times) != 2 {
				t.Fatalf("%s: %d requests, %v", test.name, len(times), err)
			}
			waited := times[1].Sub(times[0])
			if most := test.least + test.least/10 + 101*time.Millisecond; waited < test.least || waited > most {
				t.Errorf("%s: waited %v, want %v to %v", test.name, waited, test.least, most)
			}
		})
	}
}

func TestClientDoesNotRetry(t *testing.T) {
	get := clientGet
	post := func(ctx context.Context, c *Client) error {
		r := c.NewCall(callPost)
		r.JSON(1)
		return DoEmpty(ctx, r)
	}
	tests := []struct {
		name    string
		answer  func(http.ResponseWriter)
		send    func(context.Context, *Client) error
		options []ClientOption
		sends   int
	}{
		{"not a matter of time", clientAnswer(429, `{"error":"resource_limited"}`), get, nil, 1},
		{"after the deadline", clientAnswer(429, "Retry-After", "7200"), get, nil, 1},
		{"not idempotent", clientAnswer(503), post, nil, 1},
		{"another error", clientAnswer(500), get, nil, 1},
		{"no retries", clientAnswer(429), get, []ClientOption{WithMaxRetries(0)}, 1},
		{"fail fast", clientAnswer(429), get, []ClientOption{WithFailFast()}, 1},
		{"bounded", clientAnswer(429), post, nil, 4},
		{"bounded 503", clientAnswer(503), get, []ClientOption{WithMaxRetries(2)}, 3},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			n, begin := 0, time.Now()
			c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { n++; test.answer(w) }, test.options...)
			err := test.send(ctx, c)
			var api *APIError
			if !errors.As(err, &api) || n != test.sends {
				t.Errorf("%s: %d requests, %v", test.name, n, err)
			}
			if test.sends == 1 && time.Since(begin) != 0 {
				t.Errorf("%s: waited %v", test.name, time.Since(begin))
			}
		})
	}
}

func TestClientBacksOffLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Time
		no := clientAnswer(429)
		c := clientCore(t, clientAnswers(&times, no, no, no, no, no, no, no, no, no), WithMaxRetries(9))
		if err := clientGet(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for i, least := 1, firstBackoff; i < len(times); i, least = i+1, min(2*least, lastBackoff) {
			if waited := times[i].Sub(times[i-1]); waited < least || waited > least+least/10+101*time.Millisecond {
				t.Errorf("wait %d was %v, want about %v", i, waited, least)
			}
		}
	})
}

func TestClientCancelledWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { clientAnswer(429, "Retry-After", "60")(w) })
		time.AfterFunc(3*time.Second, cancel)
		begin := time.Now()
		err := clientGet(ctx, c)
		var api *APIError
		if !errors.Is(err, context.Canceled) || !errors.As(err, &api) || time.Since(begin) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

func TestClientBlocksWhatIsViolated(t *testing.T) {
	problem := `{"violated-policies":["units"]}`
	tests := []struct {
		name   string
		answer func(http.ResponseWriter)
		want   []string // after the acquisitions
		limits []string
	}{
		{"problem", clientAnswer(429, "RateLimit", `"each";r=0;t=1`, problem), []string{"block units", "done"}, []string{"units"}},
		{"header", clientAnswer(429, "RateLimit", `"each";r=0;t=1, "units";r=500;t=9`), []string{"block each", "done"}, []string{"each"}},
		{"header, too little left", clientAnswer(429, "RateLimit", `"each";r=1;t=1, "units";r=2;t=9`), []string{"block units", "done"}, []string{"units"}},
		{"unknown name", clientAnswer(429, "RateLimit", `"x";r=0;t=1`), []string{"block each", "block units", "done"}, []string{"x"}},
		{"nothing", clientAnswer(429), []string{"block each", "block units", "done"}, nil},
		{"not a matter of time", clientAnswer(429, `{"error":"resource_limited"}`), []string{"done"}, nil},
	}
	for _, test := range tests {
		limiter := &clientLimiter{}
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { test.answer(w) }, WithLimiter(limiter), WithMaxRetries(0))
		r := c.NewCall(callPost)
		r.JSON(map[string]any{"to": []int{1, 2, 3}})
		err := DoEmpty(t.Context(), r)
		var api *APIError
		if !errors.As(err, &api) || !slices.Equal(api.Limits, test.limits) {
			t.Errorf("%s: %v names %q", test.name, err, api.Limits)
		}
		if got := limiter.taken()[2:]; !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// A call that is blocked by another's 429 waits too.
func TestClientHoldsOthersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Time
		c := clientCore(t, clientAnswers(&times, clientAnswer(429, "Retry-After", "5")), WithMaxRetries(0))
		if err := clientGet(t.Context(), c); err == nil {
			t.Fatal("no error")
		}
		if err := clientGet(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if waited := times[1].Sub(times[0]); waited < 5*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestClientAdoptsSmallerQuotas(t *testing.T) {
	for header, want := range map[string][]string{
		`"each";q=4;w=1`:                    {"lower each 4"},
		`"each";q=4`:                        {"lower each 4"},
		`"each";q=10;w=1, "other";q=1;w=1`:  nil, // ours, and another client's
		`"each";q=20;w=1`:                   nil, // never rise
		`"each";q=4;w=60`:                   nil, // another window: not comparable
		`"each";q=4;w=1;qu="content-bytes"`: nil,
		`"each";q=0;w=1`:                    nil,
		`garbage ,, "each" ; q=3 ; w=1;;x`:  {"lower each 3"},
		`"each";q=-4;w=1, "each";q=x, each`: nil,
	} {
		limiter := &clientLimiter{}
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { clientAnswer(200, "RateLimit-Policy", header)(w) }, WithLimiter(limiter))
		if err := clientGet(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got := limiter.taken()[2:]; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", header, got, want)
		}
	}
}
