package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

func middlewareOf(t testing.TB, config ServerConfig, options ...ServerOption) *Middleware {
	t.Helper()
	m, err := NewMiddleware(config, append([]ServerOption{WithErrorLog(nil)}, options...))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// authenticated returns a middleware of the program's own: it knows callers as guardedHook does.
func authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := guardedHook(r.Context(), r, "", nil)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// TestMiddlewareDecides sends one table of requests to a server and to a middleware, as one that
// asks a hook and as two around authentication: status and headers of the limits are the same.
func TestMiddlewareDecides(t *testing.T) {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/op" {
			http.NotFound(w, r)
			return
		}
		if _, ok := IdentityOf(r.Context()); !ok {
			t.Error("the handler does not know the caller")
		}
		w.WriteHeader(http.StatusNoContent)
	})
	synctest.Test(t, func(t *testing.T) {
		hooked := middlewareOf(t, guardedConfig(9, 3), WithAuth(guardedHook)).Handler(app)
		two := middlewareOf(t, guardedConfig(9, 3))
		handlers := map[string]http.Handler{"hook": hooked, "two": two.BeforeAuth(authenticated(two.Handler(app)))}
		server := guarded(t, 9, 3)
		for i, token := range []string{"guess", "ann", "ann", "bob", "ann", "ann", "1ann/gold", "ann/gold", "guess", "", "bob", "bob", "ann"} {
			want := ask(server, "GET", "/op", "", "Authorization", "Bearer "+token)
			for name, h := range handlers {
				got := ask(h, "GET", "/op", "", "Authorization", "Bearer "+token)
				same := got.Code == want.Code && got.Body.String() == want.Body.String() || want.Code == 401 && got.Code == 401
				for _, field := range []string{"Ratelimit-Policy", "Retry-After"} {
					same = same && got.Header().Get(field) == want.Header().Get(field)
				}
				a, _, _ := strings.Cut(got.Header().Get("Ratelimit"), ";pk")
				b, _, _ := strings.Cut(want.Header().Get("Ratelimit"), ";pk") // salted
				if !same || a != b {
					t.Errorf("%d, %s, %q: %d %v %s, want %d %v %s", i, name, token, got.Code, got.Header(), got.Body, want.Code, want.Header(), want.Body)
				}
			}
			time.Sleep(time.Second)
		}
		if a, b := two.LimitMetrics(), server.LimitMetrics(); a[0].Admitted != b[0].Admitted || a[1].Refused != b[1].Refused || a[1].Refused == 0 {
			t.Errorf("%+v, want %+v", a, b)
		}
	})
}

// TestMiddlewareReturnsBuffers: a body that limits count by is read into a buffer that a later
// request uses again.
func TestMiddlewareReturnsBuffers(t *testing.T) {
	fresh := buffers.New
	defer func() { buffers.New = fresh }()
	taken := 0
	buffers.New = func() any {
		taken++
		return fresh()
	}
	const requests = 100
	config := countedConfig()
	config.Limits[0].Quota = requests
	h := middlewareOf(t, config).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for range requests {
		if w := ask(h, "POST", "/send", `{"to":[]}`, "Content-Type", "application/json"); w.Code != http.StatusOK {
			t.Fatal(w.Code, w.Body)
		}
	}
	if taken > requests/2 { // a pool may lose some
		t.Errorf("%d requests took %d new buffers", requests, taken)
	}
}

// countedConfig has a cost of the body's list, and one of the number in a header.
func countedConfig() ServerConfig {
	return ServerConfig{
		Limits: []ratelimit.Limit{{Name: "units", Quota: 10, Window: time.Minute, Unit: "messages"}, {Name: "slots", Quota: 1, Unit: "concurrent-requests"}},
		Operations: []Operation{
			{ID: "send", Method: "POST", Path: "/send", Body: Body{Kind: BodyJSON, Media: "application/json"},
				Rates: []Rate{{Limit: 0, Count: &Expr{In: InBody, Pointer: "/to"}, Times: 1}}},
			{ID: "form", Method: "POST", Path: "/form", Body: Body{Kind: BodyForm, Media: "application/x-www-form-urlencoded"},
				Rates: []Rate{{Limit: 0, Count: &Expr{In: InBody, Pointer: "/to"}, Times: 1}}},
			{ID: "parts", Method: "POST", Path: "/parts", Body: Body{Kind: BodyMultipart, Media: "multipart/form-data"},
				Rates: []Rate{{Limit: 0, Count: &Expr{In: InBody, Pointer: "/n"}, Times: 1, Value: true}}},
			{ID: "slow", Method: "GET", Path: "/slow/{id}", Params: []Param{{In: InPath, Name: "id"}}, Rates: []Rate{{Limit: 1, Cost: 1}}},
			{ID: "free", Method: "PUT", Path: "/free", Body: Body{Kind: BodyJSON, Media: "application/json"}},
		},
	}
}

// TestMiddlewareBodies has bodies counted and handed on as they came, and those that nothing counts
// not looked at.
func TestMiddlewareBodies(t *testing.T) {
	var got string
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = string(data)
	})
	const parts = "--x\r\nContent-Disposition: form-data; name=n\r\n\r\n4\r\n--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\nfile\r\n--x--\r\n"
	for _, c := range []struct {
		target, media, body string
		status              int
		left                string
	}{
		{"/send", "application/json", `{"to":["a","b","c"], "x":1}`, 200, "7"},
		{"/send", "application/json", ``, 200, "9"},
		{"/send", "application/json", `{"to":`, 400, ""},
		{"/send", "text/plain", `{"to":["a","b","c"]}`, 415, ""},
		{"/send", "application/json", `{"to":[` + strings.Repeat("1,", 10) + `1]}`, 400, ""},
		{"/send", "application/json", strings.Repeat(" ", 300), 413, ""},
		{"/form", "application/x-www-form-urlencoded", "to=a&to=b", 200, "8"},
		{"/parts", "multipart/form-data; boundary=x", parts, 200, "6"},
		{"/none", "text/plain", "anything", 200, ""},
	} {
		m := middlewareOf(t, countedConfig(), WithMaxBody(299))
		got = ""
		w := ask(m.Handler(app), "POST", c.target, c.body, "Content-Type", c.media)
		if left := w.Header().Get("Ratelimit"); w.Code != c.status || c.left != "" && !strings.Contains(left, ";r="+c.left+";") {
			t.Errorf("%s %q: %d %s, want %d and %s", c.target, c.body, w.Code, left, c.status, c.left)
		}
		if c.status == 200 && got != c.body {
			t.Errorf("%s: the handler got %q", c.target, got)
		}
	}
	m := middlewareOf(t, countedConfig(), WithMaxBody(10))
	if w := ask(m.Handler(app), "PUT", "/free", strings.Repeat("{", 100), "Content-Type", "x/y"); w.Code != 200 || len(got) != 100 {
		t.Error(w.Code, got)
	}
}

// TestMiddlewareRefusesNamesThatDifferByCase holds that a handler that reads with encoding/json
// sees the members that limits counted, or no request at all.
func TestMiddlewareRefusesNamesThatDifferByCase(t *testing.T) {
	at := func(pointer string) Expr { return Expr{In: InBody, Pointer: pointer} }
	body := Body{Kind: BodyJSON, Media: "application/json"}
	both := Body{Kind: BodyJSON, Media: "application/json", Beside: []string{"To"}} // the spec has to and To
	seconds := at("/seconds")
	free := []Rate{{Limit: 0, Cost: 1}}
	config := ServerConfig{
		Limits: []ratelimit.Limit{{Name: "units", Quota: 1000, Window: time.Minute}},
		Operations: []Operation{
			{ID: "cost", Method: "POST", Path: "/cost", Body: body, Rates: []Rate{{Limit: 0, Count: &seconds, Times: 1, Value: true, Absent: 1}}},
			{ID: "both", Method: "POST", Path: "/both", Body: both, Rates: []Rate{{Limit: 0, Cost: 1, Key: []Dimension{{Expr: at("/to")}}}}},
			{ID: "key", Method: "POST", Path: "/key", Body: body, Rates: []Rate{{Limit: 0, Cost: 1, Key: []Dimension{{Expr: at("/of/0/a~1b")}}}}},
			{ID: "one", Method: "POST", Path: "/when", Body: body, Rates: free, When: TestPresent, WhenExpr: at("/batch")},
			{ID: "two", Method: "POST", Path: "/when", Body: body, Rates: free, When: TestAbsent, WhenExpr: at("/batch")},
		},
	}
	app := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	h := middlewareOf(t, config).Handler(app)
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/cost", `{"seconds":5}`, 204},
		{"/cost", `{"second":5,"secondss":1,"of":{"Seconds":1}}`, 204},
		{"/cost", `{"\u0073econds":5}`, 204},
		{"/cost", `{"Seconds":600}`, 400},
		{"/cost", `{"seconds":1,"Seconds":600}`, 400},
		{"/cost", `{"\u017feconds":600}`, 400},
		{"/cost", `{"seconds":1,"\u017feconds":600}`, 400},
		{"/cost", "{\"\u017feconds\":600}", 400},
		{"/both", `{"to":"a","To":"b"}`, 204},
		{"/both", `{"\u0054o":"b"}`, 204},
		{"/both", `{"to":"a","TO":"b"}`, 400},
		{"/key", `{"of":[{"a/b":"x"}]}`, 204},
		{"/key", `{"of":[{"A/b":"x"}]}`, 400},
		{"/key", `{"of":[{}, {"A/b":"x"}]}`, 204},
		{"/key", `{"OF":[{"a/b":"x"}]}`, 400},
		{"/when", `{"batch":1}`, 204},
		{"/when", `{"none":1}`, 204},
		{"/when", `{"Batch":1}`, 400},
	} {
		if w := ask(h, "POST", c.path, c.body, "Content-Type", "application/json"); w.Code != c.status {
			t.Errorf("%s %s: %d %s, want %d", c.path, c.body, w.Code, w.Body, c.status)
		}
	}
}

// TestMiddlewareRefusesKeysThatAreNoNumbers has a parameter of numbers as a key: a handler may read
// other spellings as a number too, which would be counted apart.
func TestMiddlewareRefusesKeysThatAreNoNumbers(t *testing.T) {
	key := func(in Place, name string) Dimension { return Dimension{Expr: Expr{In: in, Name: name}} }
	params := []Param{{In: InPath, Name: "id", Number: true}, {In: InQuery, Name: "n", Number: true, Default: "7"}, {In: InQuery, Name: "s"}, {In: InHeader, Name: "X-N", Number: true}}
	config := ServerConfig{
		Limits: []ratelimit.Limit{{Name: "each", Quota: 1000, Window: time.Minute}},
		Operations: []Operation{{ID: "op", Method: "GET", Path: "/{id}", Params: params,
			Rates: []Rate{{Cost: 1, Key: []Dimension{key(InPath, "id"), key(InQuery, "n"), key(InQuery, "s"), key(InHeader, "X-N")}}}}},
	}
	app := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	h := middlewareOf(t, config).Handler(app)
	for _, c := range []struct {
		path, header string
		status       int
	}{
		{"/1", "", 204}, {"/1.0e0?n=8", "-2", 204}, {"/1?n=&s=007", "", 204}, {"/1e999", "", 204}, {"/-0", "", 204},
		{"/007", "", 400}, {"/1?n=08", "", 400}, {"/1?n=+8", "", 400}, {"/1?n=0x8", "", 400}, {"/1", "08", 400}, {"/x", "", 400}, {"/1_0", "", 400},
	} {
		if w := ask(h, "GET", c.path, "", "X-N", c.header); w.Code != c.status {
			t.Errorf("%s, %q: %d %s, want %d", c.path, c.header, w.Code, w.Body, c.status)
		}
	}
}

// TestMiddlewareHolds has a limit on concurrent requests held until the handler has returned, also
// by a panic; exempt calls are not counted.
func TestMiddlewareHolds(t *testing.T) {
	var inner http.Handler
	deep := 0
	var m *Middleware
	var status int
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if deep++; deep == 1 {
			r := httptest.NewRequest("GET", "/slow/2", nil)
			w := httptest.NewRecorder()
			inner.ServeHTTP(w, r)
			status = w.Code
			panic(http.ErrAbortHandler)
		}
	})
	var done []CallEvent
	m = middlewareOf(t, countedConfig(),
		WithExempt(func(r *http.Request, id string) bool { return r.Header.Get("Operator") != "" && id == "slow" }),
		WithObserver(Observer{Done: func(_ context.Context, e CallEvent) { done = append(done, e) }}))
	inner = m.Handler(app)
	func() {
		defer func() { _ = recover() }()
		ask(inner, "GET", "/slow/1", "")
	}()
	if status != 429 {
		t.Error("a second request while the first is served:", status)
	}
	if w := ask(inner, "GET", "/slow/1", ""); w.Code != 200 {
		t.Error("after a panic:", w.Code)
	}
	if w := ask(inner, "GET", "/slow/1", "", "Operator", "yes"); w.Code != 200 || w.Header().Get("Ratelimit") != "" {
		t.Error(w.Code, w.Header())
	}
	if len(done) != 3 || done[0].Status != 429 || fmt.Sprint(done[0].Operation) != "slow" {
		t.Errorf("%+v", done)
	}
}

// TestMiddlewareKnownOnly sends spellings of a path that a handler may take for an operation's:
// with WithKnownOnly a middleware answers what a server does, and without it they pass.
func TestMiddlewareKnownOnly(t *testing.T) {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	open := middlewareOf(t, guardedConfig(9, 3), WithAuth(guardedHook)).Handler(app)
	m := middlewareOf(t, guardedConfig(9, 3), WithAuth(guardedHook), WithKnownOnly())
	closed, server := m.BeforeAuth(m.Handler(app)), guarded(t, 9, 3)
	for _, path := range []string{"/op/", "//op", "/./op", "/op;x=1", "/other", "/op%2f"} {
		want := ask(server, "GET", path, "", "Authorization", "Bearer ann")
		got := ask(closed, "GET", path, "", "Authorization", "Bearer ann")
		if got.Code != 404 || got.Code != want.Code || got.Body.String() != want.Body.String() {
			t.Errorf("%s: %d %s, and %d %s of the server", path, got.Code, got.Body, want.Code, want.Body)
		}
		if w := ask(open, "GET", path, ""); w.Code != http.StatusTeapot {
			t.Errorf("%s: %d without the option", path, w.Code)
		}
	}
	if w := ask(closed, "DELETE", "/op", ""); w.Code != 405 || w.Header().Get("Allow") == "" {
		t.Error(w.Code, w.Header())
	}
	if w := ask(closed, "GET", "/op", "", "Authorization", "Bearer ann"); w.Code != http.StatusTeapot {
		t.Error(w.Code)
	}
}
