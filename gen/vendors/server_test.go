package vendors_test

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

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

// roundTrip is the longest.
const roundTrip = 80 * time.Millisecond

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

// least is how long n requests at a cost take when nothing is lost. In a window a request counts
// until a window after its answer.
func (f figures) least(n int, cost int64) time.Duration {
	switch total := int64(n) * cost; {
	case f.Unit == "concurrent-requests":
		return 0
	case f.Burst > 0:
		return time.Duration(max(0, float64(total-f.Burst)/f.perSecond()*float64(time.Second)))
	default:
		return time.Duration((total-1)/f.Quota) * (f.window() + roundTrip)
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
	return int(min(2*f.Quota/cost, 6_000)) + 1 // Pinterest's 120,000 a minute are above its 100 a second
}

// least is how long n requests of an operation take when nothing is lost: those that are left for the
// last window of one limit may take longer by another.
func (s *server) least(op *operation, n int) time.Duration {
	var least time.Duration
	for name, cost := range op.use {
		_, f := s.counter(op, name)
		took, rest := f.least(n, cost), n
		if f.Burst == 0 && f.Unit != "concurrent-requests" {
			rest -= int((int64(n)*cost - 1) / f.Quota * f.Quota / cost)
		}
		var after time.Duration
		for other, cost := range op.use {
			if _, g := s.counter(op, other); other != name {
				after = max(after, g.least(rest, cost))
			}
		}
		least = max(least, took+after)
	}
	return least
}

func newServer(s *spec, ops []operation, fixed bool) *server {
	of := make(map[string]*operation, len(ops))
	for i := range ops {
		of[ops[i].id] = &ops[i]
	}
	return &server{spec: s, fixed: fixed, of: of, counters: map[string]*counter{}, passed: map[string]int{}, random: rand.New(rand.NewPCG(1, 2))}
}
