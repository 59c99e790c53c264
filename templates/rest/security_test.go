package rest

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestClientCredentials(t *testing.T) {
	credentials := []Credential{
		{Scheme: "bearer", In: InHeader, Name: "Authorization", Prefix: "Bearer "},
		{Scheme: "basic", In: InHeader, Name: "Authorization", Prefix: "Basic "},
		{Scheme: "head", In: InHeader, Name: "X-Key"},
		{Scheme: "query", In: InQuery, Name: "api key"},
		{Scheme: "cookie", In: InCookie, Name: "sid"},
	}
	with := func(schemes ...string) []ClientOption {
		var options []ClientOption
		for _, s := range schemes {
			options = append(options, WithCredential(s, StaticToken("v/"+s)))
		}
		return options
	}
	tests := []struct {
		security [][]string
		options  []ClientOption
		want     string
	}{
		{nil, with("bearer"), ""},
		{[][]string{{"bearer"}}, nil, ""},
		{[][]string{{"bearer"}}, []ClientOption{WithToken(StaticToken("t"))}, "Authorization=Bearer t"},
		{[][]string{{"basic"}}, []ClientOption{WithCredential("basic", BasicToken("Aladdin", "open sesame"))}, "Authorization=Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{[][]string{{"bearer"}, {"head"}}, with("head"), "X-Key=v/head"},
		{[][]string{{"bearer", "head"}, {"query"}}, with("head", "query"), "/?a=1&api+key=v%2Fquery"},
		{[][]string{{"query", "cookie"}}, with("query", "cookie"), "/?a=1&api+key=v%2Fquery Cookie=c=1; sid=v/cookie"},
		{[][]string{{}, {"head"}}, with("head"), "X-Key=v/head"},
		{[][]string{{"mtls", "head"}}, with("head"), "X-Key=v/head"},
	}
	for _, test := range tests {
		op := Operation{ID: "o", Method: "GET", Path: "/", Security: test.security,
			Params: []Param{{In: InQuery, Name: "a"}, {In: InCookie, Name: "c"}}}
		var got []string
		transport := clientHandler(func(_ http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.RequestURI+r.URL.RequestURI(), "key") {
				got = append(got, r.URL.RequestURI())
			}
			for _, name := range slices.Sorted(maps.Keys(r.Header)) {
				if name != "Cookie" || r.Header.Get(name) != "c=1" {
					got = append(got, name+"="+r.Header.Get(name))
				}
			}
		})
		c, err := NewClient(ClientConfig{BaseURL: "http://x", Operations: []Operation{op}, Credentials: credentials},
			append(test.options, WithHTTPClient(&http.Client{Transport: transport})))
		if err != nil {
			t.Fatal(err)
		}
		r := c.NewCall(0)
		r.QueryParam("a", 1)
		r.CookieParam("c", 1)
		if err := DoEmpty(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%v: got %q, want %q", test.security, text, test.want)
		}
	}
}

func TestClientBadCredentials(t *testing.T) {
	for _, token := range []string{"", "secret\n"} {
		c := clientCore(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") }, WithToken(StaticToken(token)))
		if err := clientGet(t.Context(), c); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

// No credential follows a redirect to another host, not even to one that sends it back.
func TestClientRedirects(t *testing.T) {
	var seen []string
	record := func(next func() string) *httptest.Server {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			secret := r.Header.Get("X-Key") + r.Header.Get("Referer") + r.Header.Get("Authorization") + r.Header.Get("Cookie")
			seen = append(seen, r.URL.Path+" "+secret)
			if to := next(); to != "" {
				http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			}
		}))
	}
	var home, away *httptest.Server
	steps := []string{"same", "away", "back", ""}
	home = record(func() string {
		next := steps[0]
		steps = steps[1:]
		switch next {
		case "same":
			return "/same"
		case "away":
			return away.URL + "/away"
		}
		return ""
	})
	defer home.Close()
	away = record(func() string { steps = steps[1:]; return home.URL + "/back" })
	defer away.Close()
	c, err := NewClient(ClientConfig{BaseURL: home.URL, Operations: clientOperations(), Limits: clientLimits, Credentials: []Credential{
		{Scheme: "token", In: InHeader, Name: "X-Key"},
	}}, []ClientOption{WithCredential("token", StaticToken("secret"))})
	if err != nil {
		t.Fatal(err)
	}
	if err := clientGet(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	want := []string{"/things/x secret", "/same secret" + home.URL + "/things/x", "/away ", "/back "}
	if !slices.Equal(seen, want) {
		t.Errorf("got  %q\nwant %q", seen, want)
	}
}

func TestClientKeepsRedirectPolicy(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("/loop", http.StatusFound))
	defer server.Close()
	stop := errors.New("stop")
	for _, policy := range []func(*http.Request, []*http.Request) error{nil, func(*http.Request, []*http.Request) error { return stop }} {
		c := clientAt(t, server.URL, &clientLimiter{}, WithHTTPClient(&http.Client{CheckRedirect: policy}))
		err := clientGet(context.Background(), c)
		if err == nil || (policy != nil) != errors.Is(err, stop) {
			t.Errorf("got %v", err)
		}
	}
}
