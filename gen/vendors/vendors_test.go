// Package vendors_test sends requests through each transport of the gallery to a server that counts
// as the vendor does: by the spec as it is written, and with nothing of limitgen's.
package vendors_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/gen/rest"
	"github.com/limitgen/limitgen/gen/vendors/amazon"
	"github.com/limitgen/limitgen/gen/vendors/github"
	"github.com/limitgen/limitgen/gen/vendors/slack"
	"github.com/limitgen/limitgen/gen/vendors/xapi"
)

// gallery is the transport of each spec, and how the vendor counts windows: in fixed ones, or in any
// interval.
var gallery = []struct {
	spec      string
	transport func(http.RoundTripper, ...rest.ClientOption) (*rest.Transport, error)
	fixed     bool
}{
	{"amazon", amazon.NewTransport, false},
	{"github", github.NewTransport, true},
	{"slack", slack.NewTransport, false},
	{"xapi", xapi.NewTransport, true},
}

// spec is what the tests read of a spec.
type spec struct {
	Servers []struct{ URL string }
	Limits  struct {
		Limits  map[string]figures
		Default map[string]int64
	} `yaml:"x-rate-limits"`
	Paths map[string]map[string]yaml.Node
}

type figures struct {
	Quota  int64
	Window string
	Rate   float64
	Burst  int64
	Unit   string
	Per    []string
}

// operation is one of the spec's, and what a request of it costs by limit.
type operation struct {
	id, method, url string
	use             map[string]int64
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func read(t *testing.T, name string) (spec, []operation) {
	t.Helper()
	data, err := os.ReadFile("../../spec/vendors/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var s spec
	if err := yaml.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for path, item := range s.Paths {
		for method, node := range item {
			var o struct {
				ID  string    `yaml:"operationId"`
				Use yaml.Node `yaml:"x-rate-limit"`
			}
			if method == "parameters" || method == "x-rate-limit" {
				continue
			}
			if err := node.Decode(&o); err != nil {
				t.Fatal(err)
			}
			if inherited, ok := item["x-rate-limit"]; ok && o.Use.Kind == 0 {
				o.Use = inherited
			}
			url := s.Servers[0].URL + parameter.ReplaceAllString(path, "x")
			all = append(all, operation{o.ID, strings.ToUpper(method), url, uses(t, &s, &o.Use)})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return s, all
}

func uses(t *testing.T, s *spec, n *yaml.Node) map[string]int64 {
	t.Helper()
	switch n.Kind {
	case 0:
		return s.Limits.Default
	case yaml.ScalarNode:
		return map[string]int64{n.Value: 1}
	}
	var rule struct{ Use map[string]int64 }
	if err := n.Decode(&rule); err != nil {
		t.Fatal(err)
	}
	return rule.Use
}

// server is the vendor's.
type server struct {
	mu       sync.Mutex
	spec     *spec
	fixed    bool
	of       map[string]*operation
	counters map[string]*counter
	passed   map[string]int
	refused  []string
	random   *rand.Rand
}

// counter is one limit's, for one operation where it counts them apart.
type counter struct {
	level  float64   // of a bucket
	at     time.Time // of the level, or of the fixed window
	used   int64     // in the fixed window, or in flight
	recent []spent
}

type spent struct {
	at   time.Time
	cost int64
}

const operationHeader = "Operation"

// RoundTrip takes 1 to 40 ms each way.
func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	s.wait()
	op := s.of[req.Header.Get(operationHeader)]
	status := http.StatusOK
	if limit := s.arrive(op); limit != "" {
		status = http.StatusTooManyRequests
	}
	s.wait()
	s.leave(op)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

func (s *server) wait() {
	s.mu.Lock()
	way := time.Millisecond + time.Duration(s.random.Int64N(int64(39*time.Millisecond)))
	s.mu.Unlock()
	time.Sleep(way)
}

func (s *server) counter(op *operation, limit string) (*counter, figures) {
	f, key := s.spec.Limits.Limits[limit], limit
	if slices.Contains(f.Per, "operation") {
		key += " " + op.id
	}
	c := s.counters[key]
	if c == nil {
		c = &counter{level: float64(f.Burst), at: time.Now()}
		s.counters[key] = c
	}
	return c, f
}

// arrive counts a request, and returns the limit that refuses it.
func (s *server) arrive(op *operation) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, commit := range []bool{false, true} {
		for limit, cost := range op.use {
			c, f := s.counter(op, limit)
			if !c.take(f, cost, s.fixed, commit) {
				s.refused = append(s.refused, limit+" at "+op.id)
				return limit
			}
		}
	}
	s.passed[op.id]++
	return ""
}

func (s *server) leave(op *operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for limit, cost := range op.use {
		if c, f := s.counter(op, limit); f.Unit == "concurrent-requests" {
			c.used -= cost
		}
	}
}

func (c *counter) take(f figures, cost int64, fixed, commit bool) bool {
	now := time.Now()
	switch {
	case f.Unit == "concurrent-requests":
		if commit {
			c.used += cost
		}
		return commit || c.used+cost <= f.Quota
	case f.Burst > 0:
		c.level, c.at = min(float64(f.Burst), c.level+f.perSecond()*now.Sub(c.at).Seconds()), now
		if commit {
			c.level -= float64(cost)
		}
		return commit || c.level >= float64(cost)-1e-9
	case fixed:
		if start := now.Truncate(f.window()); !start.Equal(c.at) {
			c.at, c.used = start, 0
		}
		if commit {
			c.used += cost
		}
		return commit || c.used+cost <= f.Quota
	}
	c.recent = slices.DeleteFunc(c.recent, func(p spent) bool { return now.Sub(p.at) >= f.window() })
	if commit {
		c.recent = append(c.recent, spent{now, cost})
		return true
	}
	for _, p := range c.recent {
		cost += p.cost
	}
	return cost <= f.Quota
}

func (f figures) window() time.Duration {
	text := strings.Replace(f.Window, "1d", "24h", 1)
	d, err := time.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	return d
}

func (f figures) perSecond() float64 {
	if f.Rate > 0 {
		return f.Rate
	}
	return float64(f.Quota) / f.window().Seconds()
}

// least is how long n requests at a cost take when nothing is lost.
func (f figures) least(n int, cost int64) time.Duration {
	switch total := int64(n) * cost; {
	case f.Unit == "concurrent-requests":
		return 0
	case f.Burst > 0:
		return time.Duration(max(0, float64(total-f.Burst)/f.perSecond()*float64(time.Second)))
	default:
		return time.Duration((total-1)/f.Quota) * f.window()
	}
}

// enough is how many requests show how fast a limit lets them pass.
func (f figures) enough(cost int64) int {
	if f.Unit == "concurrent-requests" {
		return int(3 * f.Quota)
	}
	if f.Burst > 0 {
		return int((f.Burst + 60) / cost)
	}
	return int(2*f.Quota/cost) + 1
}

func newServer(s *spec, ops []operation, fixed bool) *server {
	of := make(map[string]*operation, len(ops))
	for i := range ops {
		of[ops[i].id] = &ops[i]
	}
	return &server{spec: s, fixed: fixed, of: of, counters: map[string]*counter{}, passed: map[string]int{}, random: rand.New(rand.NewPCG(1, 2))}
}

// send sends one request of an operation, and reports what is wrong with its answer.
func send(ctx context.Context, client *http.Client, op *operation) error {
	req, err := http.NewRequestWithContext(ctx, op.method, op.url, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set(operationHeader, op.id)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", op.id, res.Status)
	}
	return res.Body.Close()
}

func TestEachOperationOnce(t *testing.T) {
	for _, v := range gallery {
		t.Run(v.spec, func(t *testing.T) {
			s, ops := read(t, v.spec)
			synctest.Test(t, func(t *testing.T) {
				vendor := newServer(&s, ops, v.fixed)
				transport, err := v.transport(vendor, rest.WithKnownOnly())
				if err != nil {
					t.Fatal(err)
				}
				client := &http.Client{Transport: transport}
				var wg sync.WaitGroup
				for i := range ops {
					wg.Go(func() {
						if err := send(t.Context(), client, &ops[i]); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if len(vendor.passed) != len(ops) || len(vendor.refused) > 0 {
					t.Errorf("%d of %d operations passed; refused: %v", len(vendor.passed), len(ops), vendor.refused)
				}
			})
		})
	}
}

// TestEachLimitAtFullSpeed sends more than a limit admits at once, as fast as it passes.
func TestEachLimitAtFullSpeed(t *testing.T) {
	for _, v := range gallery {
		t.Run(v.spec, func(t *testing.T) {
			s, ops := read(t, v.spec)
			seen := make(map[string]bool)
			for i := range ops {
				for limit, cost := range ops[i].use {
					if id := fmt.Sprint(limit, cost); !seen[id] {
						seen[id] = true
						synctest.Test(t, func(t *testing.T) { fullSpeed(t, v.transport, newServer(&s, ops, v.fixed), &ops[i], limit) })
					}
				}
			}
			if len(seen) < len(s.Limits.Limits) {
				t.Errorf("%d of %d limits are used", len(seen), len(s.Limits.Limits))
			}
		})
	}
}

func fullSpeed(t *testing.T, transport func(http.RoundTripper, ...rest.ClientOption) (*rest.Transport, error), vendor *server, op *operation, limit string) {
	through, err := transport(vendor, rest.WithKnownOnly())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: through}
	_, f := vendor.counter(op, limit)
	n, begin := f.enough(op.use[limit]), time.Now()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if err := send(t.Context(), client, op); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	took, least := time.Since(begin), time.Duration(0)
	for name, cost := range op.use {
		_, g := vendor.counter(op, name)
		least = max(least, g.least(n, cost))
	}
	switch most := time.Duration(math.Ceil(float64(least)/0.97)) + time.Second; {
	case len(vendor.refused) > 0:
		t.Errorf("%s at %s: %d of %d were refused", limit, op.id, len(vendor.refused), n)
	case vendor.passed[op.id] != n:
		t.Errorf("%s at %s: %d of %d passed", limit, op.id, vendor.passed[op.id], n)
	case took > most:
		t.Errorf("%s at %s: %d took %v, and %v would do", limit, op.id, n, took, least)
	}
}

// TestWithoutATransportIsRefused shows that the servers above refuse.
func TestWithoutATransportIsRefused(t *testing.T) {
	for _, v := range gallery {
		s, ops := read(t, v.spec)
		synctest.Test(t, func(t *testing.T) {
			vendor := newServer(&s, ops, v.fixed)
			var wg sync.WaitGroup
			for range 6000 {
				wg.Go(func() { _ = send(t.Context(), &http.Client{Transport: vendor}, &ops[0]) })
			}
			wg.Wait()
			if len(vendor.refused) == 0 {
				t.Errorf("%s: nothing was refused", v.spec)
			}
		})
	}
}
