package proof

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	"github.com/limitgen/limitgen/generator/emit/config"
)

// fixedSeconds counts windows below a minute by the clock, too.
func fixedSeconds(o *config.Options) { o.HAProxySeconds = "fixed" }

// haproxy starts HAProxy with two threads and the example in dir, from another working directory.
func haproxy(t testing.TB, dir string) (addr string, api *harness.Upstream) {
	t.Helper()
	api = harness.NewUpstream(t)
	addr = harness.Address(harness.FreePort(t))
	file := filepath.Join(dir, "example.cfg")
	harness.Rewrite(t, file, "bind 127.0.0.1:8080", "bind "+addr, "server api 127.0.0.1:9090", "server api "+api.Address(), "\nglobal\n", "\nglobal\n    nbthread 2\n")
	harness.StartIn(t, "/", nil, addr, harness.Need(t, "haproxy"), "-db", "-f", file)
	return addr, api
}

// TestHAProxyAccepts has HAProxy read the table's limits: the example from anywhere, and the
// fragment before a file of the user's.
func TestHAProxyAccepts(t *testing.T) {
	program := harness.Need(t, "haproxy")
	for _, choose := range []func(*config.Options){func(*config.Options) {}, fixedSeconds} {
		dir := harness.Generate(t, harness.Easemob, "haproxy", choose)
		own := filepath.Join(dir, "own.cfg")
		const mine = "defaults\n    mode http\n    timeout connect 1s\n    timeout server 1s\nfrontend f from api_limits\n    timeout client 1s\n    bind 127.0.0.1:8080\n    default_backend b\nbackend b\n    server s 127.0.0.1:9090\n"
		if err := os.WriteFile(own, []byte(mine), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"-f", dir + "/example.cfg"}, {"-f", dir + "/limits.cfg", "-f", own}} {
			cmd := harness.Command(t, program, append([]string{"-c", "-dW"}, args...)...) // -dW: a warning is an error
			cmd.Dir = "/"
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %v\n%s", args, err, out)
			}
		}
	}
}

func TestHAProxyPaths(t *testing.T) {
	t.Parallel()
	addr, api := haproxy(t, harness.Generate(t, harness.Paths, "haproxy"))
	harness.Spellings(t, addr)
	// The API gets paths as they were spelt.
	harness.Do(t, addr, harness.Request{Method: "GET", Target: "//unchanged/app/./%75sers;v=1/"})
	if arrivals := api.Arrivals(); arrivals[len(arrivals)-1].Target != "//unchanged/app/./%75sers;v=1/" {
		t.Error("sent on as", arrivals[len(arrivals)-1].Target)
	}
}

// TestHAProxyTellsAddresses hands on whose address a request comes from, whatever the client says.
func TestHAProxyTellsAddresses(t *testing.T) {
	t.Parallel()
	addr, api := haproxy(t, harness.Generate(t, harness.Paths, "haproxy"))
	for _, header := range [][]string{nil, {"X-Forwarded-For: 203.0.113.7"}, {"X-Forwarded-For: 203.0.113.7", "x-forwarded-for: 203.0.113.8, 127.0.0.2"}} {
		harness.Do(t, addr, harness.Request{Method: "GET", Target: "/address/app/ping", Header: header})
		arrivals := api.Arrivals()
		if got := arrivals[len(arrivals)-1].Header["X-Forwarded-For"]; !slices.Equal(got, []string{"127.0.0.1"}) {
			t.Errorf("%q arrives as %q", header, got)
		}
	}
}

// A drawn limit is one of the table's, with a request of every operation that draws on it.
type drawn struct {
	name     string
	quota    int
	cost     int
	requests []harness.Request
}

// secondLimits are the table's limits by the second. $ stands for an App Key.
var secondLimits = []drawn{
	{"each", 100, 1, []harness.Request{{Method: "GET", Target: "/$/users/ann"}}},
	{"each-50", 50, 1, []harness.Request{{Method: "GET", Target: "/$/users/ann/blocks/users"}}},
	{"delete-many", 30, 1, []harness.Request{{Method: "DELETE", Target: "/$/users?limit=5"}}},
	{"token", 300, 1, []harness.Request{{Method: "POST", Target: "/$/token", Body: `{"grant_type":"client_credentials"}`}}},
	{"register", 100, 1, []harness.Request{
		{Method: "POST", Target: "/$/users", Body: `{"username":"a"}`}, {Method: "POST", Target: "/$/users", Body: `[{"username":"a"}]`}}},
	{"push-settings", 100, 1, []harness.Request{
		{Method: "PUT", Target: "/$/users/ann", Body: `{"nickname":"a"}`}, {Method: "PUT", Target: "/$/users/ann", Body: `{"notification_display_style":"1"}`}}},
	{"attributes", 100, 1, []harness.Request{
		{Method: "GET", Target: "/$/metadata/user/ann"}, {Method: "GET", Target: "/$/metadata/user/capacity"}}},
	{"messages-groups", 20, 2, []harness.Request{{Method: "POST", Target: "/$/messages/chatgroups", Body: `{"to":["1","2"]}`}}},
	{"messages-rooms", 100, 10, []harness.Request{{Method: "POST", Target: "/$/messages/chatrooms", Body: `{"to":["1","2","3","4","5","6","7","8","9","10"]}`}}},
}

// apps makes App Keys that no test has used.
var apps atomic.Int64

// at returns the i-th of a limit's requests for an App Key, the operations that share it in turn.
func (d drawn) at(app string) func(int) harness.Request {
	return func(i int) harness.Request {
		q := d.requests[i%len(d.requests)]
		q.Target = strings.Replace(q.Target, "$", app, 1)
		return q
	}
}

func newApp() string { return fmt.Sprintf("org%d/app", apps.Add(1)) }

// TestHAProxySeconds drives each limit in every way: never more passes than the head says, never
// less than a caller of that manner is due, and what one App Key uses is nothing to another.
func TestHAProxySeconds(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct {
		name   string
		choose func(*config.Options)
		limits []drawn
	}{
		{"rate", func(*config.Options) {}, secondLimits},
		{"fixed", fixedSeconds, []drawn{secondLimits[0], secondLimits[7]}}, // one in a table, one in Lua
	} {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			addr, _ := haproxy(t, harness.Generate(t, harness.Easemob, "haproxy", mode.choose))
			for _, d := range mode.limits {
				t.Run(d.name, func(t *testing.T) { d.drive(t, addr) })
			}
		})
	}
}

// windows returns how many windows of a second requests since then can have fallen into.
func windows(start time.Time) int { return int(math.Ceil(time.Since(start).Seconds())) + 1 }

func (d drawn) drive(t *testing.T, addr string) {
	n := d.quota / d.cost // calls in a window
	check := func(what string, got, least, most int) {
		if got < least || got > most {
			t.Errorf("%s: %d calls passed, want %d to %d", what, got, least, most)
		}
	}
	app := newApp()
	harness.NextWindow(time.Second)
	start := time.Now()
	burst := harness.Burst(t, addr, 2*n, 8, d.at(app))
	// Where the machine is slow, the burst reaches into the next second.
	check("burst", harness.Passed(burst), n, n+int(float64(n)*time.Since(start).Seconds())+1)
	for _, r := range burst {
		if !r.Passed() {
			refusal(t, r, d.name, d.quota, 1)
		}
	}
	check("another App Key", harness.Passed(harness.Burst(t, addr, n, 8, d.at(newApp()))), n, n)

	// One who keeps to the rate gets nearly all of it. What a busy machine sends late comes in a bunch,
	// of which less passes; then he tries once more.
	for try, passed := 0, 0; passed < 2*n*9/10; try++ {
		if try == 20 {
			t.Fatalf("steady: %d of %d calls passed", passed, 2*n)
		}
		start, app = time.Now(), newApp()
		passed = harness.Passed(harness.Even(t, addr, 2*n, 2*time.Second, d.at(app)))
		check("steady", passed, n, 2*n)
		if time.Since(start) > 2500*time.Millisecond {
			t.Logf("steady: %d of %d calls passed on a machine that is too slow for it", passed, 2*n)
			break
		}
	}
	app = newApp()
	harness.NextWindow(time.Second)
	start = time.Now()
	hammer := harness.Even(t, addr, 6*n, 2*time.Second, d.at(app))
	check("hammer", harness.Passed(hammer), n*9/10, n*windows(start))
	app = newApp()
	harness.NextWindow(time.Second)
	time.Sleep(900 * time.Millisecond)
	start = time.Now()
	edge := harness.Even(t, addr, 3*n, 200*time.Millisecond, d.at(app))
	check("edge", harness.Passed(edge), n, n*windows(start))
}

// refusal checks what a 429 says.
func refusal(t *testing.T, r harness.Response, limit string, quota, window int) {
	t.Helper()
	policy := fmt.Sprintf("%q;q=%d;w=%d", limit, quota, window)
	if r.Status != 429 || r.Header.Get("Content-Type") != "application/problem+json" || r.Header.Get("Retry-After") == "" ||
		r.Header.Get("RateLimit-Policy") != policy || !strings.Contains(r.Body, fmt.Sprintf(`"violated-policies":[%q]`, limit)) {
		t.Fatalf("refused with %d, %v\n%s", r.Status, r.Header, r.Body)
	}
}
