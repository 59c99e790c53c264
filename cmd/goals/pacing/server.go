package pacing

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"
)

// quota of the vendor's servers, in any window.
const (
	quota  = 100
	window = time.Second
)

// A rule is how a vendor counts: whether a request that arrives now passes. It is called under a lock.
type rule func(now time.Time) bool

// rules by name, in order; each call makes one that has seen nothing.
var rules = []struct {
	name string
	make func() rule
}{{"fixed", fixedWindow}, {"sliding", slidingWindow}, {"bucket", bucket}}

func fixedWindow() rule {
	var start time.Time
	count := 0
	return func(now time.Time) bool {
		if s := now.Truncate(window); s != start {
			start, count = s, 0
		}
		count++
		return count <= quota
	}
}

// slidingWindow remembers every arrival that it let through.
func slidingWindow() rule {
	var passed []time.Time
	return func(now time.Time) bool {
		for len(passed) > 0 && now.Sub(passed[0]) >= window {
			passed = passed[1:]
		}
		if len(passed) == quota {
			return false
		}
		passed = append(passed, now)
		return true
	}
}

// bucket holds quota tokens and is refilled at quota per window.
func bucket() rule {
	level, last := float64(quota), time.Time{}
	return func(now time.Time) bool {
		if !last.IsZero() {
			level = min(quota, level+quota*now.Sub(last).Seconds()/window.Seconds())
		}
		last = now
		if level < 1 {
			return false
		}
		level--
		return true
	}
}

// A network delays each way by 5 ms and up to jitter.
type network struct{ jitter time.Duration }

func (n network) way() { time.Sleep(least + rand.N(n.jitter)) }

const least = 5 * time.Millisecond

// roundTrip is the mean of what the network alone takes.
func (n network) roundTrip() time.Duration { return 2*least + n.jitter }

// vendor is a real HTTP server behind a slow network. It counts from when its clock is started.
type vendor struct {
	*httptest.Server
	mu       sync.Mutex
	rule     rule
	counting atomic.Bool
	passed   atomic.Int64
	refused  atomic.Int64
}

func newVendor(r rule, n network) *vendor {
	v := &vendor{rule: r}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n.way()
		v.mu.Lock()
		ok := v.rule(time.Now())
		v.mu.Unlock()
		n.way()
		w.Header().Set("Content-Type", "application/json")
		if !ok {
			v.refused.Add(1)
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		if v.counting.Load() {
			v.passed.Add(1)
		}
		_, _ = io.WriteString(w, "{}")
	}))
	return v
}
