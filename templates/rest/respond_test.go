package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// answering returns a server of one operation that answers with what f does inside of its limits.
func answering(t *testing.T, c ServerConfig, f func(x *Exchange, ctx context.Context) error, options ...ServerOption) *Server {
	t.Helper()
	if c.Operations == nil {
		c.Operations = []Operation{{ID: "op", Method: "GET", Path: "/"}}
	}
	s, err := NewServer(c, append([]ServerOption{WithErrorLog(nil)}, options...))
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(0, func(x *Exchange) error {
		return x.Run(func(ctx context.Context) error { return f(x, ctx) })
	})
	return s
}

// What a handler or the authentication hook chose, and the server's own refusals, are spelt as the
// spec does.
func TestServerErrorBodies(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		media  string
		body   string
	}{
		{&APIError{StatusCode: 409, Code: "taken", Message: "is taken"}, 409, "application/json", `{"error":"taken","more":{"text":"is taken"}}`},
		{fmt.Errorf("wrapped: %w", &APIError{StatusCode: 404}), 404, "application/json", `{"error":"not_found","more":{"text":"Not Found"}}`},
		{&APIError{StatusCode: 400, Body: []byte(`{"own":1}`)}, 400, "application/json", `{"own":1}`},
		{&APIError{StatusCode: 400, Body: []byte(`own`)}, 400, "text/plain; charset=utf-8", `own`},
		{&APIError{StatusCode: 400, Body: []byte(`<e/>`), Header: http.Header{"Content-Type": {"text/xml"}, "Content-Length": {"99"}, "Transfer-Encoding": {"chunked"}}}, 400, "text/xml", `<e/>`},
		{&APIError{StatusCode: 200}, 500, "application/json", `{"error":"internal_server_error","more":{"text":"Internal Server Error"}}`},
		{errors.New("secret"), 500, "application/json", `{"error":"internal_server_error","more":{"text":"Internal Server Error"}}`},
		{fmt.Errorf("reading: %w", &http.MaxBytesError{Limit: 1}), 413, "application/json", `{"error":"request_entity_too_large","more":{"text":"Request Entity Too Large"}}`},
	} {
		config := ServerConfig{ErrorCode: "/error", ErrorMessage: "/more/text"}
		logged := 0
		s := answering(t, config, func(*Exchange, context.Context) error { return c.err }, WithErrorLog(func(context.Context, error) { logged++ }))
		w := ask(s, "GET", "/", "")
		if w.Code != c.status || w.Header().Get("Content-Type") != c.media || w.Body.String() != c.body || (logged > 0) != (c.status == 500) {
			t.Errorf("%v: %d %v %s, logged %d", c.err, w.Code, w.Header(), w.Body, logged)
		}
		if w.Header().Get("Transfer-Encoding") != "" || w.Header().Get("Content-Length") != fmt.Sprint(len(c.body)) {
			t.Errorf("%v: %v", c.err, w.Header())
		}
		hook := func(ctx context.Context, _ *http.Request, _ string, _ [][]string) (context.Context, error) {
			return nil, c.err
		}
		s = answering(t, config, nil, WithAuth(hook))
		w = ask(s, "GET", "/", "")
		var known *APIError
		if errors.As(c.err, &known) && c.status < 500 && (w.Code != c.status || w.Body.String() != c.body) || c.status == 500 && w.Code < 401 {
			t.Errorf("hook, %v: %d %s", c.err, w.Code, w.Body)
		}
	}
	s := answering(t, ServerConfig{ErrorCode: "/error"}, nil)
	if w := ask(s, "PUT", "/", ""); w.Code != 405 || w.Body.String() != `{"error":"method_not_allowed"}` {
		t.Error(w.Code, w.Header())
	}
	retry := answering(t, ServerConfig{}, func(*Exchange, context.Context) error {
		return &APIError{StatusCode: 503, RetryAfter: 1100 * time.Millisecond}
	})
	if w := ask(retry, "GET", "/", ""); w.Header().Get("Retry-After") != "2" {
		t.Error(w.Header())
	}
}

func TestServerAnswers(t *testing.T) {
	stream := func(status int, s *Stream) func(*Exchange, context.Context) error {
		return func(x *Exchange, _ context.Context) error { return x.Stream(status, s, nil) }
	}
	content := func() *Stream {
		return &Stream{ContentType: "image/png", Length: 4, Header: http.Header{"etag": {"x"}}, Body: io.NopCloser(strings.NewReader("data"))}
	}
	for _, c := range []struct {
		method string
		answer func(*Exchange, context.Context) error
		status int
		media  string
		length string
		body   string
	}{
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSON(201, []int{1}, nil) }, 201, "application/json", "3", "[1]"},
		{"HEAD", func(x *Exchange, _ context.Context) error { return x.JSON(200, []int{1}, nil) }, 200, "application/json", "3", ""},
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSON(200, func() {}, nil) }, 500, "application/problem+json", "46", `{"status":500,"title":"Internal Server Error"}`},
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSON(200, (*Stream)(nil), nil) }, 500, "application/problem+json", "46", `{"status":500,"title":"Internal Server Error"}`},
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSON(200, nil, nil) }, 500, "application/problem+json", "46", `{"status":500,"title":"Internal Server Error"}`},
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSON(200, json.RawMessage("null"), nil) }, 500, "application/problem+json", "46", `{"status":500,"title":"Internal Server Error"}`},
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSON(200, []int(nil), nil) }, 200, "application/json", "2", "[]"},
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSON(200, map[string]int(nil), nil) }, 200, "application/json", "2", "{}"},
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSONOrNull(203, (*Stream)(nil), nil) }, 203, "application/json", "4", "null"},
		{"GET", func(x *Exchange, _ context.Context) error { return x.JSONOrNull(203, Ptr(7), nil) }, 203, "application/json", "1", "7"},
		{"GET", func(x *Exchange, _ context.Context) error {
			return x.JSONOrNull(203, Ptr(7), &APIError{StatusCode: 404})
		}, 404, "application/problem+json", "34", `{"status":404,"title":"Not Found"}`},
		{"GET", func(x *Exchange, _ context.Context) error { return x.Text(200, "ä", nil) }, 200, "text/plain; charset=utf-8", "2", "ä"},
		{"GET", func(x *Exchange, _ context.Context) error { return x.Empty(204, nil) }, 204, "", "", ""},
		{"GET", func(x *Exchange, _ context.Context) error { return x.Empty(202, nil) }, 202, "", "0", ""},
		{"GET", stream(200, content()), 200, "image/png", "4", "data"},
		{"HEAD", stream(200, content()), 200, "image/png", "4", ""},
		{"GET", stream(200, &Stream{Length: -1, Body: io.NopCloser(strings.NewReader("data"))}), 200, "application/octet-stream", "", "data"},
		{"GET", stream(200, nil), 500, "application/problem+json", "46", `{"status":500,"title":"Internal Server Error"}`},
	} {
		w := ask(answering(t, ServerConfig{}, c.answer), c.method, "/", "")
		if w.Code != c.status || w.Header().Get("Content-Type") != c.media || w.Header().Get("Content-Length") != c.length || w.Body.String() != c.body {
			t.Errorf("%s: %d %v %q", c.method, w.Code, w.Header(), w.Body)
		}
	}
}

// A panic is 500, unless the answer has begun: then the connection breaks, as it does on
// http.ErrAbortHandler.
func TestServerPanics(t *testing.T) {
	limits := []ratelimit.Limit{{Name: "flight", Quota: 1, Unit: "concurrent-requests"}}
	config := ServerConfig{Limits: limits, Operations: []Operation{{ID: "op", Method: "GET", Path: "/", Rates: []Rate{{Cost: 1}}}}}
	for name, c := range map[string]struct {
		do     func(x *Exchange)
		aborts bool
	}{
		"before": {func(*Exchange) { panic("private") }, false},
		"after":  {func(x *Exchange) { _ = x.Empty(200, nil); panic("private") }, true},
		"abort":  {func(*Exchange) { panic(http.ErrAbortHandler) }, true},
		"stream": {func(x *Exchange) {
			_ = x.Stream(200, &Stream{Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), brokenReader{}))}, nil)
		}, true},
	} {
		s := answering(t, config, func(x *Exchange, _ context.Context) error { c.do(x); return nil })
		for range 3 { // each gives its place back
			w := httptest.NewRecorder()
			aborted := func() (p any) {
				defer func() { p = recover() }()
				s.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
				return nil
			}()
			if c.aborts != (aborted != nil) || !c.aborts && (w.Code != 500 || strings.Contains(w.Body.String(), "private")) || w.Code == 429 {
				t.Errorf("%s: %v %d %s", name, aborted, w.Code, w.Body)
			}
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

// enforcerFunc is an Enforcer that is one function.
type enforcerFunc func([]ratelimit.Charge) (ratelimit.Decision, error)

func (f enforcerFunc) Admit(_ context.Context, charges []ratelimit.Charge) (ratelimit.Decision, error) {
	return f(charges)
}

func TestServerRefusals(t *testing.T) {
	limits := []ratelimit.Limit{
		{Name: `we"ird`, Quota: 6000, Window: time.Minute, Unit: "messages"}, {Name: "each", Quota: 100, Window: time.Second, Unit: "requests"},
		{Name: "flight", Quota: 9, Unit: "concurrent-requests"}, {Name: "bytes", Quota: 7, Window: time.Hour, Unit: "content-bytes"},
	}
	config := ServerConfig{Limits: limits, Operations: []Operation{{ID: "op", Method: "GET", Path: "/",
		Rates: []Rate{{Limit: 0, Cost: 600}, {Limit: 1, Cost: 1}, {Limit: 2, Cost: 1}, {Limit: 3, Cost: 2}}}}}
	states := func(charges []ratelimit.Charge, violated ...int) []ratelimit.State {
		out := make([]ratelimit.State, len(charges))
		for i, c := range charges {
			out[i] = ratelimit.State{Limit: c.Limit, Cost: c.Cost, Remaining: int64(i), Reset: 400 * time.Millisecond}
		}
		for _, i := range violated {
			out[i].Violated, out[i].Wait = true, time.Duration(i)*2100*time.Millisecond
		}
		return out
	}
	for _, c := range []struct {
		name                      string
		decide                    enforcerFunc
		status                    int
		retry, policy, left, body string
	}{
		{"one", func(ch []ratelimit.Charge) (ratelimit.Decision, error) {
			return ratelimit.Decision{Limits: states(ch, 0)}, nil
		},
			429, "1", `"we\"ird";q=6000;w=60`, `"we\"ird";r=0;t=1`, `we\"ird: cost 600, 0 messages left`},
		{"two", func(ch []ratelimit.Charge) (ratelimit.Decision, error) {
			return ratelimit.Decision{Limits: states(ch, 1, 3)}, nil
		},
			429, "7", `"each";q=100;w=1, "bytes";q=7;qu="content-bytes";w=3600`, `"each";r=1;t=1, "bytes";r=3;t=1`, "each: cost 1, 1 requests left; bytes: cost 2, 3 content-bytes left"},
		{"flight", func(ch []ratelimit.Charge) (ratelimit.Decision, error) {
			return ratelimit.Decision{Limits: states(ch, 2)}, nil
		},
			429, "", `"flight";q=9;qu="concurrent-requests"`, `"flight";r=2`, "flight: cost 1, 2 concurrent-requests left"},
		{"nothing said", func([]ratelimit.Charge) (ratelimit.Decision, error) { return ratelimit.Decision{}, nil }, 429, "", "", "", `"violated-policies":[]`},
		{"admitted", func(ch []ratelimit.Charge) (ratelimit.Decision, error) {
			return ratelimit.Decision{Admitted: true, Limits: states(ch)}, nil
		},
			200, "", `"we\"ird";q=6000;w=60`, `"we\"ird";r=0;t=1`, ""},
		{"admitted, nothing said", func([]ratelimit.Charge) (ratelimit.Decision, error) { return ratelimit.Decision{Admitted: true}, nil }, 200, "", "", "", ""},
		{"down", func([]ratelimit.Charge) (ratelimit.Decision, error) {
			return ratelimit.Decision{}, errors.New("private")
		}, 503, "", "", "", "Service Unavailable"},
		{"too much", func([]ratelimit.Charge) (ratelimit.Decision, error) {
			return ratelimit.Decision{}, &ratelimit.CostError{Limit: "each", Cost: 3, Max: 2}
		}, 400, "", "", "", "at most 2"},
	} {
		s := answering(t, config, func(x *Exchange, _ context.Context) error { return x.Text(200, "", nil) }, WithEnforcer(c.decide))
		w := ask(s, "GET", "/", "")
		h := w.Header()
		if w.Code != c.status || h.Get("Retry-After") != c.retry || h.Get("RateLimit-Policy") != c.policy || h.Get("RateLimit") != c.left ||
			!strings.Contains(w.Body.String(), c.body) || strings.Contains(w.Body.String(), "private") || (h.Get("Cache-Control") == "no-store") != (c.status == 429) {
			t.Errorf("%s: %d %v %s", c.name, w.Code, h, w.Body)
		}
		if c.status == 429 && !json.Valid(w.Body.Bytes()) {
			t.Error(c.name, w.Body)
		}
	}
}

// A key with a credential is salted in the header; without one everybody computes the same.
func TestServerPartitionKey(t *testing.T) {
	limits := []ratelimit.Limit{{Name: "each", Quota: 100, Window: time.Second, Unit: "requests"}}
	config := func(d ...Dimension) ServerConfig {
		return ServerConfig{Limits: limits, Credentials: []Credential{{Scheme: "b", In: InHeader, Name: "Authorization", Prefix: "Bearer "}, {Scheme: "k", In: InQuery, Name: "key"}},
			Operations: []Operation{{ID: "op", Method: "GET", Path: "/", Security: [][]string{{"k", "b"}, {"b"}}, Rates: []Rate{{Cost: 1, Key: d}}}}}
	}
	key := func(c ServerConfig, target, token string) string {
		s := answering(t, c, func(x *Exchange, _ context.Context) error { return x.Empty(204, nil) }, WithoutAuth())
		_, pk, _ := strings.Cut(ask(s, "GET", target, "", "Authorization", token).Header().Get("RateLimit"), ";pk=:")
		return pk
	}
	plain := config(Dimension{Expr: Expr{In: InQuery, Name: "q"}})
	if a, b := key(plain, "/?q=x", ""), key(plain, "/?q=x", ""); a != b || len(a) != 13 || key(plain, "/?q=y", "") == a {
		t.Error(a, b)
	}
	secret := config(Dimension{Kind: DimCredential})
	if one, other := key(secret, "/", "Bearer x"), key(secret, "/", "Bearer x"); one == other {
		t.Error("not salted by the process")
	}
	s := answering(t, secret, func(x *Exchange, _ context.Context) error { return x.Empty(204, nil) }, WithoutAuth())
	seen := map[string]string{}
	for _, c := range []struct{ target, token, same string }{
		{"/", "Bearer x", "x"}, {"/", "bearer x", "x"}, {"/?key=k", "Bearer x", "x"}, {"/?key=k", "Bearer y", "y"}, {"/", "Basic x", "none"}, {"/?key=k", "", "none"}, {"/", "", "none"},
	} {
		got := ask(s, "GET", c.target, "", "Authorization", c.token).Header().Get("RateLimit")
		_, pk, _ := strings.Cut(got, "pk=")
		if seen[c.same] == "" {
			seen[c.same] = pk
		}
		if seen[c.same] != pk {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if seen["x"] == seen["y"] || seen["x"] == seen["none"] {
		t.Error(seen)
	}
}
