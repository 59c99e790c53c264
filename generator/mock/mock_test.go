package mock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
	"github.com/limitgen/limitgen/generator"
	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/source"
)

// TestDecisions sends one table of requests to a mock of the Easemob API and to its generated
// server: whether and why each is refused, and what is said of it, is the same.
func TestDecisions(t *testing.T) {
	const users, groups = "/org/app/users", "/org/app/messages/chatgroups"
	type request struct{ method, path, body string }
	var table []request
	for i := range 110 { // 100 a second for each operation
		table = append(table, request{"GET", fmt.Sprintf("%s/u%d", users, i), ""})
	}
	for i := range 12 { // 20 messages a second, 3 of them in one call
		to := strings.Repeat(`"g",`, i%4) + `"g"`
		table = append(table, request{"POST", groups, `{"from":"a","to":[` + to + `],"type":"txt","body":{"msg":"hi"}}`})
	}
	table = append(table,
		request{"POST", groups, `{"to":`},
		request{"POST", groups, `{"to":[]}`},
		request{"POST", groups, ""},
		request{"POST", users, `{"username":"ann","password":"x"}`},
		request{"POST", users, `[{"username":"ann","password":"x"},{"username":"bob","password":"x"}]`},
		request{"POST", users, `{"username":1}`},
		request{"DELETE", users + "?limit=5", ""},
		request{"DELETE", users + "?limit=no", ""},
		request{"GET", "/org2/app/users/x", ""},
		request{"GET", users + "?limit=2", ""},
		request{"GET", "/nowhere", ""},
		request{"PATCH", users, ""},
	)
	synctest.Test(t, func(t *testing.T) {
		api := mockOf(t, filepath.Join("..", "..", "spec", "easemob.yaml"), Options{})
		var none easemob.Unimplemented
		server, err := easemob.NewServer(easemob.Handlers{Users: none, Messages: none},
			rest.WithoutAuth())
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[int]int)
		for round := range 3 {
			for i, q := range table {
				want, got := ask(server, q.method, q.path, q.body), ask(api, q.method, q.path, q.body)
				seen[want.Code]++
				code := got.Code
				if code/100 == 2 {
					code = http.StatusNotImplemented // which the generated server's handlers answer
				}
				if code != want.Code || said(got) != said(want) ||
					code != 501 && got.Body.String() != want.Body.String() {
					t.Fatalf("round %d, request %d (%s %s %s): %d %s %s, want %d %s %s", round, i, q.method,
						q.path, q.body, got.Code, said(got), got.Body, want.Code, said(want), want.Body)
				}
			}
			time.Sleep(700 * time.Millisecond)
		}
		for _, code := range []int{400, 404, 405, 429, 501} {
			if seen[code] < 3 {
				t.Errorf("only %d of %d", seen[code], code)
			}
		}
	})
}

func mockOf(t *testing.T, file string, o Options) *Server {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return mockOfText(t, data, o)
}

func mockOfText(t *testing.T, data []byte, o Options) *Server {
	t.Helper()
	a, diags := generator.Read(t.Context(), generator.Options{Spec: "spec.yaml", Data: data, Package: "easemob"})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	s, err := New(a, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1234"
	r.Header.Set("Authorization", "Bearer t")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if r.Header.Del(header[i]); header[i+1] != "" {
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// said returns what an answer says of the limits; the hash of a key is salted in each server.
func said(w *httptest.ResponseRecorder) string {
	limit, _, _ := strings.Cut(w.Header().Get("RateLimit"), ";pk")
	return w.Header().Get("RateLimit-Policy") + " " + limit + " " + w.Header().Get("Retry-After")
}

const shop = `
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: https://shop.example/v1}]
x-rate-limits:
  version: 1
  limits:
    each: {quota: 2, window: 1h, per: [identity], announce: {limit: X-Most, remaining: X-Left}}
    login: {quota: 1, window: 1h, per: [client-ip]}
    open: {quota: 1, unit: concurrent-requests, per: [identity]}
  default: {each: 1}
  plans: {pro: {each: {quota: 3}}}
security: [{token: []}, {key: []}]
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
    key: {type: apiKey, in: query, name: key}
  schemas:
    Product:
      type: object
      required: [id, price]
      properties:
        id: {type: string, examples: [p-42]}
        price: {type: integer, minimum: 5, example: 1}
paths:
  /products/{id}:
    get:
      operationId: getProduct
      parameters: [{name: id, in: path, required: true, schema: {type: string, maxLength: 5}}]
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Product'}}}}
        "429": {description: too many}
  /named:
    get:
      operationId: named
      x-rate-limit: {use: {}}
      responses:
        "201":
          description: ok
          headers: {X-Page: {required: true, schema: {type: integer, minimum: 3}}, X-Other: {schema: {type: string}},
            X-Ids: {required: true, schema: {type: array, items: {type: integer}}, example: [1, 2]},
            X-Object: {required: true, schema: {type: object, required: [a], properties: {a: {type: integer}}}, examples: {o: {value: {a: 1}}}},
            X-Exploded: {required: true, explode: true, schema: {type: object, properties: {a: {type: integer}}}, example: {a: 1}},
            X-Unspelt: {required: true, schema: {type: array, minItems: 1, items: {type: string, enum: [c]}}, example: ["a,b"]},
            X-Json: {required: true, content: {application/json: {schema: {type: array, items: {type: integer}}, example: [1, 2]}}},
            X-Text: {required: true, content: {application/json: {schema: {type: string}, example: t}}}, X-Any: {required: true}}
          content: {application/json: {schema: {type: object}, examples: {b: {value: {n: 2}}, a: {value: {n: 1}}}}}
  /events:
    get:
      operationId: events
      x-rate-limit: {use: {}}
      responses: {"200": {description: ok, content: {text/event-stream: {schema: {$ref: '#/components/schemas/Product'}}}}}
  /impossible:
    get:
      operationId: impossible
      x-rate-limit: {use: {}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: string, format: uuid, maxLength: 3}}}}}
  /old:
    get:
      operationId: old
      x-rate-limit: {use: {}}
      responses: {"302": {description: moved}}
  /login:
    post: {operationId: login, security: [], x-rate-limit: login, responses: {"204": {description: ok}, "429": {description: too many}}}
  /slow:
    get: {operationId: slow, x-rate-limit: open, responses: {"204": {description: ok}, "429": {description: too many}}}
`

func TestAnswers(t *testing.T) {
	s := mockOfText(t, []byte(shop), Options{})
	if strings.Join(s.Bare, " ") != "impossible" {
		t.Error("operations without a body:", s.Bare)
	}
	for _, c := range []struct {
		path, media, body string
		status            int
	}{
		{"/v1/products/1", "application/json", `{"id":"p-42","price":5}`, 200},
		{"/v1/named", "application/json", `{"n":1}`, 201},
		{"/v1/events", "text/event-stream", "data: {\"id\":\"p-42\",\"price\":5}\n\n", 200},
		{"/v1/impossible", "", "", 200},
		{"/v1/old", "", "", 302},
		{"/v1/products/123456", "application/problem+json", "", 400},
		{"/v1/none", "application/problem+json", "", 404},
	} {
		w := ask(s, "GET", c.path, "")
		if w.Code != c.status || w.Header().Get("Content-Type") != c.media ||
			c.body != "" && w.Body.String() != c.body {
			t.Errorf("%s: %d %s %q", c.path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
	if h := ask(s, "GET", "/v1/named", "").Header(); h.Get("X-Page") != "3" || h["X-Other"] != nil {
		t.Error("headers", h)
	} else {
		for name, want := range map[string]string{
			"X-Ids": "1,2", "X-Object": "a,1", "X-Exploded": "a=1", "X-Unspelt": "c", "X-Json": "[1,2]", "X-Text": `"t"`,
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s, want %s", name, h.Get(name), want)
			}
		}
		if h.Get("X-Any") == "" {
			t.Error("headers", h)
		}
	}
	if ask(s, "GET", "/v1/old", "").Header().Get("Location") == "" {
		t.Error("a redirect leads nowhere")
	}
}

// TestBigIntegers refuses integers that the generated server has no type for.
func TestBigIntegers(t *testing.T) {
	s := mockOfText(t, []byte(`{"openapi": "3.0.3", "info": {"title": "Big", "version": "1"}, "paths": {"/things": {"post": {
		"requestBody": {"content": {"application/json": {"schema": {"type": "object",
			"properties": {"id": {"type": "integer"}}, "additionalProperties": {"type": "integer", "format": "uint8"}}}}},
		"responses": {"204": {"description": "ok"}}}}}}`), Options{})
	for body, want := range map[string]string{
		`{"id":9223372036854775807}`: "", `{"a":255}`: "",
		`{"id":9223372036854775808}`: "body/id: out of range", `{"a":256}`: "body/a: out of range",
	} {
		if w := ask(s, "POST", "/things", body); (w.Code == 400) != (want != "") || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

// TestOneAnswer has the same one of several responses, and the same value of several of one header,
// each time.
func TestOneAnswer(t *testing.T) {
	text := func(s string) *openapi3.ResponseRef {
		header := func(v string) *openapi3.HeaderRef {
			return &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{Required: true, Example: v}}}
		}
		return &openapi3.ResponseRef{Value: &openapi3.Response{Description: &s, Headers: openapi3.Headers{"X-a": header("b"), "X-A": header("a")}}}
	}
	all := openapi3.NewResponses(openapi3.WithName("2XX", text("upper").Value),
		openapi3.WithName("2xX", text("middle").Value), openapi3.WithName("2xx", text("lower").Value))
	use := &analyze.Use{Op: &analyze.Operation{OpRef: source.OpRef{Op: &openapi3.Operation{Responses: all}}}}
	for range 50 {
		r := response(&analyze.Analysis{}, use, 200)
		if *r.Description != "upper" {
			t.Fatal(*r.Description)
		}
		if h := headers(r, nil); h.Get("X-A") != "b" { // the last by name
			t.Fatal(h)
		}
	}
}

// TestCallers has a limit for each identity, and one for each address, tell callers apart.
func TestCallers(t *testing.T) {
	s := mockOfText(t, []byte(shop), Options{Plans: map[string]string{"ann": "pro"}})
	get := func(header ...string) int { return ask(s, "GET", "/v1/products/1", "", header...).Code }
	for i, c := range []struct {
		header []string
		want   int
	}{
		{[]string{"Authorization", "Bearer bob"}, 200},
		{[]string{"Authorization", "Basic Ym9iOng="}, 200}, // bob:x
		{[]string{"Authorization", "Bearer bob"}, 429},
		{[]string{"Authorization", "Bearer ann"}, 200},
		{[]string{"Authorization", "ann"}, 200},
		{[]string{"Authorization", "Bearer ann"}, 200},
		{[]string{"Authorization", "Bearer ann"}, 429}, // her plan has three
		{[]string{"Authorization", ""}, 200},
		{[]string{"Authorization", "", "X-Forwarded-For", "192.0.2.1, 127.0.0.1"}, 200},
		{[]string{"Authorization", ""}, 200}, // what came before is another client's
		{[]string{"Authorization", ""}, 429},
		{[]string{"Authorization", "", "X-Forwarded-For", "192.0.2.1"}, 200},
	} {
		if got := get(c.header...); got != c.want {
			t.Errorf("%d: %v: %d, want %d", i, c.header, got, c.want)
		}
	}
	for i, want := range []int{200, 200, 429} {
		if got := ask(s, "GET", "/v1/products/1?key=k", "", "Authorization", "").Code; got != want {
			t.Errorf("API key, %d: %d, want %d", i, got, want)
		}
	}
	login := func(from string) int { return ask(s, "POST", "/v1/login", "", "X-Forwarded-For", from).Code }
	if a, b, c := login("192.0.2.1"), login("192.0.2.2"), login("192.0.2.1"); a != 204 || b != 204 || c != 429 {
		t.Error("by address:", a, b, c)
	}
	a, _ := generator.Read(t.Context(), generator.Options{Spec: "spec.yaml", Data: []byte(shop)})
	for _, o := range []Options{{Plan: "free"}, {Plans: map[string]string{"ann": "free"}}} {
		if _, err := New(a, o); err == nil || !strings.Contains(err.Error(), "free") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestAddress holds that a caller without a name is the client that limits for each client count.
func TestAddress(t *testing.T) {
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"127.0.0.1:1", nil, "127.0.0.1"},
		{"[::1]:1", []string{"192.0.2.1"}, "192.0.2.1"},
		{"127.0.0.1:1", []string{"192.0.2.1, 192.0.2.2"}, "192.0.2.2"},
		{"127.0.0.1:1", []string{"192.0.2.1, 127.0.0.1"}, "192.0.2.1"},
		{"127.0.0.1:1", []string{"192.0.2.1", "::1"}, "192.0.2.1"},
		{"127.0.0.1:1", []string{"192.0.2.1, else, ::1"}, "::1"},
		{"127.0.0.1:1", []string{"192.0.2.1:80"}, "192.0.2.1"},
		{"127.0.0.1:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"192.0.2.9:1", []string{"192.0.2.1"}, "192.0.2.9"},
		{"@", []string{"192.0.2.1"}, "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.peer, c.forwarded
		if got := address(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestJournal checks the lines that are logged, and the summary at the end.
func TestJournal(t *testing.T) {
	var lines []string
	s := mockOfText(t, []byte(shop), Options{Log: func(line string) { lines = append(lines, line) }, Fail: 0.5})
	var left []string
	var codes []int
	for range 3 {
		w := ask(s, "GET", "/v1/products/1?q=%0A", "", "Authorization", "Bearer t\u202e\x1b")
		codes, left = append(codes, w.Code), append(left,
			w.Header().Get("X-Most")+"/"+w.Header().Get("X-Left"))
		if w.Code == http.StatusTooManyRequests && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s", w.Body)
		}
	}
	ask(s, "GET", "/else", "", "Authorization", "Bearer 0123456789abcdef")
	if fmt.Sprint(codes, left) != "[200 503 429] [2/1 2/0 2/0]" {
		t.Error(codes, left)
	}
	for i, want := range []string{
		`200 GET /v1/products/1?q=%0A getProduct by t??; RateLimit "each";r=1;t=3600`,
		`503 GET /v1/products/1?q=%0A getProduct by t??; RateLimit "each";r=0;t=3600`,
		`429 GET /v1/products/1?q=%0A getProduct by t??; refused by each, Retry-After 3600; RateLimit "each";r=0;t=3600`,
		`404 GET /else (no operation)`,
	} {
		if i >= len(lines) || lines[i] != want {
			t.Fatalf("line %d of %q, want %q", i, lines, want)
		}
	}
	var b strings.Builder
	if err := s.WriteSummary(&b); err != nil {
		t.Fatal(err)
	}
	want := `4 requests: 1 × 200, 1 × 404, 1 × 429, 1 × 503, 1 of no operation
LIMIT  QUOTA      ADMITTED  REFUSED
each   2/h        2         1
login  1/h        0         0
open   1 at once  0         0
`
	if b.String() != want {
		t.Errorf("got %s", b.String())
	}
}

// TestJournalKeepsSecrets has callers' tokens and API keys stay out of the log.
func TestJournalKeepsSecrets(t *testing.T) {
	var line string
	s := mockOfText(t, []byte(shop), Options{Log: func(text string) { line = text }})
	for _, c := range []struct{ target, authorization, forwarded, want string }{
		{"", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl", "", " getProduct by eyJhbG…;"},
		{"", "Bearer 0123456789abcdef", "", " getProduct by 012345…;"},
		{"", "Bearer tenant:0123456789abcdef", "", " getProduct by tenant…;"},
		{"", "", "2001:db8::123:4567", " getProduct by 2001:db8::123:4567;"},
		{"?a=%0A&key=0123456789abcdef&b=2", "", "", "/1?a=%0A&key=…&b=2 getProduct by 012345…;"},
		{"?%6bey=secret&key=another", "Bearer t", "", "/1?%6bey=…&key=… getProduct by t;"},
		{"?key=secret;%zz=1", "Bearer t", "", "/1?key=… getProduct by t;"},
		{"?%zz=1", "Bearer t", "", "/1?%zz=1 getProduct by t"},
	} {
		ask(s, "GET", "/v1/products/1"+c.target, "", "Authorization", c.authorization, "X-Forwarded-For",
			c.forwarded)
		if !strings.Contains(line, c.want) {
			t.Errorf("%+v: %s", c, line)
		}
	}
	ask(s, "GET", "/else?key=secret", "")
	if line != "404 GET /else?key=… (no operation)" {
		t.Error(line)
	}
}

// TestLatency has a request wait while another, that a limit of requests at once refuses, does not.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mockOfText(t, []byte(shop), Options{Latency: time.Second})
		begin, first := time.Now(), make(chan int)
		go func() { first <- ask(s, "GET", "/v1/slow", "").Code }()
		synctest.Wait()
		if code := ask(s, "GET", "/v1/slow", "").Code; code != 429 || time.Since(begin) != 0 {
			t.Error("the second request:", code, time.Since(begin))
		}
		if code := <-first; code != 204 || time.Since(begin) != time.Second {
			t.Error("the first request:", code, time.Since(begin))
		}
	})
}
