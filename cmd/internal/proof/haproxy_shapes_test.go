package proof

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// shapesSpec has a limit of every kind that the table does not have.
const shapesSpec = `
openapi: 3.0.3
info: {title: shapes, version: "1"}
x-rate-limits:
  version: 1
  keys:
    app: [$request.path.app]
    user: [$request.query.user]
    tenant: [$request.header.X-Tenant]
    owner: [$request.body#/owner/name]
    file: [$request.path.name]
  limits:
    two: {quota: 2, window: 1h, per: [app]}
    three-user: {quota: 3, window: 1h, per: [app, user]}
    by-tenant: {quota: 1, window: 1h, per: [tenant]}
    by-owner: {quota: 1, window: 1h, per: [owner]}
    by-file: {quota: 1, window: 1h, per: [file]}
    by-token: {quota: 1, window: 1h, per: [credential]}
    by-address: {quota: 1, window: 1h, per: [client-ip, operation]}
    all: {quota: 1, window: 1h, per: []}
    points: {quota: 10, window: 1h, per: [app]}
    bucket: {quota: 60, window: 1m, burst: 5, per: [app]}
    day: {quota: 2, window: 1d, reset: utc, per: [app]}
    long: {quota: 2, window: 90d, per: [app]}
    flight: {quota: 2, unit: concurrent-requests, per: [app]}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    login: {type: http, scheme: bearer}
paths:
  /{app}/both:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}, {name: user, in: query, schema: {type: string}}]
    get: {operationId: both, x-rate-limit: {use: {three-user: 1, two: 1, points: 4}}, responses: {"200": {description: ok}}}
  /{app}/points:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    get: {operationId: cheap, x-rate-limit: {use: {points: 1}}, responses: {"200": {description: ok}}}
    post: {operationId: dear, x-rate-limit: {use: {points: 6}}, responses: {"200": {description: ok}}}
  /tenant:
    parameters: [{name: X-Tenant, in: header, schema: {type: string}}]
    get: {operationId: tenant, x-rate-limit: by-tenant, responses: {"200": {description: ok}}}
  /owner:
    post:
      operationId: owner
      x-rate-limit: by-owner
      requestBody: {content: {application/json: {schema: {type: object, properties: {owner: {type: object, properties: {name: {type: string}}}}}}}}
      responses: {"200": {description: ok}}
  /files/v-{name}.json:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get: {operationId: file, x-rate-limit: by-file, responses: {"200": {description: ok}}}
  /token:
    get: {operationId: token, security: [{key: []}, {login: []}], x-rate-limit: by-token, responses: {"200": {description: ok}}}
  /address:
    get: {operationId: address, x-rate-limit: by-address, responses: {"200": {description: ok}}}
    put: {operationId: address2, x-rate-limit: by-address, responses: {"200": {description: ok}}}
  /all:
    get: {operationId: all, x-rate-limit: all, responses: {"200": {description: ok}}}
  /{app}/bucket:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    get: {operationId: bucket, x-rate-limit: bucket, responses: {"200": {description: ok}}}
  /{app}/day:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    get: {operationId: day, x-rate-limit: {use: {day: 1, long: 1}}, responses: {"200": {description: ok}}}
  /{app}/flight:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    get: {operationId: flight, x-rate-limit: flight, responses: {"200": {description: ok}}}
  /{app}/free:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    get: {operationId: free, x-rate-limit: {use: {}}, responses: {"200": {description: ok}}}
`

// TestHAProxyShapes sends requests in order; each says which answer it gets.
func TestHAProxyShapes(t *testing.T) {
	t.Parallel()
	addr, _ := haproxy(t, harness.GenerateText(t, "shapes.yaml", shapesSpec, "haproxy"))
	get := func(target string, header ...string) harness.Request {
		return harness.Request{Method: "GET", Target: target, Header: header}
	}
	owner := func(body string) harness.Request {
		return harness.Request{Method: "POST", Target: "/owner", Body: body}
	}
	for _, s := range []struct {
		request harness.Request
		status  int
		names   string // of the limits that refused
	}{
		// Three limits: refused by one, a request spends nothing in the others.
		{get("/a/both?user=u"), 200, ""}, {get("/a/both?user=u"), 200, ""},
		{get("/a/both?user=u"), 429, "two"}, {get("/a/points"), 200, ""}, {get("/a/points"), 200, ""}, {get("/a/points"), 429, "points"},
		{get("/b/both?user=u"), 200, ""}, {harness.Request{Method: "POST", Target: "/b/points"}, 200, ""},
		{get("/b/both?user=u"), 429, "points"}, {get("/c/both?user=%75"), 200, ""}, {get("/c/both?%75ser=u&user=x"), 200, ""},
		// A refused large cost, and a small one after it.
		{harness.Request{Method: "POST", Target: "/d/points"}, 200, ""}, {harness.Request{Method: "POST", Target: "/d/points"}, 429, "points"},
		{get("/d/points"), 200, ""}, {get("/%64/points;x/"), 200, ""}, {get("/d/points"), 200, ""}, {get("/d/points"), 200, ""}, {get("/d/points"), 429, "points"},
		// Keys in other places.
		{get("/tenant", "X-Tenant: a"), 200, ""}, {get("/tenant", "x-tenant: a", "X-Tenant: b"), 429, "by-tenant"}, {get("/tenant", "X-Tenant: b"), 200, ""},
		{get("/tenant"), 200, ""}, {get("/tenant", "X-Tenant:"), 429, "by-tenant"},
		{owner(`{"owner":{"name":"x"}}`), 200, ""}, {owner(`{"owner":{"n\u0061me":"\u0078"}}`), 429, "by-owner"}, {owner(`{"owner":{"name":"y"}}`), 200, ""},
		{owner(`{"owner":{"name":"z"},"Owner":{"name":"x"}}`), 400, ""}, {owner(`{}`), 200, ""}, {owner(``), 429, "by-owner"},
		{get("/files/v-a.json"), 200, ""}, {get("/files/V-a.JSON"), 429, "by-file"}, {get("/files/v-b.json"), 200, ""}, {get("/files/v-.json"), 200, ""}, {get("/files/w-a.json"), 200, ""},
		{get("/token", "X-Key: k"), 200, ""}, {get("/token", "X-Key: k", "Authorization: Bearer t"), 429, "by-token"},
		{get("/token", "Authorization: Bearer t"), 200, ""}, {get("/token", "Authorization: bearer t"), 429, "by-token"}, {get("/token"), 200, ""}, {get("/token"), 429, "by-token"},
		{get("/address"), 200, ""}, {get("/address"), 429, "by-address"}, {harness.Request{Method: "PUT", Target: "/address"}, 200, ""},
		{get("/all"), 200, ""}, {get("/all", "X-Tenant: z"), 429, "all"},
		// Windows. What a table refuses, Lua is not asked for.
		{get("/a/day"), 200, ""}, {get("/a/day"), 200, ""}, {get("/a/day"), 429, "day"},
		{get("/a/free"), 200, ""}, {get("/a/unknown"), 200, ""},
	} {
		r := harness.Do(t, addr, s.request)
		if r.Status != s.status || s.names != "" && !strings.Contains(r.Body, `"violated-policies":["`+s.names+`"]`) {
			t.Errorf("%s %s %v %s: answered %d %s, want %d %s", s.request.Method, s.request.Target, s.request.Header, s.request.Body, r.Status, r.Body, s.status, s.names)
		}
	}
}

// TestHAProxyBucket has a burst: that many at once, and then the rate.
func TestHAProxyBucket(t *testing.T) {
	t.Parallel()
	addr, _ := haproxy(t, harness.GenerateText(t, "shapes.yaml", shapesSpec, "haproxy"))
	bucket := func(int) harness.Request { return harness.Request{Method: "GET", Target: "/a/bucket"} }
	start := time.Now()
	if n := harness.Passed(harness.Burst(t, addr, 20, 8, bucket)); n < 5 || n > 5+int(time.Since(start).Seconds())+1 {
		t.Errorf("%d of 20 at once passed, want 5", n)
	}
	last := harness.Even(t, addr, 30, 3*time.Second, bucket)[29]
	time.Sleep(3 * time.Second)
	n, most := harness.Passed(harness.Burst(t, addr, 20, 8, bucket)), 5
	if !last.Passed() { // so the bucket was empty then
		most = int(time.Since(last.At).Seconds() + 1)
	}
	if n < 3 || n > most {
		t.Errorf("%d passed after three seconds, want 3 to %d", n, most)
	}
}

// TestHAProxyInFlight holds requests open: two, and a third when one of them has ended.
func TestHAProxyInFlight(t *testing.T) {
	t.Parallel()
	release, arrived := make(chan struct{}), make(chan struct{}, 9)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(slow.Close)
	dir := harness.GenerateText(t, "shapes.yaml", shapesSpec, "haproxy")
	addr := harness.Address(harness.FreePort(t))
	harness.Rewrite(t, dir+"/example.cfg", "bind 127.0.0.1:8080", "bind "+addr, "server api 127.0.0.1:9090", "server api "+strings.TrimPrefix(slow.URL, "http://"))
	harness.Start(t, addr, harness.Need(t, "haproxy"), "-db", "-f", dir+"/example.cfg")
	// open sends a request and gives the status of its answer, once there is one.
	open := func() <-chan int {
		status := make(chan int, 1)
		go func() {
			r, err := harness.Send(addr, harness.Request{Method: "GET", Target: "/a/flight"})
			if err != nil {
				t.Error(err)
			}
			status <- r.Status
		}()
		return status
	}
	passes := func() <-chan int {
		status := open()
		select {
		case <-arrived:
		case n := <-status:
			t.Fatal("one of two is refused:", n)
		}
		return status
	}
	first, second := passes(), passes()
	for range 3 {
		if r := harness.Do(t, addr, harness.Request{Method: "GET", Target: "/a/flight"}); r.Status != 429 || r.Header.Get("Retry-After") != "1" {
			t.Errorf("a third at a time: %d %v", r.Status, r.Header)
		}
	}
	ended := func(status int) {
		t.Helper()
		if status != 200 {
			t.Error("one that passed:", status)
		}
	}
	release <- struct{}{}
	left := second
	select {
	case status := <-first:
		ended(status)
	case status := <-second:
		ended(status)
		left = first
	}
	var third <-chan int
	for taken := false; !taken; { // HAProxy may notice the end after the caller
		third = open()
		select {
		case <-arrived:
			taken = true
		case status := <-third:
			if status != 429 {
				t.Fatal("neither passed nor refused:", status)
			}
		}
	}
	if r := harness.Do(t, addr, harness.Request{Method: "GET", Target: "/a/flight"}); r.Status != 429 {
		t.Error("a third at a time after one has ended:", r.Status)
	}
	close(release)
	ended(<-left)
	ended(<-third)
}

// TestHAProxyFull has more keys than there is room for: new ones are refused, and those that are
// known still count.
func TestHAProxyFull(t *testing.T) {
	t.Parallel()
	addr, _ := haproxy(t, harness.GenerateText(t, "shapes.yaml", shapesSpec, "haproxy", func(o *config.Options) { o.Keys = 50 }))
	for path, room := range map[string]int{"day": 100, "points": 100} {
		passed := harness.Passed(harness.Burst(t, addr, 150, 8, func(i int) harness.Request {
			return harness.Request{Method: "GET", Target: fmt.Sprintf("/key%d/%s", i, path)}
		}))
		if passed != room {
			t.Errorf("%s: %d keys of 150 passed, want %d", path, passed, room)
		}
	}
}

// TestHAProxyFailsClosed breaks the table of quotas: no request that is counted may pass then, and
// others do.
func TestHAProxyFailsClosed(t *testing.T) {
	t.Parallel()
	dir := harness.GenerateText(t, "shapes.yaml", shapesSpec, "haproxy")
	harness.Rewrite(t, dir+"/api_limits.map", "\npoints 10\n", "\n", "\nday 2\n", "\n")
	addr, _ := haproxy(t, dir)
	for path, status := range map[string]int{"points": 500, "day": 500, "flight": 200, "free": 200} {
		if r := harness.Do(t, addr, harness.Request{Method: "GET", Target: "/a/" + path}); r.Status != status {
			t.Errorf("%s: answered %d, want %d", path, r.Status, status)
		}
	}
}
