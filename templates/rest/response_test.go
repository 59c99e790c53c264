package rest

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestClientResponses(t *testing.T) {
	type point struct{ X int }
	var answer func(http.ResponseWriter)
	c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { answer(w) }, WithMaxResponse(100), WithMaxRetries(0))
	get := func(a func(http.ResponseWriter)) (*point, error) {
		answer = a
		return DoJSON[point](t.Context(), c.NewCall(callSafe))
	}
	for name, a := range map[string]func(http.ResponseWriter){
		"json":       clientAnswer(200, "Content-Type", "application/json", `{"X":1}`),
		"other type": clientAnswer(201, "Content-Type", "text/plain", ` {"X":1} `),
	} {
		if v, err := get(a); err != nil || v.X != 1 {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	if v, err := get(clientAnswer(204)); err != nil || *v != (point{}) {
		t.Errorf("no content: %v, %v", v, err)
	}
	for want, a := range map[string]func(http.ResponseWriter){
		"safe: decoding the 200 response (text/html): ": clientAnswer(200, "Content-Type", "text/html", "<html>"),
		"safe: decoding the 200 response (no media ":    func(w http.ResponseWriter) { w.Header()["Content-Type"] = nil },
		"larger than 100 bytes":                         clientAnswer(200, strings.Repeat(" ", 98)+`{"X":1}`),
		"304 Not Modified":                              clientAnswer(304),
	} {
		if v, err := get(a); err == nil || !strings.Contains(err.Error(), want) || v != nil {
			t.Errorf("%s: %v, %v", want, v, err)
		}
	}
	answer = clientAnswer(200, `[1,2]`)
	if v, err := DoValue[[]int](t.Context(), c.NewCall(callSafe)); err != nil || !slices.Equal(v, []int{1, 2}) {
		t.Errorf("value: %v, %v", v, err)
	}
	if v, err := DoText(t.Context(), c.NewCall(callSafe)); err != nil || v != "[1,2]" {
		t.Errorf("text: %v, %v", v, err)
	}
	s, err := DoStream(t.Context(), c.NewCall(callSafe))
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := io.ReadAll(s.Body); string(data) != "[1,2]" || s.Body.Close() != nil {
		t.Errorf("stream: %q", data)
	}
	res, err := Do(t.Context(), c.NewCall(callSafe))
	if err != nil || res.Status != 200 {
		t.Fatal(err)
	}
	var api *APIError
	if err := res.unexpected(); !errors.As(err, &api) || string(api.Body) != "[1,2]" {
		t.Errorf("unexpected: %v", err)
	}
}

func TestClientAPIError(t *testing.T) {
	tests := []struct {
		media, body, code, message string
	}{
		{"application/json", `{"error":"bad","error_description":"it \u00e9s"}`, "bad", "it és"},
		{"application/json", `{"error":42,"error_description":null}`, "42", ""},
		{"application/problem+json", `{"title":"T","detail":"D"}`, "", "D"},
		{"application/problem+json; charset=utf-8", `{"title":"T"}`, "", "T"},
		{"text/html", `<html>`, "", ""},
	}
	for _, test := range tests {
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) {
			clientAnswer(400, "Content-Type", test.media, "Retry-After", "3", test.body)(w)
		})
		err := clientGet(t.Context(), c)
		var api *APIError
		if !errors.As(err, &api) {
			t.Fatalf("got %v", err)
		}
		if api.StatusCode != 400 || api.Code != test.code || api.Message != test.message || string(api.Body) != test.body ||
			api.RetryAfter != 3*time.Second || api.Header.Get("Content-Type") != test.media {
			t.Errorf("%s: got %+v", test.body, api)
		}
	}
}

// A long error body is cut, and a response of success that had to be looked into arrives whole.
func TestClientPeeks(t *testing.T) {
	long := strings.Repeat("x", 3*maxErrorBody)
	code := 500
	c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { clientAnswer(code, long)(w) })
	var api *APIError
	if err := clientGet(t.Context(), c); !errors.As(err, &api) || len(api.Body) != maxErrorBody {
		t.Errorf("got %v", err)
	}
	code = 200
	c.config.Exceeded = []Exceeded{{Status: 200, Body: []Match{{"/ok", "false"}}}}
	if text, err := DoText(t.Context(), c.NewCall(callSafe)); err != nil || text != long {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	long = `{"ok":false}`
	if _, err := DoText(t.Context(), c.NewCall(callSafe)); !errors.As(err, &api) || api.StatusCode != 200 {
		t.Errorf("got %v", err)
	}
}

// Connections are reused after errors and after discarded bodies.
func TestClientReusesConnections(t *testing.T) {
	remotes := make(map[string]bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remotes[r.RemoteAddr] = true
		if len(r.URL.Path)%2 == 0 {
			w.WriteHeader(400)
		}
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	}))
	defer server.Close()
	c := clientAt(t, server.URL, &clientLimiter{})
	for _, name := range []string{"a", "aa", "aaa", "aaaa"} {
		r := c.NewCall(callGet)
		r.Path("name", name)
		_ = DoEmpty(t.Context(), r)
	}
	if len(remotes) != 1 {
		t.Errorf("%d connections", len(remotes))
	}
}

func TestClientGzip(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, `"zipped"`)
		_ = z.Close()
	}))
	defer server.Close()
	c := clientAt(t, server.URL, &clientLimiter{})
	if v, err := DoValue[string](t.Context(), c.NewCall(callSafe)); err != nil || v != "zipped" {
		t.Errorf("%q, %v", v, err)
	}
}
