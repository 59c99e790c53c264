package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// repeating runs callers that each make calls in turn against a server which breaks a part of the
// connections, after it has counted a request or before, and checks that all calls end and that no
// window of the server holds more than the quota. clients have one Pacer and one transport, but
// several hosts.
type repeating struct {
	quota           int64
	conns, callers  int
	calls           int // of each caller
	hosts           int
	breaks          float64
	post, plainHTTP bool // HTTP/2 without TLS
}

func (r repeating) limit() ratelimit.Limit {
	return ratelimit.Limit{Name: "each", Quota: r.quota, Window: time.Second, Unit: "requests"}
}

// counting returns a server that counts all requests in one journal.
func (r repeating) counting(j *journal, broken *atomic.Int64, chance func(float64) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		late := chance(0.5)
		broke := chance(r.breaks)
		if !broke || late {
			j.add(arrival{time.Now(), map[string]int64{"each": 1}})
		}
		if broke {
			broken.Add(1)
			panic(http.ErrAbortHandler) // closes the connection, or resets the stream
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// run returns how many calls succeeded.
func (r repeating) run(t *testing.T, client *http.Client, url func(host int) string) (succeeded int64) {
	pacer := ratelimit.NewPacer(ratelimit.PacerOptions{Transit: time.Second})
	limits := []ratelimit.Limit{r.limit()}
	var group sync.WaitGroup
	var ok atomic.Int64
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.calls*r.callers)*time.Minute)
	defer cancel()
	for i := range r.callers {
		op := Operation{ID: "call", Method: "GET", Path: "/things/{name}", Idempotent: true, Rates: []Rate{clientRate(0)},
			Params: []Param{{In: InPath, Name: "name", Required: true}, {In: InHeader, Name: "Idempotency-Key"}}}
		if r.post && i%2 == 0 {
			op.Method, op.Idempotent, op.Body = "PUT", true, Body{Kind: BodyJSON}
		}
		c, err := NewClient(ClientConfig{BaseURL: url(i % max(1, r.hosts)), Operations: []Operation{op}, Limits: limits},
			[]ClientOption{WithHTTPClient(client), WithLimiter(pacer), WithMaxRetries(50)})
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			for n := range r.calls {
				call := c.NewCall(0)
				call.Path("name", strconv.Itoa(n))
				if op.Method == "PUT" {
					call.HeaderParam("Idempotency-Key", strconv.Itoa(n)) // net/http then sends the body again too
					call.JSON(map[string]any{"to": []int{1, 2, 3}})
				}
				switch err := DoEmpty(ctx, call); {
				case err == nil:
					ok.Add(1)
				case errors.Is(err, context.DeadlineExceeded), errors.Is(err, ratelimit.ErrLimited):
					t.Errorf("caller %d, call %d: %v", i, n, err)
				}
			}
		})
	}
	group.Wait()
	if used := pacer.Usage(); len(used) > 0 && used[0].InFlight != 0 {
		t.Errorf("all calls have ended, but %+v", used)
	}
	return ok.Load()
}

// TestClientNeverDeadlocksOnConnections has fewer connections than callers and a quota that they
// all wait for, while connections break: a repeat that waited for its permit with a connection in
// hand would stop everybody for good.
func TestClientNeverDeadlocksOnConnections(t *testing.T) {
	for _, r := range []repeating{
		{quota: 1, conns: 1, callers: 4, calls: 10},
		{quota: 1, conns: 1, callers: 4, calls: 10, post: true},
		{quota: 5, conns: 1, callers: 8, calls: 10, post: true},
		{quota: 5, conns: 2, callers: 8, calls: 10, hosts: 2},
		{quota: 10, conns: 3, callers: 8, calls: 20, hosts: 3, post: true},
		{quota: 5, conns: 0, callers: 8, calls: 10},
		{quota: 1, conns: 1, callers: 4, calls: 10, plainHTTP: true},
		{quota: 5, conns: 1, callers: 8, calls: 10, plainHTTP: true, post: true},
	} {
		for seed := range uint64(3) {
			r.breaks = 0.2
			t.Run(fmt.Sprintf("%+v/%d", r, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newNetwork(seed, 5*time.Millisecond)
					transport := &http.Transport{MaxConnsPerHost: r.conns, MaxIdleConnsPerHost: 8}
					if r.plainHTTP {
						transport.Protocols = new(http.Protocols)
						transport.Protocols.SetUnencryptedHTTP2(true)
					}
					j, broken := &journal{}, &atomic.Int64{}
					client := n.serve(t, r.counting(j, broken, n.chance), transport)
					ok := r.run(t, client, func(host int) string { return fmt.Sprintf("http://host%d.test", host) })
					r.check(t, j, broken, ok)
				})
			})
		}
	}
}

func (r repeating) check(t *testing.T, j *journal, broken *atomic.Int64, ok int64) {
	t.Helper()
	limit := r.limit()
	if most := j.worst(&limit); most > r.quota {
		t.Errorf("%d in one window, quota %d", most, r.quota)
	}
	if all := int64(r.callers * r.calls); ok < all*9/10 || broken.Load() == 0 {
		t.Errorf("%d of %d calls succeeded, %d were broken", ok, all, broken.Load())
	}
}

// TestClientNeverDeadlocksOverTCP is the same in real time, over HTTP/1.1 and HTTP/2 with TLS.
func TestClientNeverDeadlocksOverTCP(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, http2 := range []bool{false, secure} {
			t.Run(fmt.Sprintf("TLS %t, HTTP/2 %t", secure, http2), func(t *testing.T) {
				t.Parallel()
				n := newNetwork(1, 0) // for its chances only
				r := repeating{quota: 10, conns: 1, callers: 4, calls: 5, breaks: 0.2, post: true}
				j, broken := &journal{}, &atomic.Int64{}
				server := httptest.NewUnstartedServer(r.counting(j, broken, n.chance))
				server.EnableHTTP2 = http2
				if secure {
					server.StartTLS()
				} else {
					server.Start()
				}
				defer server.Close()
				transport := &http.Transport{MaxConnsPerHost: 1, ForceAttemptHTTP2: http2}
				if secure {
					trusted := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
					transport.TLSClientConfig = &tls.Config{RootCAs: trusted}
				}
				defer transport.CloseIdleConnections()
				r.check(t, j, broken, r.run(t, &http.Client{Transport: transport}, func(int) string { return server.URL }))
			})
		}
	}
}
