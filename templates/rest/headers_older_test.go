package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

var olderLimits = []ratelimit.Limit{
	{Name: "each", Quota: 10, Window: time.Second, Unit: "requests"},
	{Name: "minute", Quota: 100, Window: time.Minute, Unit: "requests"},
	{Name: "units", Quota: 500, Window: time.Minute, Unit: "messages"},
	{Name: "hour", Quota: 100, Window: time.Hour, Unit: "requests"},
	{Name: "slots", Quota: 3, Unit: "concurrent-requests"},
}

// chargesTo names limits of olderLimits by their initials.
func chargesTo(initials string) []ratelimit.Charge {
	var list []ratelimit.Charge
	for i := range olderLimits {
		if strings.Contains(initials, olderLimits[i].Name[:1]) {
			list = append(list, ratelimit.Charge{Limit: &olderLimits[i], Cost: 1})
		}
	}
	return list
}

func olderHeader(fields string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(fields) {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	return h
}

func TestClientOlderRemainders(t *testing.T) {
	type left struct {
		name             string
		remaining, reset int64
	}
	tests := []struct {
		fields, limits string
		want           []left
	}{
		{"RateLimit: limit=100, remaining=5, reset=9", "m", []left{{"minute", 5, 9}}},
		{"RateLimit: reset=9,limit=100;x=1 ,remaining=5, more=\"a,b\"", "m", []left{{"minute", 5, 9}}},
		{"RateLimit-Limit: 100\nRateLimit-Remaining: 5\nRateLimit-Reset: 9", "m", []left{{"minute", 5, 9}}},
		{"RateLimit-Limit: 100, 100;w=60\nRateLimit-Remaining: 5\nRateLimit-Reset: 9", "em", []left{{"minute", 5, 9}}},
		// The window decides where the quota is of two limits, or of none.
		{"RateLimit: limit=100, remaining=5, reset=9", "mh", []left{{"", 5, 9}}},
		{"RateLimit: limit=100, remaining=5, reset=9\nRateLimit-Policy: 10;w=1, 100;w=3600", "emh", []left{{"hour", 5, 9}}},
		{"RateLimit: limit=100, remaining=5, reset=9\nRateLimit-Policy: 100;w=60, 100;w=3600", "emh", []left{{"", 5, 9}}},
		{"RateLimit: limit=300, remaining=5, reset=9\nRateLimit-Policy: 300;w=60", "em", []left{{"minute", 5, 9}}},
		{"RateLimit: limit=300, remaining=5, reset=9", "m", []left{{"", 5, 9}}},
		{"RateLimit: limit=100, remaining=5, reset=9\nRateLimit-Policy: 100;w=86400", "m", []left{{"", 5, 9}}},
		// What ends later than in a window is of a longer one.
		{"RateLimit: limit=100, remaining=5, reset=61", "m", []left{{"minute", 5, 61}}},
		{"RateLimit: limit=100, remaining=5, reset=62", "m", []left{{"", 5, 62}}},
		{"RateLimit: limit=100, remaining=5, reset=900", "mh", []left{{"hour", 5, 900}}},
		// Of two limits in one window, the one with the quota; a quota that no limit has counts
		// requests.
		{"RateLimit: limit=500, remaining=5, reset=9\nRateLimit-Policy: 500;w=60", "mu", []left{{"units", 5, 9}}},
		{"RateLimit: limit=300, remaining=5, reset=9\nRateLimit-Policy: 300;w=60", "u", []left{{"", 5, 9}}},
		{"RateLimit: limit=3, remaining=0, reset=9", "s", []left{{"", 0, 9}}},
		// The current form wins, and so does RateLimit over the separate fields.
		{"RateLimit: \"minute\";r=7;t=8, limit=100, remaining=5\nRateLimit-Remaining: 1", "m", []left{{"minute", 7, 8}}},
		{"RateLimit: limit=100, remaining=5, reset=9\nRateLimit-Remaining: 1\nRateLimit-Reset: 1", "m", []left{{"minute", 5, 9}}},
		// Invalid numbers and duplicate keys are ignored.
		{"RateLimit: limit=100, remaining=-5, reset=1e99", "m", nil},
		{"RateLimit: limit=100, remaining=5, remaining=6, reset=9", "m", []left{{"minute", -1, 9}}},
		{"RateLimit: limit=99999999999999999999, remaining=5, reset=+9", "m", []left{{"", 5, -1}}},
		{"RateLimit: limit=100, remaining=5 6, reset=9", "m", []left{{"minute", -1, 9}}},
		{"RateLimit: limit=100, remaining=5\nRateLimit: limit=100, remaining=6", "m", nil},
		{"RateLimit: =,;\"\\, limit==", "m", nil},
		{"RateLimit-Limit: 100\nRateLimit-Remaining: 5, 6\nRateLimit-Reset: 9.5", "m", nil},
		{"RateLimit-Limit: 100\nRateLimit-Remaining: 5\nRateLimit-Remaining: 5\nRateLimit-Reset: -9", "m", nil},
		{"RateLimit-Limit: 100\nRateLimit-Remaining: 5\nRateLimit-Reset: 1795600000", "m", []left{{"minute", 5, -1}}}, // a time of day
		{"X-RateLimit-Remaining: 5\nX-RateLimit-Reset: 9", "m", nil},
	}
	for _, test := range tests {
		var got []left
		for _, p := range remainders(olderHeader(test.fields), chargesTo(test.limits)) {
			got = append(got, left{p.name, p.remaining, p.reset})
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s, limits %s: got %+v, want %+v", test.fields, test.limits, got, test.want)
		}
	}
}

func TestClientAdoptsOlderPolicies(t *testing.T) {
	for _, test := range []struct {
		fields, limits string
		want           []string
	}{
		{"RateLimit-Policy: 4;w=1", "em", []string{"lower each 4"}},
		{"RateLimit-Policy: 4;w=1, 50;w=60;comment=\"a, b\", 10;w=3600", "em", []string{"lower each 4", "lower minute 50"}},
		{"RateLimit-Policy: 10;w=1, 200;w=60", "em", nil},                        // ours, and more
		{"RateLimit-Policy: 4;w=1, 3;w=1, 5;w=1", "e", []string{"lower each 3"}}, // all of them hold
		{"RateLimit-Policy: \"each\";q=6;w=1, \"each\";q=5;w=1, 7;w=1", "e", []string{"lower each 5"}},
		{"RateLimit-Policy: 300;w=60, 50;w=60", "mu", []string{"lower minute 50"}}, // as 500 messages are none of requests
		{"RateLimit-Limit: 4, 4;w=1", "em", []string{"lower each 4"}},
		{"RateLimit-Limit: 4", "e", nil}, // in which window?
		{"RateLimit: limit=4, remaining=4, reset=1", "e", nil},
		{"RateLimit-Policy: 4, 4;w=0, 0;w=1, -4;w=1, 4;w=-1, 4;w=99999999999999999999, 1e0;w=1, \"4\";w=1", "e", nil},
	} {
		limiter := &clientLimiter{}
		c := clientCore(t, nil, WithLimiter(limiter))
		p := &progress{call: c.NewCall(callGet)}
		p.adopt(t.Context(), &answer{res: &http.Response{Header: olderHeader(test.fields)}, charges: chargesTo(test.limits)})
		if got := limiter.taken(); !slices.Equal(got, test.want) {
			t.Errorf("%s, limits %s: got %v, want %v", test.fields, test.limits, got, test.want)
		}
	}
}

// A refusal says how long to wait, whatever limit it is of, unless that limit has enough left.
func TestClientWaitsForOlderResets(t *testing.T) {
	for _, test := range []struct {
		fields string
		wait   time.Duration
		limits []string
	}{
		{"RateLimit: limit=10, remaining=0, reset=2", 2 * time.Second, []string{"each"}},
		{"RateLimit: limit=77, remaining=0, reset=3", 3 * time.Second, nil},
		{"RateLimit-Reset: 3", 3 * time.Second, nil},
		{"RateLimit: limit=77, remaining=9, reset=3000", 0, nil},
		{"RateLimit: limit=10, remaining=0, reset=2\nRetry-After: 1", time.Second, []string{"each"}},
		{"RateLimit-Reset: 1795600000", 0, nil},
	} {
		header := olderHeader(test.fields)
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range header {
				w.Header()[name] = values
			}
			w.WriteHeader(http.StatusTooManyRequests)
		}, WithMaxRetries(0))
		var api *APIError
		if err := clientGet(t.Context(), c); !errors.As(err, &api) || api.RetryAfter != test.wait || !slices.Equal(api.Limits, test.limits) {
			t.Errorf("%s: %v, wait %v, limits %q", test.fields, err, api.RetryAfter, api.Limits)
		}
	}
}

func TestClientBoundsTheNamesOfAServer(t *testing.T) {
	field := strings.Repeat(`"each";r=0, `, 40) + `"` + strings.Repeat("x", 5000) + `";r=0`
	for i := range 100 {
		field += `, "` + strings.Repeat("y", i+1) + `";r=0`
	}
	c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { clientAnswer(429, "RateLimit", field)(w) }, WithMaxRetries(0))
	var api *APIError
	if err := clientGet(t.Context(), c); !errors.As(err, &api) {
		t.Fatal(err)
	}
	if len(api.Limits) != mostNames || api.Limits[0] != "each" || api.Limits[1] != "y" {
		t.Errorf("got %d names: %.40q", len(api.Limits), api.Limits)
	}
}

func FuzzOlderRateLimitFields(f *testing.F) {
	for _, s := range []string{"limit=100, remaining=5, reset=9", "100;w=60, 10;w=1", "100, 100;w=60", "5", "-1", "1e99", "limit=\"", "99999999999999999999", "a=b;c=d,,"} {
		f.Add(s, s, s)
	}
	charges := chargesTo("emuhs")
	f.Fuzz(func(t *testing.T, left, policies, figures string) {
		h := http.Header{
			"Ratelimit": {left}, "Ratelimit-Policy": {policies, policies}, "Ratelimit-Limit": {figures},
			"Ratelimit-Remaining": {figures}, "Ratelimit-Reset": {figures},
		}
		for range 2 {
			for _, p := range append(remainders(h, charges), quotas(h, charges)...) {
				if p.remaining < -1 || p.reset < -1 || p.quota < -1 || p.window < -1 {
					t.Errorf("%+v", p)
				}
			}
			delete(h, "Ratelimit")
		}
	})
}
