package fleet

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"
)

// roundTrip is the mean of what the network takes: 5 ms and up to 20 ms each way.
const roundTrip = 30 * time.Millisecond

func way() { time.Sleep(5*time.Millisecond + rand.N(20*time.Millisecond)) }

// vendor is a real HTTP server behind a slow network that counts in a sliding window.
type vendor struct {
	*httptest.Server
	mu       sync.Mutex
	window   []time.Time
	counting bool
	passed   int64
	total    atomic.Int64
	refused  atomic.Int64
}

func newVendor() *vendor {
	v := &vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(v.serve))
	return v
}

func (v *vendor) serve(w http.ResponseWriter, _ *http.Request) {
	way()
	ok := v.count(time.Now())
	way()
	v.total.Add(1)
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		v.refused.Add(1)
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	_, _ = io.WriteString(w, "{}")
}

func (v *vendor) count(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for len(v.window) > 0 && now.Sub(v.window[0]) >= window {
		v.window = v.window[1:]
	}
	if len(v.window) >= quota {
		return false
	}
	v.window = append(v.window, now)
	if v.counting {
		v.passed++
	}
	return true
}

func (v *vendor) begin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.counting = true
}

func (v *vendor) end() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.counting = false
	return v.passed
}
