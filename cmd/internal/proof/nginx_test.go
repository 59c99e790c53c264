package proof

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator/emit/config"
)

func nginxMode(mode string) func(*config.Options) {
	return func(o *config.Options) { o.NginxMode = mode }
}

// identityHeader names the header in which gateways find whose a request is.
func identityHeader(o *config.Options) { o.IdentityHeader = "X-Identity" }

// startNginx runs an emitted example before an API and gives its address.
func startNginx(t testing.TB, dir string, api *harness.Upstream) string {
	t.Helper()
	nginx := harness.Need(t, "nginx")
	addr := harness.Address(harness.FreePort(t))
	example := nginxExample(t, dir, "example.conf")
	harness.Rewrite(t, example, "127.0.0.1:8080", addr, "127.0.0.1:9090", api.Address())
	harness.StartIn(t, t.TempDir(), nil, addr, nginx, "-c", example, "-g", "daemon off;")
	return addr
}

// nginxExample returns an example whose files are in the test's folder, not in /tmp.
func nginxExample(t testing.TB, dir, name string) string {
	t.Helper()
	example := filepath.Join(dir, name)
	harness.Rewrite(t, example, "/tmp/limitgen-", t.TempDir()+"/")
	return example
}

// verifyNginx is nginx's own opinion of an emitted example.
func verifyNginx(t testing.TB, dir string) {
	t.Helper()
	nginx := harness.Need(t, "nginx")
	out, err := harness.Command(t, nginx, "-t", "-q", "-c", nginxExample(t, dir, "example.conf")).CombinedOutput()
	if err != nil {
		t.Errorf("nginx refuses it: %v\n%s", err, out)
	}
}

func TestNginxAcceptsEverySpec(t *testing.T) {
	specs, err := filepath.Glob(harness.Root + "/spec/valid/*.yaml")
	if err != nil || len(specs) == 0 {
		t.Fatal(err, specs)
	}
	for _, spec := range append(specs, harness.Easemob, harness.Paths) {
		for _, mode := range config.NginxModes {
			t.Run(filepath.Base(spec)+"/"+mode, func(t *testing.T) {
				verifyNginx(t, harness.Generate(t, spec, "nginx", harness.Approximate, nginxMode(mode), identityHeader))
			})
		}
	}
}

func TestNginxSpellings(t *testing.T) {
	addr := startNginx(t, harness.Generate(t, harness.Paths, "nginx"), harness.NewUpstream(t))
	harness.Spellings(t, addr)
}

// TestNginxRefusals sends requests whose spelling APIs disagree about, and that the shared table
// does not hold.
func TestNginxRefusals(t *testing.T) {
	api := harness.NewUpstream(t)
	addr := startNginx(t, harness.Generate(t, harness.Paths, "nginx"), api)
	for _, target := range []string{
		"/o/a/users%2f", "/o/a%5cusers", `/o/a\users`, "/o/a/users#x", "/o/x/..;/users", "/o/a/.;/users", "/o/a/;/users", "/o/x/;y/../a/users",
		"/o/a/%2E%2e;/users", "/o/a/%3bx/users", "/o/a/users/a%00", "/o/a/%2e%3B/users",
	} {
		if r := harness.Do(t, addr, harness.Request{Method: "GET", Target: target}); r.Status != 400 {
			t.Errorf("%s: %d", target, r.Status)
		}
	}
	for _, target := range []string{"/o/a/users?x=%2f%5c#;", "/o/a2/users?/..;/\\"} {
		if r := harness.Do(t, addr, harness.Request{Method: "GET", Target: target}); r.Status != 200 {
			t.Errorf("%s: %d", target, r.Status)
		}
	}
}

// easemobLimits are the limits of the published table, each with requests of every operation of its
// pool.
var easemobLimits = []struct {
	limit    string
	quota    int
	window   time.Duration
	requests []string
}{
	{"each", 100, time.Second, []string{"GET /users"}},
	{"each-50", 50, time.Second, []string{"GET /users/ann/blocks/users"}},
	{"delete-many", 30, time.Second, []string{"DELETE /users"}},
	{"token", 300, time.Second, []string{"POST /token"}},
	{"register", 100, time.Second, []string{"POST /users"}},
	{"push-settings", 100, time.Second, []string{"PUT /users/ann"}},
	{"attributes", 100, time.Second, []string{"GET /metadata/user/ann", "GET /metadata/user/capacity"}},
	{"messages-users", 6000, time.Minute, []string{"POST /messages/users"}},
	{"messages-groups", 20, time.Second, []string{"POST /messages/chatgroups"}},
	{"messages-rooms", 100, time.Second, []string{"POST /messages/chatrooms"}},
	{"history", 10, time.Minute, []string{"GET /chatmessages/2022080400"}},
}

// TestNginxEasemob sends more than each quota at once, in every mode, in turn to all members of a
// pool.
func TestNginxEasemob(t *testing.T) {
	for _, mode := range config.NginxModes {
		t.Run(mode, func(t *testing.T) {
			api := harness.NewUpstream(t)
			addr := startNginx(t, harness.Generate(t, harness.Easemob, "nginx", harness.Approximate, nginxMode(mode)), api)
			for _, l := range easemobLimits {
				if mode == "queue" && l.window > time.Second {
					continue // its requests wait for as long
				}
				t.Run(l.limit, func(t *testing.T) { nginxBurst(t, addr, mode, l.quota, l.window, l.limit, l.requests) })
			}
		})
	}
}

func nginxBurst(t *testing.T, addr, mode string, quota int, window time.Duration, limit string, requests []string) {
	t.Helper()
	size, rate := quota, float64(quota)/window.Seconds()
	if mode == "strict" {
		size = max(quota/10, 1)
		rate = float64(quota-size) / window.Seconds()
	}
	workers := 16
	if mode == "queue" {
		workers = quota + 20
	}
	request := func(i int) harness.Request {
		method, path, _ := strings.Cut(requests[i%len(requests)], " ")
		return harness.Request{Method: method, Target: "/org/" + limit + path}
	}
	start := time.Now()
	answers := harness.Burst(t, addr, quota+quota/5+20, workers, request)
	elapsed := time.Since(start).Seconds()
	passed := harness.Passed(answers)
	// Two worker processes may each let one through that the other has not seen yet.
	if most := size + int(rate*elapsed) + 2; passed < size || passed > most {
		t.Errorf("%d of %d passed in %.2f s, want %d to %d", passed, len(answers), elapsed, size, most)
	}
	if mode == "queue" {
		return
	}
	// A machine that is slow sends no more than the rate, so that nothing may be refused; then more is
	// sent.
	for end := time.Now().Add(time.Minute); ; answers = harness.Burst(t, addr, 4*quota, 32, request) {
		for _, a := range answers {
			if a.Status == 429 {
				nginxProblem(t, a, limit)
				return
			}
		}
		if time.Now().After(end) {
			t.Fatal("nothing was refused in a minute")
		}
	}
}

// nginxProblem checks what a refused caller is told.
func nginxProblem(t *testing.T, a harness.Response, limit string) {
	t.Helper()
	var body struct {
		Type     string
		Status   int
		Violated []string `json:"violated-policies"`
	}
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil || body.Status != 429 || len(body.Violated) != 1 || body.Violated[0] != limit {
		t.Errorf("%v: %s", err, a.Body)
	}
	h := a.Header
	if h.Get("Content-Type") != "application/problem+json" || h.Get("Cache-Control") != "no-store" || h.Get("Retry-After") == "" ||
		!strings.HasPrefix(h.Get("RateLimit-Policy"), `"`+limit+`";q=`) {
		t.Errorf("%v", h)
	}
}

// shape is a spec with 100 a second for each key and 10 a minute.
const shape = `openapi: 3.0.3
info: {title: shapes, version: "1"}
x-rate-limits:
  version: 1
  keys: {app: [$request.path.app], user: [$request.header.X-User]}
  limits:
    second: {quota: 100, window: 1s, per: [app]}
    minute: {quota: 10, window: 1m, per: [app]}
    app: {quota: 20, window: 1m, per: [app]}
    user: {quota: 3, window: 1m, per: [user]}
    all: {quota: 5, window: 1m, per: []}
  default: {second: 1}
paths:
  /{app}/second:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    get: {responses: {"200": {description: ok}}}
    post: {responses: {"200": {description: ok}}}
    delete: {x-rate-limit: {use: {}}, responses: {"200": {description: ok}}}
  /{app}/minute:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    get: {x-rate-limit: minute, responses: {"200": {description: ok}}}
  /{app}/both:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}, {name: X-User, in: header, schema: {type: string}}]
    get: {x-rate-limit: {use: {app: 1, user: 1}}, responses: {"200": {description: ok}}}
  /{app}/all:
    parameters: [{name: app, in: path, required: true, schema: {type: string}}]
    get: {x-rate-limit: all, responses: {"200": {description: ok}}}
`

func get(target string) func(int) harness.Request {
	return func(int) harness.Request { return harness.Request{Method: "GET", Target: target} }
}

// TestNginxPatterns drives 100 a second in the ways that callers do, in the default mode.
func TestNginxPatterns(t *testing.T) {
	addr := startNginx(t, harness.GenerateText(t, "shape.yaml", shape, "nginx"), harness.NewUpstream(t))
	// A bucket of 100 is full at first and lets 100 more through in each second that the requests
	// took, however long a busy machine took for them. Requests that were late came in a bunch, so
	// less may have passed.
	within := func(name string, send func() []harness.Response, low int) {
		t.Helper()
		start := time.Now()
		got := harness.Passed(send())
		most := 101 + int(100*time.Since(start).Seconds()) + 2
		if got < low || got > most {
			t.Errorf("%s: %d passed in %v, want %d to %d", name, got, time.Since(start), low, most)
		}
	}
	within("even", func() []harness.Response { return harness.Even(t, addr, 300, time.Second, get("/even/second")) }, 101)
	within("steady", func() []harness.Response { return harness.Even(t, addr, 300, 3*time.Second, get("/steady/second")) }, 101)
	within("hammer", func() []harness.Response { return harness.Even(t, addr, 900, 3*time.Second, get("/hammer/second")) }, 101)
	harness.NextWindow(time.Second)
	time.Sleep(900 * time.Millisecond)
	within("across a window's edge", func() []harness.Response {
		first := harness.Burst(t, addr, 150, 16, get("/edge/second"))
		harness.NextWindow(time.Second)
		return append(first, harness.Burst(t, addr, 150, 16, get("/edge/second"))...)
	}, 100)
}

// TestNginxKeys checks which callers share a counter.
func TestNginxKeys(t *testing.T) {
	addr := startNginx(t, harness.GenerateText(t, "shape.yaml", shape, "nginx"), harness.NewUpstream(t))
	// Counters drain while a slow machine sends: that of the app, the fastest, by one in 3 seconds.
	start := time.Now()
	near := func(got, want int) bool {
		drained := int(time.Since(start).Seconds() / 3)
		return got >= want-drained && got <= want+drained
	}
	passed := func(method, target string, n int, header ...string) int {
		return harness.Passed(harness.Burst(t, addr, n, 4, func(int) harness.Request {
			return harness.Request{Method: method, Target: target, Header: header}
		}))
	}
	for _, c := range []struct {
		method, target string
		n, want        int
		header         []string
	}{
		{"GET", "/a/minute", 20, 10, nil},
		{"GET", "/b/minute", 20, 10, nil},
		{"HEAD", "/a/minute", 5, 0, nil},
		{"POST", "/a/minute", 20, 20, nil}, // no operation
		{"DELETE", "/a/second", 300, 300, nil},
		{"GET", "/a/nothing", 300, 300, nil},
		// What one limit refuses is not charged to the other: three of ten pass, and the app has 17
		// left.
		{"GET", "/c/both", 10, 3, []string{"X-User: ann"}},
		{"GET", "/c/both", 10, 3, []string{"X-User: bob", "X-User: random"}},
		{"GET", "/c/both", 10, 0, []string{"X-User:   bob\t"}},
		{"GET", "/c/both", 10, 3, nil},
		{"GET", "/c/both", 10, 0, []string{"X-User: "}},
		{"GET", "/d/both", 10, 0, []string{"X-User: ann"}},
		{"GET", "/e/all", 3, 3, nil},
		{"GET", "/f/all", 5, 2, nil},
	} {
		if got := passed(c.method, c.target, c.n, c.header...); !near(got, c.want) {
			t.Errorf("%s %s %v: %d of %d passed, want %d", c.method, c.target, c.header, got, c.n, c.want)
		}
	}
	left := 0
	for i := range 20 {
		left += passed("GET", "/c/both", 1, fmt.Sprintf("X-User: u%d", i))
	}
	if !near(left, 11) {
		t.Errorf("%d passed for the app in the end, want the 11 of 20 that 9 had left", left)
	}
}

// TestNginxStrict hammers until more than two quotas have come through: no second can see more than
// the quota, since all of it is a bucket of 10 and 90 a second.
func TestNginxStrict(t *testing.T) {
	api := harness.NewUpstream(t)
	addr := startNginx(t, harness.GenerateText(t, "shape.yaml", shape, "nginx", nginxMode("strict")), api)
	start := time.Now()
	for len(api.Arrivals()) < 260 {
		if time.Since(start) > 2*time.Minute {
			t.Fatalf("only %d came through in two minutes", len(api.Arrivals()))
		}
		harness.Even(t, addr, 500, time.Second, get("/strict/second"))
		took := time.Since(start)
		if n := len(api.Arrivals()); n > 10+int(90*took.Seconds())+2 {
			t.Errorf("%d came through in %v", n, took)
		}
	}
}

// TestNginxQueue sends a burst that is let through at the rate, and none refused.
func TestNginxQueue(t *testing.T) {
	addr := startNginx(t, harness.GenerateText(t, "shape.yaml", shape, "nginx", nginxMode("queue")), harness.NewUpstream(t))
	start := time.Now()
	passed := harness.Passed(harness.Burst(t, addr, 100, 100, get("/queue/second")))
	elapsed := time.Since(start)
	if passed != 100 || elapsed < 900*time.Millisecond {
		t.Errorf("%d passed in %v", passed, elapsed)
	}
}

// TestNginxMinute tries ten a minute at once, half a minute later and half a minute after that.
func TestNginxMinute(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	addr := startNginx(t, harness.GenerateText(t, "shape.yaml", shape, "nginx"), harness.NewUpstream(t))
	start := time.Now()
	for i, want := range []int{10, 4, 5} {
		if i > 0 {
			time.Sleep(30 * time.Second)
		}
		n := harness.Passed(harness.Burst(t, addr, 12, 4, get("/m/minute")))
		late := int((time.Since(start) - time.Duration(i)*30*time.Second) / (6 * time.Second)) // of a slow machine
		if n < want-late || n > want+1+late {
			t.Errorf("attempt %d: %d passed, want %d or one more", i+1, n, want)
		}
	}
}

// TestNginxZone fills a counter with as many keys as it was made for: the first is still known
// then.
func TestNginxZone(t *testing.T) {
	const keys = 2000
	dir := harness.GenerateText(t, "shape.yaml", shape, "nginx", func(o *config.Options) { o.Keys = keys })
	addr := startNginx(t, dir, harness.NewUpstream(t))
	target := func(i int) string { return fmt.Sprintf("/%-40d/minute", i) }
	plain := func(i int) string { return strings.ReplaceAll(target(i), " ", "x") }
	begin := time.Now()
	harness.Burst(t, addr, 10, 4, get(plain(0)))
	harness.Burst(t, addr, keys-1, 16, func(i int) harness.Request { return harness.Request{Method: "GET", Target: plain(i + 1)} })
	// A key that was forgotten has ten again; this one has regained one in each six seconds.
	n := harness.Passed(harness.Burst(t, addr, 10, 1, get(plain(0))))
	if regained := 1 + int(time.Since(begin)/(6*time.Second)); n > regained {
		t.Errorf("%d passed, and %d are regained: the first key was forgotten", n, regained)
	}
}

// TestNginxNeedsTheFlag checks that a cost in the body is an error without the flag, and where it
// is said to be.
func TestNginxNeedsTheFlag(t *testing.T) {
	out, err := harness.Command(t, "go", "run", "-C", harness.Root, "./cmd/limitgen", "generate", "--spec", "spec/easemob.yaml", "--out", t.TempDir()+"/out", "--emit", "nginx").CombinedOutput()
	if err == nil || strings.Count(string(out), "nginx cannot express limit") != 3 || !strings.Contains(string(out), "spec/easemob.yaml:") {
		t.Errorf("%v\n%s", err, out)
	}
}
