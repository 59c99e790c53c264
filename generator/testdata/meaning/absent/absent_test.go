package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/meaning/absent/slim"
	"example.com/meaning/ratelimit"
	"example.com/meaning/rest"
)

// ledger admits everything and notes what it costs.
type ledger struct {
	ratelimit.Limiter
	said string
}

func (l *ledger) note(charges []ratelimit.Charge) {
	l.said = ""
	for _, c := range charges {
		l.said += fmt.Sprintf("%d %q", c.Cost, c.Key)
	}
}

func (l *ledger) Acquire(_ context.Context, c []ratelimit.Charge) (ratelimit.Permit, error) {
	l.note(c)
	return ratelimit.NoPermit{}, nil
}

func (l *ledger) Admit(_ context.Context, c []ratelimit.Charge) (ratelimit.Decision, error) {
	l.note(c)
	return ratelimit.Decision{Admitted: true}, nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// served notes the units and the account that a handler gets.
type served struct{ got string }

func (s *served) Spend(_ context.Context, body SpendRequest) error {
	s.got = fmt.Sprintf("%s %d", *body.Account, *body.Units)
	return nil
}

func (s *served) SpendTwo(_ context.Context, body SpendTwoRequest) error {
	s.got = fmt.Sprintf("%s %d", *body.Account, *body.Units)
	return nil
}

func (s *served) SpendThree(_ context.Context, body SpendThreeRequest) error {
	s.got = fmt.Sprint(body.Account == nil, body.Units == nil)
	return nil
}

func (s *served) SpendForm(_ context.Context, body SpendFormRequest) error {
	s.got = fmt.Sprint(body.Note == nil)
	return nil
}

// TestAbsent sends requests without the cost and the key: each costs by the default that its media
// type has, which a handler gets; by the largest where it lacks the property.
func TestAbsent(t *testing.T) {
	book, h := &ledger{Limiter: ratelimit.NewPacer(ratelimit.PacerOptions{})}, &served{}
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	server, err := NewServer(Handlers{API: h}, rest.WithEnforcer(book))
	fatal(err)
	middleware, err := slim.NewMiddleware(rest.WithEnforcer(book))
	fatal(err)
	pass := func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 204, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
	}
	transport, err := slim.NewTransport(roundTrip(pass), rest.WithLimiter(book))
	fatal(err)
	serve := func(h http.Handler) func(*http.Request) int {
		return func(req *http.Request) int {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			return w.Code
		}
	}
	doors := []struct {
		name string
		send func(*http.Request) int
	}{
		{"server", serve(server)},
		{"middleware", serve(middleware.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })))},
		{"transport", func(req *http.Request) int {
			res, err := transport.RoundTrip(req)
			fatal(err)
			return res.StatusCode
		}},
	}
	key := func(s string) string { return fmt.Sprintf("%q", ratelimit.AppendKey(nil, s)) }
	for _, test := range []struct{ media, body, charge, got string }{
		{"application/json", `{}`, "6 " + key("a"), "a 3"},
		{"application/vnd.two+json", `{}`, "10 " + key("b"), "b 5"},
		{"application/vnd.two+json", `{"units":15}`, "30 " + key("b"), "b 15"}, // the maximum is its own
		{"application/vnd.three+json", `{}`, "2 " + key(""), "true true"},
		{"application/x-www-form-urlencoded", ``, "10 " + key("a"), "true"},
	} {
		for _, d := range doors {
			book.said, h.got = "", ""
			req := httptest.NewRequest("POST", "http://api.test/spend", strings.NewReader(test.body))
			req.Header.Set("Content-Type", test.media)
			if status := d.send(req); status != 204 || book.said != test.charge || d.name == "server" && h.got != test.got {
				t.Errorf("%s, %s %s: %d, charges %s, the handler gets %s", d.name, test.media, test.body, status, book.said, h.got)
			}
		}
	}
	client, err := NewClient("", rest.WithLimiter(book), rest.WithHTTPClient(&http.Client{Transport: roundTrip(pass)}))
	fatal(err)
	if fatal(client.API.SpendTwo(t.Context(), SpendTwoRequest{})); book.said != "10 "+key("b") {
		t.Errorf("the client charges %s", book.said)
	}
}
