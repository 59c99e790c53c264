package rest

import (
	"net/http"
	"reflect"
	"testing"
	"time"
)

func TestClientRetryAfterValues(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		value, date string
		want        time.Duration
		ok          bool
	}{
		{"", "", 0, false}, {"5", "", 5 * time.Second, true}, {" 5 ", "", 5 * time.Second, true}, {"0", "", 0, true},
		{"1.5", "", 1500 * time.Millisecond, true}, {"-5", "", 0, false}, {"5s", "", 0, false}, {".", "", 0, false}, {"1.2.3", "", 0, false},
		{"99999999999999999999999999", "", maxRetryAfter, true},
		{now.Add(9 * time.Second).Format(http.TimeFormat), "", 9 * time.Second, true},
		{now.Add(-time.Hour).Format(http.TimeFormat), "", 0, true},
		{now.Add(time.Hour).Format(http.TimeFormat), now.Add(59 * time.Minute).Format(http.TimeFormat), time.Minute, true},
		{now.Add(9 * time.Second).Format(time.RFC850), "", 9 * time.Second, true},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "", maxRetryAfter, true},
		{"tomorrow", "", 0, false},
	}
	for _, test := range tests {
		h := http.Header{"Retry-After": {test.value}, "Date": {test.date}}
		if got, ok := parseRetryAfter(h, now); got != test.want || ok != test.ok {
			t.Errorf("%q: got %v, %v", test.value, got, ok)
		}
	}
}

func TestClientPolicies(t *testing.T) {
	none := policy{remaining: -1, reset: -1, quota: -1, window: -1}
	token := func(p *policy) { p.bare = true }
	make := func(name string, change func(*policy)) policy {
		p := none
		p.name = name
		change(&p)
		return p
	}
	tests := map[string][]policy{
		``: nil,
		`"a";r=120;t=1;pk=:q80SNAAAAAA=:, "b, \"c\"";q=6000;w=60;qu="content-bytes"`: {
			make("a", func(p *policy) { p.remaining, p.reset = 120, 1 }),
			make(`b, "c"`, func(p *policy) { p.quota, p.window, p.unit = 6000, 60, "content-bytes" }),
		},
		`token;r=1`:                     {make("token", func(p *policy) { token(p); p.remaining = 1 })},
		`a;r;t=?1;x="y,z";q=5, ;;, ,`:   {make("a", func(p *policy) { token(p); p.quota = 5 })},
		`limit=100, remaining=5`:        nil, // an older draft
		`100;w=60, "100";w=60`:          {make("100", func(p *policy) { p.window = 60 })},
		`"a";r=99999999999999999999999`: {make("a", func(*policy) {})},
		`"a;r=1`:                        nil,
		`"a" b, "c";r=0`:                {make("c", func(p *policy) { p.remaining = 0 })},
	}
	for text, want := range tests {
		if got := parsePolicies([]string{text}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %+v\nwant %+v", text, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"5", "1.5", "-1", "1e9", "Tue, 24 Nov 2026 12:00:00 GMT", "9999999999999999999", ".", "\x00"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		wait, ok := parseRetryAfter(http.Header{"Retry-After": {value}, "Date": {value}}, now)
		if wait < 0 || wait > maxRetryAfter || !ok && wait != 0 {
			t.Errorf("%q: %v, %v", value, wait, ok)
		}
	})
}

func FuzzRateLimitFields(f *testing.F) {
	for _, s := range []string{`"a";r=1;t=2, "b";q=3;w=4;qu="x";pk=:AA==:`, `a,b`, `";`, `:`, `"\`, `a;=`, `a;b=`, "a \t; r = 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		list := parsePolicies([]string{value, value})
		if len(list) > mostPolicies {
			t.Errorf("%d policies", len(list))
		}
		for _, p := range list {
			if p.name == "" || p.remaining < -1 || p.reset < -1 || p.quota < -1 || p.window < -1 {
				t.Errorf("%q: %+v", value, p)
			}
		}
	})
}
