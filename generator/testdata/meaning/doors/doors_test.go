package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/meaning/doors/slim"
	"example.com/meaning/ratelimit"
	"example.com/meaning/rest"
)

// ledger is a limiter and an enforcer that admits everything and notes what it costs.
type ledger struct {
	ratelimit.Limiter
	said []string
}

func (l *ledger) note(charges []ratelimit.Charge) {
	for _, c := range charges {
		l.said = append(l.said, fmt.Sprintf("%s %d %q", c.Limit.Name, c.Cost, c.Key))
	}
}

func (l *ledger) Acquire(_ context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	l.note(charges)
	return ratelimit.NoPermit{}, nil
}

func (l *ledger) Admit(_ context.Context, charges []ratelimit.Charge) (ratelimit.Decision, error) {
	l.note(charges)
	return ratelimit.Decision{Admitted: true}, nil
}

// take gives what was noted since it was asked last.
func (l *ledger) take() string {
	text := strings.Join(l.said, "; ")
	l.said = nil
	return text
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func noContent(req *http.Request) *http.Response {
	return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: req}
}

// served answers what every operation answers.
type served struct{ Unimplemented }

func (served) SendJSON(context.Context, *JSON) error                                  { return nil }
func (served) SendForm(context.Context, *SendFormRequest) error                       { return nil }
func (served) SendFlat(context.Context, *SendFlatRequest) error                       { return nil }
func (served) SendOpen(context.Context, map[string]any) error                         { return nil }
func (served) SendParts(context.Context, SendPartsRequest) error                      { return nil }
func (served) ListRows(context.Context, ListRowsParams) error                         { return nil }
func (served) SendAll(context.Context, *SendAllRequest) error                         { return nil }
func (served) SendSome(context.Context, *SendAllRequest) error                        { return nil }
func (served) ListAll(context.Context, []int64, []string, int64, ListAllParams) error { return nil }

// door is one way in: send sends a request, and what it counts stands in the ledger.
type door struct {
	name string
	book *ledger
	send func(*http.Request) (status int)
}

func doors(t *testing.T) []door {
	t.Helper()
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	books := make([]*ledger, 5)
	for i := range books {
		books[i] = &ledger{Limiter: ratelimit.NewPacer(ratelimit.PacerOptions{})}
	}
	handled := func(h http.Handler) func(*http.Request) int {
		return func(r *http.Request) int {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Code
		}
	}
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	sent := func(r http.RoundTripper) func(*http.Request) int {
		return func(req *http.Request) int {
			res, err := r.RoundTrip(req)
			if err != nil {
				return http.StatusBadRequest // what the API would answer
			}
			return res.StatusCode
		}
	}
	base := roundTrip(func(req *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, req.Body)
		return noContent(req), err
	})
	server, err := NewServer(Handlers{API: served{}}, rest.WithEnforcer(books[0]))
	fatal(err)
	full, err := NewMiddleware(rest.WithEnforcer(books[1]))
	fatal(err)
	small, err := slim.NewMiddleware(rest.WithEnforcer(books[2]))
	fatal(err)
	transport, err := NewTransport(base, rest.WithLimiter(books[3]))
	fatal(err)
	smallTransport, err := slim.NewTransport(base, rest.WithLimiter(books[4]))
	fatal(err)
	return []door{
		{"server", books[0], handled(server)}, {"middleware", books[1], handled(full.Handler(app))},
		{"middleware of limits alone", books[2], handled(small.Handler(app))},
		{"transport", books[3], sent(transport)}, {"transport of limits alone", books[4], sent(smallTransport)},
	}
}

// request is a request that can be sent several times.
type request struct {
	method, target, media string
	header                http.Header
	body                  []byte
}

func (q request) new() *http.Request {
	r := httptest.NewRequest(q.method, "http://api.test/v1"+q.target, bytes.NewReader(q.body))
	r.RequestURI = ""
	for name, values := range q.header {
		r.Header[name] = values
	}
	if q.media != "" {
		r.Header.Set("Content-Type", q.media)
	}
	return r
}

// compare sends a request through all doors. Where the server serves it, all count what it counts;
// else what is generated for limits alone still counts as its like does. want is what a client
// counted, or "".
func compare(t *testing.T, all []door, q request, want string) (counted string) {
	t.Helper()
	var said []string
	var status []int
	for _, d := range all {
		status = append(status, d.send(q.new()))
		said = append(said, d.book.take())
	}
	describe := func(i int) string { return fmt.Sprintf("%s: %d, %s", all[i].name, status[i], said[i]) }
	pairs := [][2]int{{1, 2}, {3, 4}}
	if status[0] < 300 {
		pairs = append(pairs, [2]int{0, 1}, [2]int{0, 3})
	}
	for _, p := range pairs {
		if said[p[0]] != said[p[1]] || status[p[0]] != status[p[1]] {
			t.Errorf("%s %s %q:\n%s\n%s", q.method, q.target, q.body, describe(p[0]), describe(p[1]))
		}
	}
	if want != "" && (status[0] >= 300 || said[0] != want) {
		t.Errorf("%s %s %q:\n%s\nclient: %s", q.method, q.target, q.body, describe(0), want)
	}
	return said[0]
}

const formMedia = "application/x-www-form-urlencoded"

// TestForeignRequests sends what other generators' clients, browsers and curl send.
func TestForeignRequests(t *testing.T) {
	all := doors(t)
	const boundary = "multipart/form-data; boundary=x"
	part := func(head, text string) string {
		return "--x\r\nContent-Disposition: form-data; " + strings.ReplaceAll(head, "|", "\r\nContent-Type: ") + "\r\n\r\n" + text + "\r\n"
	}
	for _, c := range []struct{ target, media, body, want string }{
		{"/json", "application/json", `{"tags":["a","b"],"nested":{"list":[1,2],"m":3},"n":5,"s":"1.0","x":1.0}`, "a 2;b 6;c 5;d 6"},
		{"/json", "application/merge+json", `{"tags":["a","b"]}`, "a 2"},
		{"/json", "", `{"tags":[]}`, "a 1;c 4"},
		{"/json", "text/plain", `{"tags":["a","b"]}`, ""},
		{"/json", "application/json", ``, "a 1;c 4;d 4"},
		{"/form", formMedia, "csv=a,b,c&tags=a&tags=b,c", "a 2;b 3;g 4"},
		{"/form", formMedia, "csv=a%2Cb,c", "b 2"},
		{"/form", "", "csv=a,b,c", "b 3"},
		{"/form", formMedia + "; charset=utf-8", "spaced=a+b%20c&piped=1|2%7C3", "c 3;d 3"},
		{"/form", formMedia, "deep[list][0]=a&deep[list][1]=b&deep%5Bm%5D=9", "e 4;f 9"},
		{"/form", formMedia, "deep[list]=a&deep[list]=b", "e 4;f 7"},
		{"/form", formMedia, `data={"list":["a","b"]}&p=1&q=2&n=11`, "h 2;g 11"},
		{"/form", formMedia, `tags=["a","b"]&s=1.0&x=1.0`, `a 1;text 1 "3:1.0`},
		{"/form", formMedia, `s=true&x=1e0`, `text 1 "4:true`},
		{"/form", formMedia, "n=2&n=3", ""},
		{"/form", formMedia, "n=x", ""},
		{"/form", formMedia, "%zz", ""},
		{"/form", formMedia, "", "a 1;g 4;f 7"},
		{"/flat", formMedia, "p=6&q=a&q=b", "a 6"},
		{"/open", formMedia, "tags=a&tags=b&n=12&s=1.0", `a 2;b 12;text 1 "3:1.0`},
		{"/open", formMedia, "tags=a", "a 1;b 1"},
		{"/parts", boundary, part("name=tags", "a") + part("name=tags", "b") + part("name=n", "6") + part(`name=file; filename=f|image/png`, "png") + "--x--\r\n", "a 2;d 6"},
		{"/parts", boundary, part("name=packed|application/json", `["a","b","c"]`) + part(`name=meta; filename=blob|application/json`, `{"list":["a","b"]}`) + "--x--\r\n", "b 3;c 2;d 4"},
		{"/parts", boundary, part("name=tags", `["a","b"]`) + part("name=s", "1.0") + part("name=x", "1.0") + "--x--\r\n", `a 1;text 1 "3:1.0`},
		{"/either", formMedia, "to=a,b,c", "b 3"},
		{"/either", formMedia, "to=a,b,c&all=true", "a 9"},
		{"GET /query/1,2,3/.a.b/7?each=a&each=b&comma=a,b%2Cc&piped=a|b&limit=9&filter=%5B%22a%22%5D&at=1.0", "", "", "a 3;b 2;c 7;d 2;e 2;f 2;g 9;h 1;at 1"},
		{"GET /query/1/.a/0?each=a,b&comma=a&comma=b&piped=a%7Cb&filter=[%22a%22,%22b%22]", "", "", "a 1;b 1;d 1;f 2;g 20;h 2"},
		{"GET /query/1/.a/0", "", "", `at 1 "3:1.5;field 1 "2:us`},
		{"GET /query/1/.a/0?at=1.5000000000000000001", "", "", `at 1 "3:1.5`},
		{"GET /rows", "", "", "a 3"},
	} {
		q := request{method: "POST", target: c.target, media: c.media, body: []byte(c.body)}
		if target, ok := strings.CutPrefix(c.target, "GET "); ok {
			q.method, q.target = "GET", target
		}
		counted := compare(t, all, q, "")
		for _, want := range strings.Split(c.want, ";") {
			if !strings.Contains(counted+" ", want+" ") && !strings.Contains(counted, want) {
				t.Errorf("%s %q: %s, want %s", c.target, c.body, counted, want)
			}
		}
	}
	for _, h := range []http.Header{
		{"X-Rows": {"8"}}, {"X-Rows": {"8", "9"}}, {"X-Rows": {" 7 "}}, {"X-Field": {"b"}, "X-Rows": {"1e1"}},
	} {
		compare(t, all, request{method: "GET", target: "/rows", header: h}, "")
		compare(t, all, request{method: "GET", target: "/query/1/.a/0?at=01", header: h}, "")
	}
}

// TestGeneratedRequests sends what the generated client does, made up at random.
func TestGeneratedRequests(t *testing.T) {
	all := doors(t)
	book := &ledger{Limiter: ratelimit.NewPacer(ratelimit.PacerOptions{})}
	var q request
	wire := roundTrip(func(req *http.Request) (*http.Response, error) {
		q = request{method: req.Method, target: strings.TrimPrefix(req.URL.RequestURI(), "/v1"), header: req.Header}
		var err error
		if req.Body != nil {
			q.body, err = io.ReadAll(req.Body)
		}
		return noContent(req), err
	})
	client, err := NewClient("", rest.WithHTTPClient(&http.Client{Transport: wire}), rest.WithLimiter(book))
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	texts := func() []string {
		var out []string
		for range r.IntN(5) {
			out = append(out, []string{"a", "b c", "d,e", "1.0", `["x","y"]`, "ä|&=+", "true", "[0]"}[r.IntN(8)])
		}
		return out
	}
	some := func() string { return []string{"", "a", "1.0", "true", "007", "{}", "x,y"}[r.IntN(7)] }
	number := func() *int64 {
		if r.IntN(3) == 0 {
			return nil
		}
		return rest.Ptr(r.Int64N(50))
	}
	for range 300 {
		ctx, s, x := t.Context(), some(), float64(r.IntN(40))/8
		var err error
		switch r.IntN(8) {
		case 0:
			err = client.API.SendJSON(ctx, &JSON{Tags: texts(), Nested: &JSONNested{List: []int64{1, 2, 3}[:r.IntN(4)], M: number()}, N: number(), S: &s, X: &x})
		case 1:
			err = client.API.SendForm(ctx, &SendFormRequest{Tags: texts(), CSV: texts(), Spaced: []string{"a", "b", "c,d"}[:r.IntN(4)], Piped: []int64{1, 2, 3}[:r.IntN(4)],
				Deep: &SendFormRequestDeep{M: number(), List: texts()}, Data: &SendFormRequestData{List: texts()}, N: number(), S: &s, X: &x})
		case 2:
			err = client.API.SendFlat(ctx, &SendFlatRequest{Flat: &SendFlatRequestFlat{P: number()}, R: &s})
		case 3:
			err = client.API.SendParts(ctx, SendPartsRequest{Tags: texts(), Packed: texts(), Meta: &SendPartsRequestMeta{List: texts()}, N: number(), S: &s, X: &x,
				File: &rest.File{Content: strings.NewReader("png")}})
		case 4:
			ids, labels := []int64{1, 2, 3}[:1+r.IntN(3)], []string{"a", "b", "c"}[:1+r.IntN(3)]
			err = client.API.ListAll(ctx, ids, labels, r.Int64N(9), ListAllParams{Each: texts(), Comma: texts(), Piped: []string{"a", "b c", "d,e"}[:r.IntN(4)], Limit: number(),
				Filter: texts(), At: &x, XField: rest.Ptr("f")})
		case 5:
			err = client.API.ListRows(ctx, ListRowsParams{XRows: number()})
		case 6:
			err = client.API.SendAll(ctx, &SendAllRequest{To: texts(), All: rest.Ptr(true)})
		default:
			err = client.API.SendSome(ctx, &SendAllRequest{To: texts()})
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		compare(t, all, q, book.take())
		if t.Failed() {
			t.Fatalf("seed %d; the body is %s", seed, url.QueryEscape(string(q.body)))
		}
	}
}
