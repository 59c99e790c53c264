//go:build bench

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/limitgen/limitgen/cmd/internal/bench/out/lg0"
	"github.com/limitgen/limitgen/cmd/internal/bench/out/lg1"
	"github.com/limitgen/limitgen/cmd/internal/bench/out/lg3"
	"github.com/limitgen/limitgen/cmd/internal/bench/out/oapi"
	"github.com/limitgen/limitgen/cmd/internal/bench/out/ogen"
	"github.com/limitgen/limitgen/cmd/internal/bench/out/ogenplain"
)

// peer is one implementation of both APIs.
type peer struct {
	name   string
	pets   func() (http.Handler, error)
	routes func() (http.Handler, error)
	client func(t http.RoundTripper, in func() (string, []string)) (get, post func() (any, error), err error)
}

var peers = []peer{
	{"lg0", lg0.Pets, lg0.Routes, lg0.Client},
	{"lg1", lg1.Pets, lg1.Routes, lg1.Client},
	{"lg3", lg3.Pets, lg3.Routes, lg3.Client},
	{"ogen-nootel", ogenplain.Pets, ogenplain.Routes, ogenplain.Client},
	{"ogen", ogen.Pets, ogen.Routes, ogen.Client},
	{"oapi-strict", oapi.Pets, oapi.Routes, oapi.Client},
	{"hand", handPets, handRoutes, handClient},
}

// testCase is an operation that every peer performs. Its operation gives the bytes that must be the
// same, and does without them where it is measured.
type testCase struct {
	name string
	make func(p peer) (op func(i int, keep bool) ([]byte, error), err error)
}

var cases = []testCase{
	{"server-get", func(p peer) (func(int, bool) ([]byte, error), error) {
		return serve(p.pets, []request{{method: "GET", path: "/shops/north/pets/4711?detail=true&limit=25", header: "trace-1234", status: 200}})
	}},
	{"server-post", func(p peer) (func(int, bool) ([]byte, error), error) {
		return serve(p.pets, []request{{method: "POST", path: "/shops/north/pets", body: body(3, 8), status: 201}})
	}},
	{"server-post-20kB", func(p peer) (func(int, bool) ([]byte, error), error) {
		return serve(p.pets, []request{{method: "POST", path: "/shops/north/pets", body: body(400, 46), status: 201}})
	}},
	{"routes-110", func(p peer) (func(int, bool) ([]byte, error), error) { return serve(p.routes, requests()) }},
	{"client-get", func(p peer) (func(int, bool) ([]byte, error), error) { return call(p, false, 3, 8) }},
	{"client-post", func(p peer) (func(int, bool) ([]byte, error), error) { return call(p, true, 3, 8) }},
	{"client-post-20kB", func(p peer) (func(int, bool) ([]byte, error), error) { return call(p, true, 400, 46) }},
}

type request struct {
	method, path, template, header string
	body                           []byte
	status                         int
}

func list(n, size int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%0*d", size, i)
	}
	return out
}

func body(n, size int) []byte {
	weight := 4.5
	text, err := json.Marshal(&newPet{"Rex", &owner{"ada@example.com", "Ada"}, "free", list(n, size), &weight})
	if err != nil {
		panic(err)
	}
	return text
}

var (
	pathLine   = regexp.MustCompile(`^  (/\S*):$`)
	methodLine = regexp.MustCompile(`^    (get|put|post|delete):$`)
)

// requests returns those of the API with 110 routes, as its spec has them.
func requests() []request {
	text, err := os.ReadFile("out/routes.yaml")
	if err != nil {
		panic(err)
	}
	var all []request
	path := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if m := pathLine.FindStringSubmatch(line); m != nil {
			path = m[1]
		} else if m := methodLine.FindStringSubmatch(line); m != nil {
			filled := strings.NewReplacer("{id}", "4711", "{member}", "ada").Replace(path)
			all = append(all, request{method: strings.ToUpper(m[1]), path: filled, template: path, status: 204})
		}
	}
	return all
}

// writer is a ResponseWriter that costs little. It keeps the body only to compare it.
type writer struct {
	header http.Header
	status int
	keep   bool
	body   []byte
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) { w.status = status }

func (w *writer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = 200
	}
	if w.keep {
		w.body = append(w.body, p...)
	}
	return len(p), nil
}

// reused is a request body that can be read again.
type reused struct{ bytes.Reader }

func (*reused) Close() error { return nil }

// serve has a handler answer requests in turn. A request is made anew for each, as a server has it.
func serve(of func() (http.Handler, error), list []request) (func(int, bool) ([]byte, error), error) {
	h, err := of()
	if err != nil {
		return nil, err
	}
	urls := make([]*url.URL, len(list))
	for i := range list {
		if urls[i], err = url.Parse(list[i].path); err != nil {
			return nil, err
		}
	}
	header := http.Header{"Accept": {"*/*"}, "User-Agent": {"bench"}}
	if list[0].header != "" {
		header.Set("X-Trace", list[0].header)
	}
	if list[0].body != nil {
		header.Set("Content-Type", "application/json")
	}
	read := new(reused)
	return func(i int, keep bool) ([]byte, error) {
		r := &list[i%len(list)]
		req := &http.Request{
			Method: r.method, URL: urls[i%len(list)], RequestURI: r.path, Host: "pets.test", RemoteAddr: "192.0.2.1:4711",
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: http.NoBody,
		}
		if r.body != nil {
			read.Reset(r.body)
			req.Body, req.ContentLength = read, int64(len(r.body))
		}
		w := &writer{header: make(http.Header), keep: keep}
		h.ServeHTTP(w, req)
		if w.status != r.status {
			return nil, fmt.Errorf("%s %s: %d %s", r.method, r.path, w.status, w.body)
		}
		return bytes.TrimSuffix(w.body, []byte("\n")), nil
	}, nil
}

// answering is a transport that answers at once. At first it looks at what it is sent.
type answering struct {
	status int
	body   []byte
	keep   bool
	sent   string
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	var content []byte
	if r.Body != nil {
		if a.keep {
			content, _ = io.ReadAll(r.Body)
		} else if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	if a.keep {
		a.sent = fmt.Sprintf("%s %s?%s %q %s", r.Method, r.URL.Path, r.URL.Query().Encode(), r.Header["X-Trace"], bytes.TrimSuffix(content, []byte("\n")))
	}
	return &http.Response{
		Status: "200 OK", StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(a.body)), Body: io.NopCloser(bytes.NewReader(a.body)),
	}, nil
}

// call has a client call. What it sends and what it makes of the answer must be the same.
func call(p peer, second bool, n, size int) (func(int, bool) ([]byte, error), error) {
	t := &answering{status: 200, body: []byte(`{"id":4711,"name":"Rex","owner":{"email":"ada@example.com","name":"Ada"},"status":"free","tags":["a","b"],"weight":4.5}`)}
	tags := list(n, size)
	get, post, err := p.client(t, func() (string, []string) { return "Rex", tags })
	if err != nil {
		return nil, err
	}
	send := get
	if second {
		send, t.status = post, 201
	}
	return func(_ int, keep bool) ([]byte, error) {
		t.keep = keep
		out, err := send()
		if err != nil || !keep {
			return nil, err
		}
		text, err := json.Marshal(out)
		return []byte(t.sent + "\n" + string(text)), err
	}, nil
}
