package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestServerRefusalsAreTheAPIs asks for every refusal that the server makes by itself.
func TestServerRefusalsAreTheAPIs(t *testing.T) {
	config := func(c *ServerConfig) {
		c.ErrorCode, c.ErrorMessage, c.ErrorMedia = "/error", "/detail/0/text", "application/json"
		c.ErrorForm = `{"error":"","detail":[{"text":"","n":0}],"status":0,"at":""}`
		c.ErrorExceeded = []Match{{"/error", "reach_limit"}, {"/status", "4029"}}
	}
	hook := func(ctx context.Context, r *http.Request, _ string, _ [][]string) (context.Context, error) {
		if r.Header.Get("Authorization") == "bad" {
			return nil, context.Canceled
		}
		return ctx, nil
	}
	for _, c := range []struct {
		method, target, body, media, token string
		status                             int
		code, text                         string
	}{
		{"POST", "/a/users", `{"age":1}`, "application/json", "", 400, "bad_request", `body: "name" is required`},
		{"POST", "/a/users", `{"name":"x"}`, "application/json", "bad", 401, "unauthorized", "Unauthorized"},
		{"GET", "/none", "", "", "", 404, "not_found", "Not Found"},
		{"PUT", "/a/users", "", "", "", 405, "method_not_allowed", "Method Not Allowed"},
		{"POST", "/a/users", `{"name":"` + strings.Repeat("x", 2000) + `"}`, "application/json", "", 413, "request_entity_too_large", "Request Entity Too Large"},
		{"POST", "/a/users", `{"name":"x"}`, "text/plain", "", 415, "unsupported_media_type", "must be of type application/json"},
		{"POST", "/a/users", `[{"name":"x"},{"name":"x"},{"name":"x"},{"name":"x"},{"name":"x"},{"name":"x"}]`, "application/json", "", 400, "bad_request", "at most 5"},
		{"POST", "/full/users", `{"name":"x"}`, "application/json", "", 429, "reach_limit", "quota"},
		{"GET", "/a/fail/panic", "", "", "", 500, "internal_server_error", "Internal Server Error"},
	} {
		s, _ := testServer(t, config, WithMaxBody(1000), WithAuth(hook))
		for range 5 {
			ask(s, "POST", "/full/users", `{"name":"x"}`, "Content-Type", "application/json")
		}
		w := ask(s, c.method, c.target, c.body, "Content-Type", c.media, "Authorization", c.token)
		var got struct {
			Error  string
			Detail []struct {
				Text string
				N    *int
			}
			Status int
			At     *string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != c.status || got.Error != c.code || got.At == nil ||
			len(got.Detail) != 1 || !strings.Contains(got.Detail[0].Text, c.text) || got.Detail[0].N == nil || (got.Status == 4029) != (c.status == 429) {
			t.Errorf("%s %s: %d %s", c.method, c.target, w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") != "application/json" || w.Code == 429 && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Header().Get("RateLimit"), "register")) {
			t.Error(c.target, w.Header())
		}
		w = ask(s, c.method, c.target, c.body, "Content-Type", c.media, "Authorization", c.token, "Accept", "application/problem+json, */*;q=0.1")
		var problem struct{ Status int }
		if json.Unmarshal(w.Body.Bytes(), &problem) != nil || problem.Status != c.status || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("a problem for %s %s: %d %s", c.method, c.target, w.Code, w.Body)
		}
	}
}

func TestServerWantsProblem(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*/*": false, "application/json": false, "application/problem+json": true, "application/json, application/problem+json": true,
		"application/json, application/problem+json;q=0.5": false, "application/problem+json;q=0": false, "text/html, application/PROBLEM+json;q=0.1": true,
	} {
		if got := wantsProblem(http.Header{"Accept": {accept}}); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}

// A generated client knows what is refused for what the spec says means "too many".
func TestServerRefusalIsExceeded(t *testing.T) {
	s := &Server{config: ServerConfig{ErrorCode: "/error", ErrorForm: `{"error":0}`, ErrorExceeded: []Match{{"/error", "x"}}}}
	_, body := s.apiError(&APIError{StatusCode: 404, RetryAfter: time.Second})
	if data, _ := json.Marshal(body); string(data) != `{"error":404}` {
		t.Errorf("a number: %s", data)
	}
}

// A trailing slash is ignored where the spec says so, and only if no path of the API has one.
func TestServerTrailingSlash(t *testing.T) {
	for _, on := range []bool{false, true} {
		s, err := NewServer(ServerConfig{TrailingSlash: on, Operations: []Operation{
			{ID: "list", Method: "GET", Path: "/users"}, {ID: "get", Method: "GET", Path: "/users/{id}", Params: []Param{{In: InPath, Name: "id"}}}, {ID: "own", Method: "GET", Path: "/own/"},
			{ID: "root", Method: "GET", Path: "/"},
		}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.config.Operations {
			s.Handle(i, func(x *Exchange) error { return x.Text(200, x.view.op.ID+strings.Join(x.view.path, ","), nil) })
		}
		for _, c := range []struct{ method, target, without, with string }{
			{"GET", "/users", "200 list", "200 list"}, {"GET", "/users/", "404 ", "200 list"}, {"GET", "/users/a/", "404 ", "200 geta"}, {"GET", "/users/a%2F", "200 geta%2F", "200 geta%2F"},
			{"GET", "/users//", "404 ", "404 "}, {"GET", "/own/", "200 own", "200 own"}, {"GET", "/own", "404 ", "404 "}, {"GET", "/", "200 root", "200 root"}, {"PUT", "/users/", "404 ", "405 "},
		} {
			want := c.without
			if on {
				want = c.with
			}
			w := ask(s, c.method, c.target, "")
			got := strconv.Itoa(w.Code) + " "
			if w.Code == 200 {
				got += w.Body.String()
			}
			if got != want {
				t.Errorf("%v, %s: %q, want %q", on, c.target, got, want)
			}
		}
	}
}
