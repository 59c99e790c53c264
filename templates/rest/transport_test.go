package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// transportConfig returns the API of the client's tests, whose limits the plans change.
func transportConfig() ClientConfig {
	return ClientConfig{
		API: "things", DefaultURL: "http://api.test/v1", Limits: clientLimits, Operations: clientOperations(),
		Exceeded:    []Exceeded{{Status: 200, Body: []Match{{"/error", "too_many"}}, Retry: true}},
		Credentials: []Credential{{Scheme: "token", In: InHeader, Name: "Authorization", Prefix: "Bearer "}},
	}
}

func transportOf(t testing.TB, handler clientHandler, options ...ClientOption) *http.Client {
	t.Helper()
	transport, err := NewTransport(handler, transportConfig(), options)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: transport}
}

// window is a server that counts the costs of the last interval, and keeps their maximum.
type window struct {
	mu   sync.Mutex
	came []time.Time
	most int
	all  int
}

// count adds a cost, and returns the total so far.
func (w *window) count(cost int, length time.Duration) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for len(w.came) > 0 && !w.came[0].After(now.Add(-length)) {
		w.came = w.came[1:]
	}
	for range cost {
		w.came = append(w.came, now)
	}
	w.all += cost
	w.most = max(w.most, len(w.came))
	return w.all
}

func send(t testing.TB, client *http.Client, method, url, body string, headers ...string) (int, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// TestTransportPaces runs 64 callers of a plain http.Client at full demand: the server sees nearly
// the whole quota in each window, and never more.
func TestTransportPaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen window
		client := transportOf(t, func(w http.ResponseWriter, r *http.Request) { seen.count(1, time.Second) })
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				for {
					req, _ := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("http://API.test:80/v1/things/%d", i), nil)
					res, err := client.Do(req)
					var limited *ratelimit.LimitError
					switch {
					case err == nil:
						res.Body.Close()
					case errors.As(err, &limited) || ctx.Err() != nil:
						return // no room before the deadline
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if seen.most > 10 || seen.all < 291 {
			t.Errorf("%d in a second, %d in all", seen.most, seen.all)
		}
	})
}

// TestTransportCosts checks that a list in a body is counted, also in a stream or a form, and that
// the body is sent unchanged.
func TestTransportCosts(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, `{"to":[1,2,3,4]}`)
	_ = z.Close()
	for _, c := range []struct {
		body, media, coding string
		cost                int
	}{
		{`{"to":["a","b","c"]}`, "application/json", "", 3},
		{`{"to":"a"}`, "application/json", "", 1},
		{`{"to":`, "application/json", "", 1},
		{``, "", "", 1},
		{`to=a&to=b&other=c`, "application/x-www-form-urlencoded", "", 2},
		{"--x\r\nContent-Disposition: form-data; name=to\r\n\r\n[1,2,3,4,5]\r\n--x--\r\n", "multipart/form-data; boundary=x", "", 5},
		{packed.String(), "application/json", "gzip", 4},
	} {
		for _, stream := range []bool{false, true} {
			limiter := &clientLimiter{}
			var got string
			client := transportOf(t, func(w http.ResponseWriter, r *http.Request) {
				data, _ := io.ReadAll(r.Body)
				got = string(data)
			}, WithLimiter(limiter))
			var body io.Reader = strings.NewReader(c.body)
			if stream {
				body = io.MultiReader(body)
			}
			req, err := http.NewRequest("POST", "http://api.test/v1/things", body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", c.media)
			if c.coding != "" {
				req.Header.Set("Content-Encoding", c.coding)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if want := fmt.Sprintf("[acquire each 1 acquire units %d done]", c.cost); fmt.Sprint(limiter.taken()) != want || got != c.body {
				t.Errorf("%q: %v, want %s; sent %q", c.body, limiter.taken(), want, got)
			}
		}
	}
}

type unread struct{ t testing.TB }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read before it was sent")
	return 0, io.EOF
}

// TestTransportLeavesStreams checks that a body without a cost is not read before it is sent, and
// that a blocked one ends with the request's context.
func TestTransportLeavesStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := false
		client := transportOf(t, func(w http.ResponseWriter, r *http.Request) { sent = true })
		if _, err := client.Post("http://api.test/v1/files", "", unread{t}); err != nil || !sent {
			t.Fatal(err, sent)
		}
		r, w := io.Pipe()
		defer w.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "POST", "http://api.test/v1/things", r)
		if _, err := client.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// TestTransportErrors checks that a wait beyond the deadline fails at once with an error that is
// found through net/http's, and that a body that is too large fails before it is sent.
func TestTransportErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		client := transportOf(t, func(w http.ResponseWriter, r *http.Request) { sent++ }, WithMaxCountedBody(100))
		for range 10 {
			if _, err := send(t, client, "GET", "http://api.test/v1/things/a", ""); err != nil {
				t.Fatal(err)
			}
		}
		client.Timeout = time.Second / 2
		_, err := send(t, client, "GET", "http://api.test/v1/things/a", "")
		var limited *ratelimit.LimitError
		if !errors.As(err, &limited) || limited.Limit != "each" || !errors.Is(err, ratelimit.ErrLimited) {
			t.Error(err)
		}
		client.Timeout = 0
		if _, err := send(t, client, "POST", "http://api.test/v1/things", strings.Repeat(" ", 101)); err == nil || !strings.Contains(err.Error(), "WithMaxCountedBody") {
			t.Error(err)
		}
		list := `{"to":[` + strings.Repeat("1,", 30) + `1]}`
		if _, err := send(t, client, "DELETE", "http://api.test/v1/lists/a%2Cb,c", list); err != nil {
			t.Error(err)
		}
		if sent != 11 {
			t.Error(sent)
		}
		var cost *ratelimit.CostError
		big := transportOf(t, func(w http.ResponseWriter, r *http.Request) { t.Error("sent") })
		if _, err := send(t, big, "POST", "http://api.test/v1/things", `{"to":[`+strings.Repeat("1,", 600)+`1]}`); !errors.As(err, &cost) {
			t.Error(err)
		}
	})
}

// TestTransportPassesOthers checks that other hosts and unknown paths pass untouched, or are
// refused by option.
func TestTransportPassesOthers(t *testing.T) {
	others := []string{"http://other.test/v1/things/a", "http://api.test/v2/things/a", "http://api.test/v1/nothing", "http://api.test:8080/v1/things/a", "https://api.test/v1/things/a"}
	handler := func(w http.ResponseWriter, r *http.Request) {}
	limiter := &clientLimiter{}
	client, strict := transportOf(t, handler, WithLimiter(limiter)), transportOf(t, handler, WithKnownOnly())
	for _, url := range others {
		if _, err := send(t, client, "GET", url, ""); err != nil {
			t.Error(err)
		}
		if _, err := send(t, strict, "GET", url, ""); !errors.Is(err, ErrUnknown) {
			t.Error(url, err)
		}
	}
	if len(limiter.taken()) > 0 {
		t.Error(limiter.taken())
	}
	for _, url := range []string{"http://api.test/v1/things/a", "http://API.test:80/v1/things/a%2Fb?x=y", "http://api.test/v1/things/a/"} {
		if _, err := send(t, strict, "GET", url, ""); err != nil {
			t.Error(err)
		}
	}
}

// TestTransportLearns checks that a 429 blocks all calls that use the limit that it names, and is
// returned unchanged; the retry is the caller's, or the transport's by option.
func TestTransportLearns(t *testing.T) {
	const body = `{"violated-policies":["units"]}`
	for _, retries := range []int{0, 2} {
		synctest.Test(t, func(t *testing.T) {
			var came []time.Duration
			begin := time.Now()
			handler := func(w http.ResponseWriter, r *http.Request) {
				data, _ := io.ReadAll(r.Body)
				if string(data) != `{"to":[1]}` && r.Method == "POST" {
					t.Errorf("body %q", data)
				}
				if came = append(came, time.Since(begin)); len(came) == 1 {
					w.Header().Set("Retry-After", "20")
					w.WriteHeader(429)
					fmt.Fprint(w, body)
				}
			}
			client := transportOf(t, handler, WithMaxRetries(retries))
			res, err := client.Post("http://api.test/v1/things", "application/json", strings.NewReader(`{"to":[1]}`))
			if err != nil {
				t.Fatal(err)
			}
			data, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if retries == 0 {
				if res.StatusCode != 429 || string(data) != body {
					t.Errorf("%d %q", res.StatusCode, data)
				}
				if _, err := send(t, client, "GET", "http://api.test/v1/things/a", ""); err != nil || time.Since(begin) > time.Second {
					t.Error("another limit is held up", err, time.Since(begin))
				}
				if _, err := send(t, client, "POST", "http://api.test/v1/things", `{"to":[1]}`); err != nil || time.Since(begin) < 20*time.Second {
					t.Error(err, time.Since(begin))
				}
				return
			}
			if res.StatusCode != 200 || len(came) != 2 || came[1] < 20*time.Second {
				t.Error(res.StatusCode, came)
			}
		})
	}
}

// TestTransportRedirects checks that each hop is counted by its own operation, and a URL without an
// operation by the one that was redirected.
func TestTransportRedirects(t *testing.T) {
	limiter := &clientLimiter{}
	client := transportOf(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/things/a":
			http.Redirect(w, r, "/v1/slot", http.StatusFound)
		case "/v1/slot":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case "/elsewhere":
			http.Redirect(w, r, "http://other.test/", http.StatusFound)
		}
	}, WithLimiter(limiter))
	if _, err := send(t, client, "GET", "http://api.test/v1/things/a", ""); err != nil {
		t.Fatal(err)
	}
	want := "[acquire each 1 done acquire slots 1 acquire each 1 done acquire slots 1 acquire each 1 done]"
	if got := fmt.Sprint(limiter.taken()); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestTransportOwnRetries checks that a client's own retries are paced too; a 429 in the body of a
// 200 counts as one.
func TestTransportOwnRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen window
		fails := 0
		client := transportOf(t, func(w http.ResponseWriter, r *http.Request) {
			seen.count(1, time.Second)
			if fails++; fails%3 != 0 {
				w.WriteHeader(500)
			}
		})
		for range 20 {
			for {
				status, err := send(t, client, "GET", "http://api.test/v1/things/a", "")
				if err != nil {
					t.Fatal(err)
				}
				if status == 200 {
					break
				}
			}
		}
		if seen.most > 10 || seen.all != 60 {
			t.Error(seen.most, seen.all)
		}
	})
}

// TestTransportReuse sends over real connections, which a server breaks at random: the transport
// counts requests that net/http sends again.
func TestTransportReuse(t *testing.T) {
	var seen window
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen.count(1, time.Hour)%5 == 0 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	config := transportConfig()
	config.Limits = []ratelimit.Limit{{Name: "each", Quota: 1000, Window: time.Hour, Unit: "requests"}, clientLimits[1], clientLimits[2]}
	transport, err := NewTransport(nil, config, []ClientOption{WithBaseURL(server.URL)})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: transport}
	for range 100 {
		_, _ = send(t, client, "GET", server.URL+"/things/a", "")
	}
	server.Close() // no handler runs any more
	used := int64(0)
	for _, u := range transport.Usage() {
		if u.Limit == "each" {
			used += u.Used
		}
	}
	if used < int64(seen.all) {
		t.Errorf("%d requests came, %d were counted", seen.all, used)
	}
}

// TestTransportOptions checks that options without effect are refused.
func TestTransportOptions(t *testing.T) {
	for _, o := range []ClientOption{WithUserAgent("x"), WithHTTPClient(http.DefaultClient), WithBaseURL(""), WithBaseURL("/v1"), WithPlan("none"), WithMaxCountedBody(0)} {
		if _, err := NewTransport(nil, transportConfig(), []ClientOption{o}); err == nil {
			t.Error("no error")
		}
	}
	config := transportConfig()
	config.DefaultURL = ""
	if _, err := NewTransport(nil, config, nil); err == nil {
		t.Error("a transport of nowhere")
	}
}

// TestQueriesInPaths tells /token and /token?refresh apart, in a client and in a server.
func TestQueriesInPaths(t *testing.T) {
	operations := []Operation{{ID: "get", Method: "POST", Path: "/token"}, {ID: "refresh", Method: "POST", Path: "/token?refresh&kind=b"}}
	var got string
	observer := WithObserver(Observer{Done: func(_ context.Context, e CallEvent) { got = e.Operation }})
	transport, err := NewTransport(clientHandler(func(http.ResponseWriter, *http.Request) {}), ClientConfig{DefaultURL: "http://api.test", Operations: operations}, []ClientOption{observer})
	if err != nil {
		t.Fatal(err)
	}
	var served string
	m := middlewareOf(t, ServerConfig{Operations: operations}, WithExempt(func(_ *http.Request, id string) bool { served = id; return true }))
	for query, want := range map[string]string{"": "get", "?refresh": "get", "?kind=b&refresh=": "refresh", "?refresh&kind=c": "get"} {
		if _, err := send(t, &http.Client{Transport: transport}, "POST", "http://api.test/token"+query, ""); err != nil || got != want {
			t.Error(query, got, err)
		}
		if ask(m.Handler(http.NotFoundHandler()), "POST", "/token"+query, ""); served != want {
			t.Error(query, served)
		}
	}
}
