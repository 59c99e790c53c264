package runtime

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
)

// testServer has a users operation with two variants, an upload, a search and a few that fail.
func testServer(t testing.TB, config func(*serverConfig), options ...ServerOption) (*Server, *[]string) {
	t.Helper()
	whole := &expr{in: inBody}
	key := []dimension{{expr: expr{in: inPath, name: "org"}}}
	org := param{in: inPath, name: "org", required: true, schema: 1}
	c := serverConfig{
		limits: []Limit{{Name: "register", Quota: 5, Window: time.Minute, Unit: "requests"}},
		schemas: []schema{{}, {kinds: kindString},
			{kinds: kindObject, properties: []property{{"age", false, 4}, {"name", true, 3}}, additional: -1},
			{kinds: kindString, minLength: 1, maxLength: 4}, {kinds: kindInteger},
			{kinds: kindArray, items: 2, maxItems: 60}, {kinds: kindArray, items: 4},
			{kinds: kindObject, properties: []property{{"note", false, 1}}}},
		operations: []operation{
			{id: "registerUser", method: "POST", path: "/{org}/users", counter: "POST /{}/users", params: []param{org}, when: testObject, whenExpr: *whole,
				body: jsonBody(2), rates: []rate{{key: key, cost: 1}}},
			{id: "registerUsers", method: "POST", path: "/{org}/users", counter: "POST /{}/users", params: []param{org}, when: testArray, whenExpr: *whole,
				body: jsonBody(5), rates: []rate{{key: key, count: whole, times: 1}}},
			{id: "search", method: "GET", path: "/{org}/search", params: []param{org, {in: inQuery, name: "n", required: true, schema: 4}, {in: inQuery, name: "ids", schema: 6}}},
			{id: "upload", method: "POST", path: "/{org}/files", params: []param{org}, body: body{kind: bodyMultipart, media: "multipart/form-data", required: true, schema: 7, files: []formFile{{name: "file", required: true}}}},
			{id: "fail", method: "GET", path: "/{org}/fail/{how}", params: []param{org, {in: inPath, name: "how", schema: 1}}},
		},
	}
	if config != nil {
		config(&c)
	}
	s, err := newServer(c, append([]ServerOption{WithErrorLog(nil)}, options...))
	if err != nil {
		t.Fatal(err)
	}
	calls := new([]string)
	call := func(text string) { *calls = append(*calls, text) }
	s.handle(0, func(x *exchange) error {
		var user struct {
			Name string `json:"name"`
		}
		x.body(&user)
		return x.run(func(context.Context) error { call("one " + user.Name); return x.json(201, user, nil) })
	})
	s.handle(1, func(x *exchange) error {
		var users []struct{ Name string }
		x.body(&users)
		return x.run(func(context.Context) error { call(fmt.Sprint("many ", len(users))); return x.empty(204, nil) })
	})
	s.handle(2, func(x *exchange) error {
		var org string
		var n int
		var ids *[]int
		x.param(inPath, "org", &org)
		x.param(inQuery, "n", &n)
		x.param(inQuery, "ids", &ids)
		return x.run(func(context.Context) error { return x.plain(200, fmt.Sprint(org, n, ids != nil), nil) })
	})
	s.handle(3, func(x *exchange) error {
		var form struct {
			Note string `json:"note"`
		}
		var file *File
		x.body(&form)
		x.file("file", &file)
		return x.run(func(context.Context) error {
			data, err := io.ReadAll(file.Content)
			return x.plain(200, form.Note+file.Name+string(data), err)
		})
	})
	s.handle(4, func(x *exchange) error {
		return x.run(func(context.Context) error {
			switch x.rawParam("how") {
			case "panic":
				panic("private")
			case "api":
				return &APIError{StatusCode: 409, Code: "taken", Message: "is taken"}
			}
			return x.json(200, nil, errors.New("private"))
		})
	})
	return s, calls
}

func jsonBody(schema int) body {
	return body{kind: bodyJSON, media: "application/json", required: true, schema: schema}
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
		{"POST", "/a/users", `{"Name":"x"}`, "application/json", 400, "not spelt so"},
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
	spec := func(c *serverConfig) { c.defaultPath = "/v1" }
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
	s, _ := testServer(t, func(c *serverConfig) { c.errorCode, c.errorMessage = "/error/code", "/error/text" }, WithBasePath("/v1/"))
	if w := ask(s, "GET", "/v1/a/fail/api", ""); w.Body.String() != `{"error":{"code":"taken","text":"is taken"}}` {
		t.Error(w.Body)
	}
	for _, path := range []string{"/v1x/a/fail/api", "/a/fail/api", "/v1"} {
		if w := ask(s, "GET", path, ""); w.Code != 404 {
			t.Error(path, w.Code)
		}
	}
	if _, err := newServer(serverConfig{}, []ServerOption{WithServerPlan("none")}); err == nil {
		t.Error("a plan that is not there")
	}
	if _, err := newServer(serverConfig{}, []ServerOption{WithServerOverrides(map[string]Amount{"none": {Quota: 1}})}); err == nil {
		t.Error("an override that matches nothing")
	}
	s, _ = testServer(t, nil, WithServerOverrides(map[string]Amount{"register": {Quota: 1}}), WithRateLimitHeaders(false))
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
	c := serverConfig{limits: []Limit{{Name: "each", Quota: 1 << 40, Window: time.Second, Unit: "requests"}}, schemas: []schema{{}, {kinds: kindString}}}
	for i := range 100 {
		c.operations = append(c.operations, operation{id: fmt.Sprint(i), method: "GET", path: fmt.Sprintf("/{org}/{app}/r%d/{id}", i), counter: fmt.Sprint(i),
			params: []param{{in: inPath, name: "org"}, {in: inPath, name: "app"}, {in: inPath, name: "id"}},
			rates:  []rate{{cost: 1, key: []dimension{{expr: expr{in: inPath, name: "org"}}, {kind: dimOperation}}}}})
	}
	s, err := newServer(c, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := range c.operations {
		s.handle(i, func(x *exchange) error { return x.run(func(context.Context) error { return x.empty(204, nil) }) })
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
			text, file := &exchange{r: r}, &exchange{r: r}
			var content string
			var reader io.Reader
			for _, x := range []*exchange{text, file} {
				x.view.op = &operation{body: body{required: required}}
			}
			text.text(&content)
			file.reader(&reader)
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
		config := serverConfig{operations: []operation{{id: "open", method: "GET", path: "/"}, {id: "own", method: "GET", path: "/own", security: c.security}}}
		_, err := newServer(config, nil)
		if (err != nil) != c.refused || c.refused && !strings.Contains(err.Error(), "own") {
			t.Errorf("%v: %v", c.security, err)
		}
		for _, option := range []ServerOption{WithAuth(hook), WithoutAuth()} {
			if _, err := newServer(config, []ServerOption{option}); err != nil {
				t.Errorf("%v: %v", c.security, err)
			}
		}
	}
}

// Files are no part of a form's schema, so what the spec asks of them is checked apart.
func TestServerFormFiles(t *testing.T) {
	b := body{kind: bodyMultipart, files: []formFile{{name: "a", required: true}, {name: "b"}, {name: "c", many: true, least: 2, most: 3}, {name: "d", many: true, required: true}}}
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
