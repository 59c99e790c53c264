package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// clientAt returns a core that talks to a real server.
func clientAt(t *testing.T, url string, limiter ratelimit.Limiter, options ...ClientOption) *Client {
	t.Helper()
	c, err := NewClient(ClientConfig{BaseURL: url, Operations: clientOperations(), Limits: clientLimits, Credentials: []Credential{
		{Scheme: "token", In: InHeader, Name: "X-Key"},
	}}, append(options, WithLimiter(limiter), WithMaxRetries(0)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// How a permit ends: nothing left, an answer came, or the request may be on its way.
func TestClientSettlesPermits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/things/break":
			panic(http.ErrAbortHandler)
		case "/v1/things/hang":
			cancel() // the caller gives up when the request has arrived
			<-r.Context().Done()
		case "/v1/things/fail":
			w.WriteHeader(500)
		}
	}))
	defer server.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + free.Addr().String()
	free.Close()

	tests := []struct{ url, name, want string }{
		{server.URL, "ok", "done"},
		{server.URL, "fail", "done"},
		{server.URL, "break", "lost"},
		{server.URL, "hang", "lost"},
		{nobody, "ok", "cancel"},
	}
	for _, test := range tests {
		limiter := &clientLimiter{}
		c := clientAt(t, test.url+"/v1", limiter)
		callCtx := t.Context()
		if test.name == "hang" {
			callCtx = ctx
		}
		r := c.NewCall(callGet)
		r.Path("name", test.name)
		err := DoEmpty(callCtx, r)
		if (err == nil) != (test.name == "ok" && test.url != nobody) {
			t.Errorf("%s: %v", test.name, err)
		}
		if err != nil && strings.Contains(err.Error(), test.url) {
			t.Errorf("%s: the error holds the URL: %v", test.name, err)
		}
		if got := limiter.taken(); !slices.Equal(got, []string{"acquire each 1", test.want}) {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// A transport that does not trace may have sent anything.
func TestClientBelievesTheWorst(t *testing.T) {
	limiter := &clientLimiter{}
	c := clientCore(t, nil, WithLimiter(limiter), WithHTTPClient(&http.Client{Transport: clientFailing{}}), WithMaxRetries(0))
	if err := clientGet(t.Context(), c); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if got := limiter.taken(); !slices.Equal(got, []string{"acquire each 1", "lost"}) {
		t.Errorf("got %v", got)
	}
}

type clientFailing struct{}

func (clientFailing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, io.ErrUnexpectedEOF
}

type clientPanicking struct{}

func (clientPanicking) RoundTrip(*http.Request) (*http.Response, error) { panic("transport") }

func TestClientSettlesPermitOfAPanic(t *testing.T) {
	limiter := &clientLimiter{}
	c := clientCore(t, nil, WithLimiter(limiter), WithHTTPClient(&http.Client{Transport: clientPanicking{}}))
	func() {
		defer func() { _ = recover() }()
		_ = clientGet(t.Context(), c)
	}()
	if got := limiter.taken(); !slices.Equal(got, []string{"acquire each 1", "lost"}) {
		t.Errorf("got %v", got)
	}
}

func TestClientRetriesBrokenConnections(t *testing.T) {
	for op, want := range map[int]int{callSafe: 4, callUpload: 1} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			count := clientRoundTripper(func(*http.Request) (*http.Response, error) { n++; return nil, io.ErrUnexpectedEOF })
			c := clientCore(t, nil, WithHTTPClient(&http.Client{Transport: count}))
			if err := DoEmpty(t.Context(), c.NewCall(op)); !errors.Is(err, io.ErrUnexpectedEOF) || n != want {
				t.Errorf("operation %d: %d requests, %v", op, n, err)
			}
		})
	}
}

type clientRoundTripper func(*http.Request) (*http.Response, error)

func (f clientRoundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A limit on concurrent requests is held to the body's end.
func TestClientHoldsConcurrency(t *testing.T) {
	limiter := &clientLimiter{}
	c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "abc") }, WithLimiter(limiter))
	for _, end := range []func(*Stream){
		func(s *Stream) { _ = s.Body.Close() },
		func(s *Stream) { _, _ = io.ReadAll(s.Body) },
	} {
		limiter.events = nil
		s, err := DoStream(t.Context(), c.NewCall(callSlot))
		if err != nil {
			t.Fatal(err)
		}
		held := len(limiter.taken())
		end(s)
		if got := limiter.taken(); held != 2 || len(got) != 3 || got[2] != "done" {
			t.Errorf("%d events while open, then %v", held, got)
		}
	}
}

// A real pacer gives the rate's charge back with the headers, the slot with the body.
func TestClientConcurrencyUsage(t *testing.T) {
	c := clientCore(t, func(http.ResponseWriter, *http.Request) {})
	s, err := DoStream(t.Context(), c.NewCall(callSlot))
	if err != nil {
		t.Fatal(err)
	}
	flight := func() string {
		text := ""
		for _, u := range c.Usage() {
			text += fmt.Sprint(u.Limit, u.InFlight, " ")
		}
		return text
	}
	if got := flight(); got != "each0 slots1 " {
		t.Errorf("while open: %s", got)
	}
	_ = s.Body.Close()
	if got := flight(); got != "each0 " {
		t.Errorf("when closed: %s", got)
	}
}

func TestClientRefusalsAreNotSent(t *testing.T) {
	refusal := &ratelimit.LimitError{Limit: "each"}
	c := clientCore(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") }, WithLimiter(&clientLimiter{err: refusal}))
	if err := clientGet(t.Context(), c); !errors.Is(err, ratelimit.ErrLimited) {
		t.Errorf("got %v", err)
	}
}
