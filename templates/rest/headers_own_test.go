package rest

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestClientReadsFieldsAsDeclared holds that fields of the API's own are read in the form that the
// table declares, each for its limit, and that others say nothing.
func TestClientReadsFieldsAsDeclared(t *testing.T) {
	requests := ratelimit.Limit{Name: "requests", Quota: 100, Window: time.Minute, Unit: "requests", Alias: "API_Default"}
	tokens := ratelimit.Limit{Name: "tokens", Quota: 9000, Window: time.Minute, Unit: "tokens"}
	tests := []struct {
		as, fields                  string
		quota, remaining, reset     int64
		tokensRemaining, tokensLeft int64 // reset in tokensLeft
	}{
		{"seconds", "X-Limit: 60\nX-Remaining: 5\nX-Reset: 9.2", 60, 5, 10, -1, -1},
		{"milliseconds", "X-Remaining: 5.9\nX-Reset: 1500", -1, 5, 2, -1, -1},
		{"duration", "X-Remaining: 0\nX-Reset: 1m30s\nX-Tokens: 17", -1, 0, 90, 17, -1},
		{"epoch-seconds", "Date: Sun, 06 Nov 1994 08:49:37 GMT\nX-Reset: 784111787", -1, -1, 10, -1, -1},
		{"epoch-seconds", "Date: Sun, 06 Nov 1994 08:49:37 GMT\nX-Reset: 5", -1, -1, 0, -1, -1},
		{"rfc3339", "Date: Sun, 06 Nov 1994 08:49:37 GMT\nX-Reset: 1994-11-06T08:50:00Z", -1, -1, 23, -1, -1},
		{"rfc3339", "X-Reset: tomorrow\nX-Limit: many\nX-Remaining: -1", -2, 0, 0, -1, -1},
		{"seconds", "X-Remaining: 5\nX-Remaining: 6", -2, 0, 0, -1, -1},
		{"duration", "X-Reset: 1e400s", -2, 0, 0, -1, -1},
		{"seconds", "X-Reset: 99999999999999999999", -1, -1, int64(maxRetryAfter / time.Second), -1, -1},
	}
	for _, tt := range tests {
		requests.Announced = ratelimit.Announced{Quota: "X-Limit", Remaining: "X-Remaining", Reset: "X-Reset", ResetAs: tt.as}
		tokens.Announced = ratelimit.Announced{Remaining: "X-Tokens"}
		charges := []ratelimit.Charge{{Limit: &requests, Cost: 1}, {Limit: &requests, Key: "b", Cost: 1}, {Limit: &tokens, Cost: 1}}
		list := ownFields(olderHeader(tt.fields), charges)
		want := []policy{{name: "requests", quota: tt.quota, remaining: tt.remaining, reset: tt.reset, window: -1}}
		if tt.quota == -2 {
			want = nil
		}
		if tt.tokensRemaining >= 0 {
			want = append(want, policy{name: "tokens", quota: -1, remaining: tt.tokensRemaining, reset: tt.tokensLeft, window: -1})
		}
		if len(list) != len(want) {
			t.Errorf("%s %q: %+v", tt.as, tt.fields, list)
			continue
		}
		for i := range want {
			if list[i] != want[i] {
				t.Errorf("%s %q: %+v, want %+v", tt.as, tt.fields, list[i], want[i])
			}
		}
	}
}

// TestClientKnowsAliases holds that an API's own names of policies are those of the table.
func TestClientKnowsAliases(t *testing.T) {
	l := ratelimit.Limit{Name: "each", Quota: 100, Window: time.Minute, Unit: "requests", Alias: "API_Default"}
	charges := []ratelimit.Charge{{Limit: &l, Cost: 1}}
	left := remainders(olderHeader(`RateLimit: "API_Default";r=7;t=3, "other";r=1`), charges)
	if len(left) != 2 || left[0].name != "each" || left[0].remaining != 7 || left[1].name != "other" {
		t.Errorf("left %+v", left)
	}
	lower := quotas(olderHeader(`RateLimit-Policy: "API_Default";q=50;w=60`), charges)
	if len(lower) != 1 || !lower[0].lowers(&l) {
		t.Errorf("quotas %+v", lower)
	}
}

// TestServerSendsFieldsAsDeclared has a middleware announce what is left in fields of the API's
// own, admitting and refusing, and a client understand it.
func TestServerSendsFieldsAsDeclared(t *testing.T) {
	for _, c := range []struct{ as, reset, later string }{
		{"seconds", "60", "59"}, {"milliseconds", "60000", "58500"}, {"duration", "1m0s", "58.5s"},
		{"epoch-seconds", "946684860", "946684860"}, {"rfc3339", "2000-01-01T00:01:00Z", "2000-01-01T00:01:00Z"},
	} {
		synctest.Test(t, func(t *testing.T) {
			limits := []ratelimit.Limit{
				{Name: "requests", Quota: 3, Window: time.Minute, Unit: "requests",
					Announced: ratelimit.Announced{Quota: "X-Limit", Remaining: "X-Remaining", Reset: "X-Reset", ResetAs: c.as}},
				{Name: "wide", Quota: 300, Window: time.Minute, Unit: "requests",
					Announced: ratelimit.Announced{Quota: "X-Limit", Remaining: "X-Remaining", Reset: "X-Reset", ResetAs: c.as}},
				{Name: "tokens", Quota: 50, Window: time.Minute, Unit: "tokens", Announced: ratelimit.Announced{Remaining: "X-Tokens"}},
			}
			operations := []Operation{{ID: "get", Method: "GET", Path: "/a", Rates: []Rate{{Limit: 1, Cost: 1}, {Limit: 0, Cost: 1}, {Limit: 2, Cost: 7}}}}
			h := middlewareOf(t, ServerConfig{Limits: limits, Operations: operations}).Handler(http.NotFoundHandler())
			for i := range 4 {
				w := ask(h, "GET", "/a", "")
				reset, left, tokens := c.reset, strconv.Itoa(max(0, 2-i)), strconv.Itoa(50-7*min(i+1, 3))
				if i == 1 {
					reset = c.later
				}
				got := w.Header()
				if i < 2 && got.Get("X-Reset") != reset || got.Get("X-Limit") != "3" || got.Get("X-Remaining") != left || got.Get("X-Tokens") != tokens {
					t.Errorf("%s, %d: %v", c.as, i, got)
				}
				if (w.Code == http.StatusTooManyRequests) != (i == 3) {
					t.Error(i, w.Code)
				}
				got.Set("Date", time.Now().UTC().Format(http.TimeFormat))
				list := ownFields(got, []ratelimit.Charge{{Limit: &limits[0], Cost: 1}})
				if len(list) != 1 || list[0].quota != 3 || list[0].remaining != int64(max(0, 2-i)) || list[0].reset < 1 || list[0].reset > 60 {
					t.Errorf("%s: a client reads %+v", c.as, list)
				}
				if i == 0 {
					time.Sleep(1500 * time.Millisecond)
				}
			}
		})
	}
}

// TestClientTellsSharedFieldsApart holds that a figure in fields of several limits is of the limit
// whose quota the answer has, and of none where that is not one alone.
func TestClientTellsSharedFieldsApart(t *testing.T) {
	fields := ratelimit.Announced{Quota: "X-Limit", Remaining: "X-Remaining"}
	day := ratelimit.Limit{Name: "day", Quota: 1000, Window: 24 * time.Hour, Announced: fields}
	bucket := ratelimit.Limit{Name: "bucket", Quota: 500, Window: time.Hour, Burst: 5, Announced: fields}
	equal := ratelimit.Limit{Name: "equal", Quota: 1000, Window: time.Minute, Announced: fields}
	for _, c := range []struct {
		fields string
		limits []*ratelimit.Limit
		want   string
	}{
		{"X-Limit: 1000\nX-Remaining: 7", []*ratelimit.Limit{&day, &bucket}, "day 7"},
		{"X-Limit: 5\nX-Remaining: 4", []*ratelimit.Limit{&day, &bucket}, "bucket 4"},
		{"X-Limit: 500\nX-Remaining: 4", []*ratelimit.Limit{&day, &bucket}, ""},
		{"X-Remaining: 4", []*ratelimit.Limit{&day, &bucket}, ""},
		{"X-Limit: 1000\nX-Remaining: 4", []*ratelimit.Limit{&day, &equal}, ""},
		{"X-Limit: 900\nX-Remaining: 4", []*ratelimit.Limit{&day}, "day 4"},
	} {
		var charges []ratelimit.Charge
		for _, l := range c.limits {
			charges = append(charges, ratelimit.Charge{Limit: l, Cost: 1})
		}
		got := ""
		for _, p := range ownFields(olderHeader(c.fields), charges) {
			got += p.name + " " + strconv.FormatInt(p.remaining, 10)
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.fields, got, c.want)
		}
	}
}

// TestClientReadsRates holds that a rate in a field lowers a limit to no more than that rate, and
// one that is the table's, as vendors round it, lowers nothing.
func TestClientReadsRates(t *testing.T) {
	for _, c := range []struct {
		limit ratelimit.Limit
		field string
		quota int64
	}{
		{ratelimit.Limit{Quota: 167, Window: 10000 * time.Second, Burst: 20}, "0.0167", -1},
		{ratelimit.Limit{Quota: 167, Window: 10000 * time.Second, Burst: 20}, "0.01", 11}, // 11.98 of 20
		{ratelimit.Limit{Quota: 167, Window: 10000 * time.Second, Burst: 1}, "0.01", 1},
		{ratelimit.Limit{Quota: 1, Window: 3 * time.Second, Burst: 9}, "0.333333", -1},
		{ratelimit.Limit{Quota: 100, Window: 10 * time.Second}, "2.5", 25},
		{ratelimit.Limit{Quota: 100, Window: 10 * time.Second}, "99", -1},
		{ratelimit.Limit{Quota: 100, Window: 10 * time.Second}, "fast", -1},
		{ratelimit.Limit{Quota: 100, Window: 10 * time.Second}, "0", -1},
		{ratelimit.Limit{Quota: 100, Unit: "concurrent-requests"}, "1", -1},
	} {
		c.limit.Name, c.limit.Announced = "bucket", ratelimit.Announced{Rate: "X-Rate"}
		got := int64(-1)
		for _, p := range ownFields(olderHeader("X-Rate: "+c.field), []ratelimit.Charge{{Limit: &c.limit, Cost: 1}}) {
			got = p.quota
		}
		if got != c.quota {
			t.Errorf("%+v, %s: %d, want %d", c.limit, c.field, got, c.quota)
		}
	}
}

// TestServerSendsRates has a middleware announce a rate, and a client take it for the table's.
func TestServerSendsRates(t *testing.T) {
	for want, l := range map[string]ratelimit.Limit{
		"0.0167": {Quota: 167, Window: 10000 * time.Second, Burst: 20}, "0.333333": {Quota: 1, Window: 3 * time.Second, Burst: 9},
		"20": {Quota: 20, Window: time.Second, Burst: 9}, "10": {Quota: 10, Window: time.Second},
	} {
		l.Name, l.Announced = "each", ratelimit.Announced{Rate: "X-Rate"}
		operations := []Operation{{ID: "get", Method: "GET", Path: "/a", Rates: []Rate{{Cost: 1}}}}
		w := ask(middlewareOf(t, ServerConfig{Limits: []ratelimit.Limit{l}, Operations: operations}).Handler(http.NotFoundHandler()), "GET", "/a", "")
		if got := w.Header().Get("X-Rate"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if list := ownFields(w.Header(), []ratelimit.Charge{{Limit: &l, Cost: 1}}); len(list) != 0 {
			t.Errorf("%s: a client reads %+v", want, list)
		}
	}
}
