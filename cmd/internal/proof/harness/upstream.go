package harness

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Arrival is a request that came through to the API.
type Arrival struct {
	At     time.Time
	Method string
	Target string // as it was sent on
	Body   int    // length
	Header http.Header
}

// Upstream is the API behind a gateway: it answers everything and remembers it.
type Upstream struct {
	*httptest.Server
	mu       sync.Mutex
	arrivals []Arrival
}

// NewUpstream starts an API.
func NewUpstream(t testing.TB) *Upstream {
	u := &Upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()
		n, _ := io.Copy(io.Discard, r.Body)
		u.mu.Lock()
		u.arrivals = append(u.arrivals, Arrival{at, r.Method, r.RequestURI, int(n), r.Header.Clone()})
		u.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}\n")
	}))
	t.Cleanup(u.Close)
	return u
}

// Address returns where it listens: host:port.
func (u *Upstream) Address() string { return strings.TrimPrefix(u.URL, "http://") }

// Arrivals returns what has come through so far, in order.
func (u *Upstream) Arrivals() []Arrival {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.arrivals)
}

// Reset forgets all arrivals.
func (u *Upstream) Reset() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.arrivals = nil
}

// Most returns the largest weight of arrivals in any interval of a window's length. Requests are
// weighed one by one; those of weight 0 are of something else.
//
// What passes the gateway takes a while to arrive. An interval in which that much passed at the
// gateway may be longer or shorter here by the spread of these times, so a caller that compares
// with an exact bound takes a little from the window.
func Most(arrivals []Arrival, window time.Duration, weight func(Arrival) int) int {
	most, sum, first := 0, 0, 0
	for i := range arrivals {
		sum += weight(arrivals[i])
		for arrivals[i].At.Sub(arrivals[first].At) >= window {
			sum -= weight(arrivals[first])
			first++
		}
		most = max(most, sum)
	}
	return most
}
