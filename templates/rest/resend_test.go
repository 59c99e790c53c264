package rest

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// breaking returns a server that answers every other request of a connection, and closes it after
// it has counted one more.
func breaking(t *testing.T) (url string, seen *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	seen = &atomic.Int64{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				r := bufio.NewReader(conn)
				for i := range 2 {
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					if seen.Add(1); i == 0 {
						_, _ = conn.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
					}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String(), seen
}

func TestClientCountsWhatTheTransportSendsAgain(t *testing.T) {
	url, seen := breaking(t)
	limiter := &clientLimiter{}
	c := clientAt(t, url, limiter)
	for range 20 {
		r := c.NewCall(callGet)
		r.Path("name", "x")
		if err := DoEmpty(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	admitted, lost := int64(0), int64(0)
	for _, event := range limiter.taken() {
		switch event {
		case "acquire each 1":
			admitted++
		case "lost":
			lost++
		}
	}
	if seen.Load() == 20 {
		t.Fatal("net/http sent nothing again")
	}
	if seen.Load() != admitted || lost != admitted-20 {
		t.Errorf("the server saw %d requests, %d were admitted, %d lost", seen.Load(), admitted, lost)
	}
	if m := c.LimitMetrics()[0]; m.Admitted != admitted {
		t.Errorf("%d admitted in the metrics, %d by the limiter", m.Admitted, admitted)
	}
}

// redirecting returns a server that answers with a status and a place, except at /end.
func redirecting(t *testing.T, status int, to string) (url string, seen *atomic.Int64) {
	t.Helper()
	seen = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1); !strings.HasSuffix(r.URL.Path, "/end") {
			http.Redirect(w, r, to, status)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, seen
}

func TestClientCountsRedirects(t *testing.T) {
	away, _ := redirecting(t, 307, "/end")
	for _, test := range []struct {
		name   string
		status int
		to     string
		post   bool
		want   []string
	}{
		{"same host", 307, "/end", false, []string{"acquire each 1", "done", "acquire each 1", "done"}},
		{"same method", 308, "/end", true, []string{"acquire each 1", "acquire units 3", "done", "acquire each 1", "acquire units 3", "done"}},
		{"without the body", 303, "/end", true, []string{"acquire each 1", "acquire units 3", "done", "acquire each 1", "acquire units 1", "done"}},
		{"another host", 307, away + "/end", false, []string{"acquire each 1", "done"}},
	} {
		url, _ := redirecting(t, test.status, test.to)
		limiter := &clientLimiter{}
		r := clientAt(t, url, limiter).NewCall(callGet)
		if test.post {
			r = clientAt(t, url, limiter).NewCall(callPost)
			r.JSON(map[string]any{"to": []int{1, 2, 3}})
		} else {
			r.Path("name", "x")
		}
		if err := DoEmpty(t.Context(), r); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := limiter.taken(); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// A redirect that is not admitted in time is not followed, and what was spent is what the server
// has seen.
func TestClientDoesNotFollowAboveTheQuota(t *testing.T) {
	limits := slices.Clone(clientLimits)
	limits[0].Window = time.Hour // which does not end in the test
	for _, options := range [][]ClientOption{nil, {WithFailFast()}} {
		url, seen := redirecting(t, 307, "/end")
		c, err := NewClient(ClientConfig{BaseURL: url, Operations: clientOperations(), Limits: limits,
			Credentials: []Credential{{Scheme: "token", In: InHeader, Name: "X-Key"}}}, append(options, WithCredential("token", StaticToken("x"))))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		for err == nil {
			err = clientGet(ctx, c)
		}
		if quota := clientLimits[0].Quota; !errors.Is(err, ratelimit.ErrLimited) || seen.Load() != quota || c.Usage()[0].Used != quota || c.Usage()[0].InFlight != 0 {
			t.Errorf("the server saw %d requests, the limiter has %+v: %v", seen.Load(), c.Usage(), err)
		}
	}
}

// A call that waits to follow a redirect holds no connection that admitted calls need.
func TestClientFollowsWithOneConnection(t *testing.T) {
	url, _ := redirecting(t, 307, "/end")
	web := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	pacer := ratelimit.NewPacer(ratelimit.PacerOptions{})
	c := clientAt(t, url, pacer, WithHTTPClient(web))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	errs := make(chan error)
	for i := range 10 {
		go func() {
			r := c.NewCall(callGet)
			r.Path("name", strconv.Itoa(i))
			errs <- DoEmpty(ctx, r)
		}()
	}
	for range 10 {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
}

// late is a transport whose hooks are called after its answer, as one may that hedges requests.
type late struct{ trace *httptrace.ClientTrace }

func (l *late) RoundTrip(r *http.Request) (*http.Response, error) {
	l.trace = httptrace.ContextClientTrace(r.Context())
	l.trace.GetConn("")
	l.trace.GotConn(httptrace.GotConnInfo{})
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func TestTransportIgnoresLateHooks(t *testing.T) {
	base := &late{}
	limiter := ratelimit.NewPacer(ratelimit.PacerOptions{})
	transport, err := NewTransport(base, transportConfig(), []ClientOption{WithLimiter(limiter)})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://api.test/v1/things/x", nil)
	if _, err := transport.RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	before := limiter.Usage()
	base.trace.GetConn("")
	base.trace.GotConn(httptrace.GotConnInfo{})
	if after := limiter.Usage(); len(after) == 0 || !slices.Equal(before, after) {
		t.Errorf("%+v, was %+v", after, before)
	}
}
