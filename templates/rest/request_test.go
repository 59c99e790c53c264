package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// testServer has a users operation with two variants, an upload, a search and a few that fail.
func testServer(t testing.TB, config func(*ServerConfig), options ...ServerOption) (*Server, *[]string) {
	t.Helper()
	whole := &Expr{In: InBody}
	key := []Dimension{{Expr: Expr{In: InPath, Name: "org"}}}
	org := Param{In: InPath, Name: "org", Required: true, Schema: 1}
	c := ServerConfig{
		Limits: []ratelimit.Limit{{Name: "register", Quota: 5, Window: time.Minute, Unit: "requests"}},
		Schemas: []Schema{{}, {Kinds: KindString},
			{Kinds: KindObject, Properties: []Property{{"age", false, 4}, {"name", true, 3}}, Additional: -1},
			{Kinds: KindString, MinLength: 1, MaxLength: 4}, {Kinds: KindInteger},
			{Kinds: KindArray, Items: 2, MaxItems: 60}, {Kinds: KindArray, Items: 4},
			{Kinds: KindObject, Properties: []Property{{"note", false, 1}}}},
		Operations: []Operation{
			{ID: "registerUser", Method: "POST", Path: "/{org}/users", Counter: "POST /{}/users", Params: []Param{org}, When: TestObject, WhenExpr: *whole,
				Body: jsonBody(2), Rates: []Rate{{Key: key, Cost: 1}}},
			{ID: "registerUsers", Method: "POST", Path: "/{org}/users", Counter: "POST /{}/users", Params: []Param{org}, When: TestArray, WhenExpr: *whole,
				Body: jsonBody(5), Rates: []Rate{{Key: key, Count: whole, Times: 1}}},
			{ID: "search", Method: "GET", Path: "/{org}/search", Params: []Param{org, {In: InQuery, Name: "n", Required: true, Schema: 4}, {In: InQuery, Name: "ids", Schema: 6}}},
			{ID: "upload", Method: "POST", Path: "/{org}/files", Params: []Param{org}, Body: Body{Kind: BodyMultipart, Media: "multipart/form-data", Required: true, Schema: 7, Files: []FormFile{{Name: "file", Required: true}}}},
			{ID: "fail", Method: "GET", Path: "/{org}/fail/{how}", Params: []Param{org, {In: InPath, Name: "how", Schema: 1}}},
		},
	}
	if config != nil {
		config(&c)
	}
	s, err := NewServer(c, append([]ServerOption{WithErrorLog(nil)}, options...))
	if err != nil {
		t.Fatal(err)
	}
	calls := new([]string)
	call := func(text string) { *calls = append(*calls, text) }
	s.Handle(0, func(x *Exchange) error {
		var user struct {
			Name string `json:"name"`
		}
		x.DecodeBody(&user)
		return x.Run(func(context.Context) error { call("one " + user.Name); return x.JSON(201, user, nil) })
	})
	s.Handle(1, func(x *Exchange) error {
		var users []struct{ Name string }
		x.DecodeBody(&users)
		return x.Run(func(context.Context) error { call(fmt.Sprint("many ", len(users))); return x.Empty(204, nil) })
	})
	s.Handle(2, func(x *Exchange) error {
		var org string
		var n int
		var ids *[]int
		x.Param(InPath, "org", &org)
		x.Param(InQuery, "n", &n)
		x.Param(InQuery, "ids", &ids)
		return x.Run(func(context.Context) error { return x.Text(200, fmt.Sprint(org, n, ids != nil), nil) })
	})
	s.Handle(3, func(x *Exchange) error {
		var form struct {
			Note string `json:"note"`
		}
		var file *File
		x.DecodeBody(&form)
		x.DecodeFile("file", &file)
		return x.Run(func(context.Context) error {
			data, err := io.ReadAll(file.Content)
			return x.Text(200, form.Note+file.Name+string(data), err)
		})
	})
	s.Handle(4, func(x *Exchange) error {
		return x.Run(func(context.Context) error {
			switch x.RawParam("how") {
			case "panic":
				panic("private")
			case "api":
				return &APIError{StatusCode: 409, Code: "taken", Message: "is taken"}
			}
			return x.JSON(200, nil, errors.New("private"))
		})
	})
	return s, calls
}

func jsonBody(schema int) Body {
	return Body{Kind: BodyJSON, Media: "application/json", Required: true, Schema: schema}
}

func ask(s http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestServerRequests(t *testing.T) {
	for _, c := range []struct {
		method, target, body, media string
		status                      int
		want                        string
	}{
		{"POST", "/a/users", `{"name":"x"}`, "application/json", 201, `{"name":"x"}`},
		{"POST", "/a/users", `{"name":"x"}`, "", 201, ""},
		{"POST", "/a/users", `[{"name":"x"}]`, "application/json; charset=utf-8", 204, ""},
		{"POST", "/a/users", `"x"`, "application/json", 400, "variants"},
		{"POST", "/a/users", `{"name":"x","name":"y"}`, "application/json", 400, "twice"},
		{"POST", "/a/users", `{"name":"x"} {}`, "application/json", 400, "JSON"},
		{"POST", "/a/users", `{"Name":"x"}`, "application/json", 400, "is not allowed"},
		{"POST", "/a/users", `{"name":"x","b":1}`, "application/json", 400, "not allowed"},
		{"POST", "/a/users", `{"name":"x","age":1.5}`, "application/json", 400, "body/age"},
		{"POST", "/a/users", `{"age":1}`, "application/json", 400, "required"},
		{"POST", "/a/users", `{"name":"ääääa"}`, "application/json", 400, "too short or too long"},
		{"POST", "/a/users", "", "application/json", 400, ""},
		{"POST", "/a/users", `{"name":"x"}`, "text/plain", 415, ""},
		{"POST", "/a/users", `{"name":"` + strings.Repeat("x", 2000) + `"}`, "application/json", 413, ""},
		{"GET", "/a%2Fb/search?n=2&ids=1&ids=2", "", "", 200, "a/b2 true"},
		{"GET", "/a/search?n=x", "", "", 400, "n: "},
		{"GET", "/a/search?n=1&ids=1,x", "", "", 400, "ids"},
		{"GET", "/a/search", "", "", 400, "missing"},
		{"PUT", "/a/users", "", "", 405, ""},
		{"OPTIONS", "/a/users", "", "", 204, ""},
		{"GET", "/a/none", "", "", 404, ""},
		{"HEAD", "/a/search?n=1", "", "", 200, ""},
		{"GET", "/a/fail/panic", "", "", 500, `"status":500`},
		{"GET", "/a/fail/other", "", "", 500, `"status":500`},
		{"GET", "/a/fail/api", "", "", 409, `"code":"taken"`},
	} {
		s, _ := testServer(t, nil, WithMaxBody(1000))
		w := ask(s, c.method, c.target, c.body, "Content-Type", c.media)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "private") {
			t.Errorf("%s %s %.40s: %d %s", c.method, c.target, c.body, w.Code, w.Body)
		}
		if w.Code == 405 && w.Header().Get("Allow") != "OPTIONS, POST" {
			t.Error(w.Header())
		}
	}
}

func TestServerOrder(t *testing.T) {
	denied := errors.New("no")
	s, calls := testServer(t, nil, WithAuth(func(ctx context.Context, r *http.Request, id string, _ [][]string) (context.Context, error) {
		if r.Header.Get("Authorization") == "" {
			return nil, denied
		}
		return ctx, nil
	}), WithHandlerMiddleware(func(ctx context.Context, id string, next func(context.Context) error) error { return next(ctx) }))
	for range 10 { // none of these counts
		for _, c := range []struct {
			method, body, token string
			status              int
		}{{"POST", `{"name":"x"}`, "", 401}, {"POST", `{}`, "t", 400}, {"PUT", "", "", 405}, {"OPTIONS", "", "", 204},
			{"POST", `[` + strings.Repeat(`{"name":"x"},`, 5) + `{"name":"x"}]`, "t", 400}} {
			if w := ask(s, c.method, "/a/users", c.body, "Authorization", c.token); w.Code != c.status {
				t.Fatalf("%+v: %d %s", c, w.Code, w.Body)
			}
		}
	}
	if w := ask(s, "POST", "/a/users", `[{"name":"x"},{"name":"y"},{"name":"z"}]`, "Authorization", "t"); w.Code != 204 || !strings.HasPrefix(w.Header().Get("RateLimit"), `"register";r=2;`) {
		t.Fatal(w.Code, w.Header(), w.Body)
	}
	w := ask(s, "POST", "/a/users", `[{"name":"x"},{"name":"y"},{"name":"z"}]`, "Authorization", "t")
	h := w.Header()
	if w.Code != 429 || h.Get("Retry-After") == "" || h.Get("RateLimit-Policy") != `"register";q=5;w=60` || h.Get("Cache-Control") != "no-store" ||
		h.Get("Content-Type") != "application/problem+json" || !strings.HasPrefix(h.Get("RateLimit"), `"register";r=2;t=`) || !strings.Contains(h.Get("RateLimit"), ";pk=:") ||
		!strings.Contains(w.Body.String(), `"violated-policies":["register"],"detail":"register: cost 3, 2 requests left"`) {
		t.Fatal(w.Code, h, w.Body)
	}
	for range 2 { // what was refused spent nothing, and the variants share the counter
		if w := ask(s, "POST", "/a/users", `{"name":"x"}`, "Authorization", "t"); w.Code != 201 {
			t.Fatal(w.Code, w.Body)
		}
	}
	if w := ask(s, "POST", "/a/users", `{"name":"x"}`, "Authorization", "t"); w.Code != 429 {
		t.Fatal(w.Code)
	}
	if w := ask(s, "POST", "/b/users", `{"name":"x"}`, "Authorization", "t"); w.Code != 201 {
		t.Fatal("another key", w.Code)
	}
	if len(*calls) != 4 {
		t.Error(*calls)
	}
}

func TestServerUpload(t *testing.T) {
	s, _ := testServer(t, nil, WithMaxUpload(2000))
	send := func(field, content string) *httptest.ResponseRecorder {
		var b strings.Builder
		m := multipart.NewWriter(&b)
		_ = m.WriteField("note", "n")
		part, _ := m.CreateFormFile(field, "f.txt")
		_, _ = io.WriteString(part, content)
		_ = m.Close()
		return ask(s, "POST", "/a/files", b.String(), "Content-Type", m.FormDataContentType())
	}
	if w := send("file", "data"); w.Code != 200 || w.Body.String() != "nf.txtdata" {
		t.Error(w.Code, w.Body)
	}
	if w := send("other", "data"); w.Code != 400 {
		t.Error(w.Code, w.Body)
	}
	if w := send("file", strings.Repeat("x", 3000)); w.Code != 413 {
		t.Error(w.Code, w.Body)
	}
	if w := ask(s, "POST", "/a/files", ""); w.Code != 400 {
		t.Error(w.Code, w.Body)
	}
}

func TestTheSpecsPathUnlessAnotherIsGiven(t *testing.T) {
	spec := func(c *ServerConfig) { c.DefaultPath = "/v1" }
	for path, options := range map[string][]ServerOption{"/v1": nil, "": {WithBasePath("")}, "/v2": {WithBasePath("/v2")}} {
		s, _ := testServer(t, spec, options...)
		for _, base := range []string{"/v1", "", "/v2"} {
			if w := ask(s, "GET", base+"/a/search?n=1", ""); (w.Code != 404) != (base == path) {
				t.Errorf("below %q, %s/a/search answers %d", path, base, w.Code)
			}
		}
	}
}

func TestEncodedBasePaths(t *testing.T) {
	for base, paths := range map[string]map[string]bool{
		"/my%20api": {"/my%20api": true, "/%6dy%20ap%69": true, "/my%2520api": false, "/my": false},
		"/my api":   {"/my%20api": true},
		"/a/~%2A":   {"/a/~*": true, "/a/~%2a": true, "/a%2F~*": false, "/%61/~*": true},
		"/v1":       {"/v%31": true, "/v%32": false, "/v1": true},
	} {
		s, _ := testServer(t, nil, WithBasePath(base))
		for path, want := range paths {
			if w := ask(s, "GET", path+"/a/search?n=1", ""); (w.Code != 404) != want {
				t.Errorf("below %q, %s answers %d", base, path, w.Code)
			}
		}
	}
}

func TestServerOptions(t *testing.T) {
	s, _ := testServer(t, func(c *ServerConfig) { c.ErrorCode, c.ErrorMessage = "/error/code", "/error/text" }, WithBasePath("/v1/"))
	if w := ask(s, "GET", "/v1/a/fail/api", ""); w.Body.String() != `{"error":{"code":"taken","text":"is taken"}}` {
		t.Error(w.Body)
	}
	for _, path := range []string{"/v1x/a/fail/api", "/a/fail/api", "/v1"} {
		if w := ask(s, "GET", path, ""); w.Code != 404 {
			t.Error(path, w.Code)
		}
	}
	if _, err := NewServer(ServerConfig{}, []ServerOption{WithPlan("none")}); err == nil {
		t.Error("a plan that is not there")
	}
	if _, err := NewServer(ServerConfig{}, []ServerOption{WithOverrides(map[string]ratelimit.Amount{"none": {Quota: 1}})}); err == nil {
		t.Error("an override that matches nothing")
	}
	gate := ratelimit.NewGate(ratelimit.GateOptions{})
	if _, err := NewServer(ServerConfig{}, []ServerOption{WithEnforcer(gate), WithoutLimits()}); err == nil {
		t.Error("an enforcer that is never asked")
	}
	s, _ = testServer(t, nil, nil, WithOverrides(map[string]ratelimit.Amount{"register": {Quota: 1}}), WithRateLimitHeaders(false))
	if w := ask(s, "POST", "/a/users", `{"name":"x"}`); w.Code != 201 || w.Header().Get("RateLimit") != "" {
		t.Error(w.Code, w.Header())
	}
	if w := ask(s, "POST", "/a/users", `{"name":"x"}`); w.Code != 429 {
		t.Error(w.Code)
	}
}

func TestServerClientAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"1.2.3.4:5", "9.9.9.9", "1.2.3.4"},
		{"10.0.0.1:5", "9.9.9.9, 8.8.8.8", "8.8.8.8"},
		{"10.0.0.1:5", "9.9.9.9, 10.0.0.2", "9.9.9.9"},
		{"10.0.0.1:5", "", "10.0.0.1"},
		{"10.0.0.1:5", "junk", "10.0.0.1"},
		{"[::ffff:1.2.3.4]:5", "", "1.2.3.4"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := clientAddress(r, proxies, 0); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// BenchmarkServerRequest is a routed request with a decision about its limit, among 100 routes.
func BenchmarkServerRequest(b *testing.B) {
	c := ServerConfig{Limits: []ratelimit.Limit{{Name: "each", Quota: 1 << 40, Window: time.Second, Unit: "requests"}}, Schemas: []Schema{{}, {Kinds: KindString}}}
	for i := range 100 {
		c.Operations = append(c.Operations, Operation{ID: fmt.Sprint(i), Method: "GET", Path: fmt.Sprintf("/{org}/{app}/r%d/{id}", i), Counter: fmt.Sprint(i),
			Params: []Param{{In: InPath, Name: "org"}, {In: InPath, Name: "app"}, {In: InPath, Name: "id"}},
			Rates:  []Rate{{Cost: 1, Key: []Dimension{{Expr: Expr{In: InPath, Name: "org"}}, {Kind: DimOperation}}}}})
	}
	s, err := NewServer(c, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := range c.Operations {
		s.Handle(i, func(x *Exchange) error { return x.Run(func(context.Context) error { return x.Empty(204, nil) }) })
	}
	r := httptest.NewRequest("GET", "/acme/chat/r77/bob", nil)
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(w, r)
	}
}

// An empty text or file is not one that is missing: it has a media type.
func TestServerEmptyBodies(t *testing.T) {
	for media, missing := range map[string]bool{"": true, "text/plain": false} {
		for _, required := range []bool{true, false} {
			r := httptest.NewRequest("POST", "/", http.NoBody)
			r.Header.Set("Content-Type", media)
			text, file := &Exchange{r: r}, &Exchange{r: r}
			var content string
			var reader io.Reader
			for _, x := range []*Exchange{text, file} {
				x.view.op = &Operation{Body: Body{Required: required}}
			}
			text.DecodeText(&content)
			file.DecodeReader(&reader)
			if bad := required && missing; (text.err != nil) != bad || (file.err != nil) != bad || reader == nil {
				t.Errorf("media type %q, required %t: %v, %v", media, required, text.err, file.err)
			}
		}
	}
}

// A server does not serve to everybody what its spec asks credentials for, unless it is told to.
func TestServerWithoutAuth(t *testing.T) {
	hook := func(ctx context.Context, _ *http.Request, _ string, _ [][]string) (context.Context, error) {
		return ctx, nil
	}
	for _, c := range []struct {
		security [][]string
		refused  bool
	}{{nil, false}, {[][]string{}, false}, {[][]string{{}}, false}, {[][]string{{"a"}, {}}, false}, {[][]string{{"a"}}, true}, {[][]string{{"a", "b"}, {"c"}}, true}} {
		config := ServerConfig{Operations: []Operation{{ID: "open", Method: "GET", Path: "/"}, {ID: "own", Method: "GET", Path: "/own", Security: c.security}}}
		_, err := NewServer(config, nil)
		if (err != nil) != c.refused || c.refused && !strings.Contains(err.Error(), "own") {
			t.Errorf("%v: %v", c.security, err)
		}
		for _, option := range []ServerOption{WithAuth(hook), WithoutAuth()} {
			if _, err := NewServer(config, []ServerOption{option}); err != nil {
				t.Errorf("%v: %v", c.security, err)
			}
		}
	}
}

// Files are not part of a form's schema, so their constraints are checked separately.
func TestServerFormFiles(t *testing.T) {
	b := Body{Kind: BodyMultipart, Files: []FormFile{{Name: "a", Required: true}, {Name: "b"}, {Name: "c", Many: true, Least: 2, Most: 3}, {Name: "d", Many: true, Required: true}}}
	for _, c := range []struct {
		name string
		n    int
		bad  bool
	}{{"a", 0, true}, {"a", 1, false}, {"a", 2, true}, {"b", 0, false}, {"b", 2, true}, {"c", 0, false}, {"c", 1, true}, {"c", 3, false}, {"c", 4, true}, {"d", 0, true}, {"d", 9, false}} {
		if err := b.checkFile(c.name, c.n); (err != nil) != c.bad {
			t.Errorf("%d of %s: %v", c.n, c.name, err)
		}
	}
	if err := b.checkFile("a", 0); !strings.Contains(err.Error(), `body: the file "a" is required`) {
		t.Error(err)
	}
}
