package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// clientHandler is a transport that asks a handler in the same process, so that time in a synctest
// bubble can pass.
type clientHandler func(http.ResponseWriter, *http.Request)

func (h clientHandler) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.Body == nil {
		req.Body = http.NoBody
	}
	defer req.Body.Close()
	w := httptest.NewRecorder()
	h(w, req)
	res := w.Result()
	res.Request = req
	return res, nil
}

// clientLimiter admits everything and writes down what it was told.
type clientLimiter struct {
	ratelimit.Deaf
	mu     sync.Mutex
	events []string
	err    error
}

func (l *clientLimiter) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, fmt.Sprintf(format, args...))
}

func (l *clientLimiter) taken() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events)
}

func (l *clientLimiter) Acquire(_ context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	if l.err != nil {
		return nil, l.err
	}
	for _, c := range charges {
		l.note("acquire %s %d", c.Limit.Name, c.Cost)
	}
	return &clientPermit{limiter: l}, nil
}

func (l *clientLimiter) TryAcquire(charges []ratelimit.Charge) (ratelimit.Permit, error) {
	return l.Acquire(context.Background(), charges)
}

func (l *clientLimiter) Block(limit *ratelimit.Limit, _ string, _ time.Time) {
	l.note("block %s", limit.Name)
}

func (l *clientLimiter) Lower(limit *ratelimit.Limit, _ string, quota int64) {
	l.note("lower %s %d", limit.Name, quota)
}

type clientPermit struct {
	limiter *clientLimiter
	once    sync.Once
}

func (p *clientPermit) end(how string) { p.once.Do(func() { p.limiter.note("%s", how) }) }
func (p *clientPermit) Answered()      {}
func (p *clientPermit) Abandoned()     { p.end("lost") }
func (p *clientPermit) Done()          { p.end("done") }
func (p *clientPermit) Cancel()        { p.end("cancel") }
func (p *clientPermit) Lost()          { p.end("lost") }

var clientLimits = []ratelimit.Limit{
	{Name: "each", Quota: 10, Window: time.Second, Unit: "requests"},
	{Name: "units", Quota: 600, Window: time.Minute, Unit: "messages"},
	{Name: "slots", Quota: 5, Unit: "concurrent-requests"},
}

func clientRate(limit int) Rate { return Rate{Limit: limit, Cost: 1} }

const (
	callGet = iota
	callPost
	callUpload
	callSlot
	callList
	callSingle
	callSafe
	callRequired
)

func clientOperations() []Operation {
	name := Param{In: InPath, Name: "name", Required: true}
	count := &Expr{In: InBody, Pointer: "/to"}
	return []Operation{
		{ID: "get", Method: "GET", Path: "/things/{name}", Params: []Param{name}, Rates: []Rate{clientRate(0)}, Idempotent: true, Security: [][]string{{"token"}}},
		{ID: "post", Method: "POST", Path: "/things", Body: Body{Kind: BodyJSON}, Rates: []Rate{clientRate(0), {Limit: 1, Count: count, Times: 1}}},
		{ID: "upload", Method: "POST", Path: "/files", Body: Body{Kind: BodyBinary, Media: "*/*"}, Rates: []Rate{clientRate(0)}},
		{ID: "slot", Method: "GET", Path: "/slot", Rates: []Rate{clientRate(2), clientRate(0)}},
		{ID: "list", Method: "DELETE", Path: "/lists/{name}", Params: []Param{name}, Rates: []Rate{clientRate(1)}, When: TestList, WhenExpr: Expr{In: InPath, Name: "name"}},
		{ID: "single", Method: "DELETE", Path: "/lists/{name}", Params: []Param{name}, Rates: []Rate{clientRate(0)}},
		{ID: "safe", Method: "GET", Path: "/safe", Idempotent: true},
		{ID: "required", Method: "PUT", Path: "/o/{org}/x", Body: Body{Kind: BodyJSON, Required: true}, Params: []Param{
			{In: InPath, Name: "org", Required: true}, {In: InQuery, Name: "q", Required: true}, {In: InHeader, Name: "X-Opt"},
		}},
	}
}

func clientCore(t testing.TB, handler clientHandler, options ...ClientOption) *Client {
	t.Helper()
	config := ClientConfig{
		BaseURL:      "http://api.test/v1/",
		Scope:        map[string]string{"org": "a b"},
		Operations:   clientOperations(),
		Limits:       clientLimits,
		Plans:        map[string]map[string]ratelimit.Amount{"big": {"units": {Quota: 1800}}},
		ErrorCode:    "/error",
		ErrorMessage: "/error_description",
		Credentials:  []Credential{{Scheme: "token", In: InHeader, Name: "Authorization", Prefix: "Bearer "}},
		Exceeded: []Exceeded{
			{Status: 429, Body: []Match{{"/error", "resource_limited"}}},
			{Status: 403, Body: []Match{{"/error", "slow_down"}}, Retry: true},
		},
	}
	options = append([]ClientOption{WithHTTPClient(&http.Client{Transport: handler})}, options...)
	c, err := NewClient(config, options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// clientGet calls the first operation.
func clientGet(ctx context.Context, c *Client) error {
	r := c.NewCall(callGet)
	r.Path("name", "x")
	return DoEmpty(ctx, r)
}

func TestClientOptionErrors(t *testing.T) {
	pacer := ratelimit.NewPacer(ratelimit.PacerOptions{})
	tests := map[string][]ClientOption{
		"share":            {WithShare(0)},
		"retries":          {WithMaxRetries(-1)},
		"response":         {WithMaxResponse(0)},
		"plan":             {WithPlan("nope")},
		"override":         {WithOverrides(map[string]ratelimit.Amount{"nope": {Quota: 1}})},
		"scheme":           {WithCredential("nope", StaticToken("x"))},
		"transit":          {WithTransit(0)},
		"another's":        {WithLimiter(pacer), WithTransit(time.Second)},
		"share of another": {WithLimiter(pacer), WithShare(0.5)},
		"nothing to share": {WithoutLimits(), WithShare(0.5)},
		"nil client":       {WithHTTPClient(nil)},
		"two tokens":       {WithToken(StaticToken("x")), WithTokenFetch(clientNoToken)},
	}
	for name, options := range tests {
		if _, err := NewClient(ClientConfig{DefaultURL: "https://x", Limits: clientLimits}, options); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, base := range []string{"", "/v1", "ftp://x", "http://", "http://x?a=b", "http://%zz"} {
		if _, err := NewClient(ClientConfig{BaseURL: base}, nil); err == nil {
			t.Errorf("base URL %q: no error", base)
		}
	}
	if _, err := NewClient(ClientConfig{DefaultURL: "https://x", Operations: clientOperations(), Scope: map[string]string{"org": ""}}, nil); err == nil {
		t.Error("empty scope: no error")
	}
}

func clientNoToken(context.Context, *Client) (string, time.Duration, error) { return "", 0, nil }

func TestClientPlanAndOverride(t *testing.T) {
	c := clientCore(t, nil, WithPlan("big"), WithOverrides(map[string]ratelimit.Amount{"each": {Quota: 50}}))
	if c.limits.Limits()[0].Quota != 50 || c.limits.Limits()[1].Quota != 1800 || clientLimits[0].Quota != 10 {
		t.Errorf("limits in force: %v", c.limits.Limits())
	}
}

func TestClientPaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []time.Time
		c := clientCore(t, func(http.ResponseWriter, *http.Request) { seen = append(seen, time.Now()) })
		begin := time.Now()
		for range 25 {
			if err := clientGet(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin); took < 2*time.Second || took > 2100*time.Millisecond {
			t.Errorf("25 calls at 10 a second took %v", took)
		}
		for i := 10; i < len(seen); i++ {
			if seen[i].Sub(seen[i-10]) < time.Second {
				t.Errorf("call %d came too early", i)
			}
		}
	})
}

func TestClientFailFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events []string
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) {}, WithFailFast(),
			WithObserver(Observer{Refused: func(_ context.Context, e CallEvent) { events = append(events, e.Limits...) }}))
		for range 10 {
			if err := clientGet(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		err := clientGet(t.Context(), c)
		if !errors.Is(err, ratelimit.ErrLimited) || !strings.HasPrefix(err.Error(), "get: ") {
			t.Errorf("got %v", err)
		}
		if !slices.Equal(events, []string{"each"}) {
			t.Errorf("refused: %v", events)
		}
	})
}

func TestClientCosts(t *testing.T) {
	limiter := &clientLimiter{}
	c := clientCore(t, func(http.ResponseWriter, *http.Request) {}, WithLimiter(limiter))
	post := func(n int) error {
		r := c.NewCall(callPost)
		r.JSON(map[string]any{"to": make([]string, n)})
		return DoEmpty(t.Context(), r)
	}
	if err := post(3); err != nil {
		t.Fatal(err)
	}
	var cost *ratelimit.CostError
	if err := post(601); !errors.As(err, &cost) || cost.Max != 600 {
		t.Errorf("got %v", err)
	}
	// The server does not treat one name as a list, whatever the method is called.
	for _, names := range [][]string{{"a", "b"}, {"a"}} {
		r := c.NewCall(callList)
		r.Path("name", names)
		if err := DoEmpty(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"acquire each 1", "acquire units 3", "done", "acquire units 1", "done", "acquire each 1", "done"}
	if got := limiter.taken(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestClientWithoutLimits(t *testing.T) {
	c := clientCore(t, func(http.ResponseWriter, *http.Request) {}, WithoutLimits())
	for range 100 {
		if err := clientGet(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if c.Usage() != nil {
		t.Error("usage of no limiter")
	}
}

// clientClock advances at once when a call waits for it.
type clientClock struct {
	now   time.Time
	waits []time.Duration
}

func (c *clientClock) Now() time.Time { return c.now }

func (c *clientClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.waits = append(c.waits, d)
	c.now = c.now.Add(d)
	f()
	return func() bool { return false }
}

func TestClientClock(t *testing.T) {
	clock := &clientClock{now: time.Unix(0, 0)}
	var times []time.Time
	c := clientCore(t, clientAnswers(&times, clientAnswer(429, "Retry-After", "5")), WithClock(clock), WithLimiter(&clientLimiter{}))
	c.random = func() float64 { return 0.5 }
	if err := clientGet(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(clock.waits, []time.Duration{5*time.Second + 300*time.Millisecond}) {
		t.Errorf("waits %v", clock.waits)
	}
}
