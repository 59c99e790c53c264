//go:build ignore

package rlsstore

import (
	"sync"
	"time"
)

// memory is the service's last answer about each counter. Within a window a counter only decreases,
// so a cost that did not fit needs no request until the window ends, and is not debited again.
type memory struct {
	mu       sync.Mutex
	counters map[counter]remaining
}

// counter identifies a counter of the service.
type counter struct{ api, limit, key string }

// remaining is the remaining quota of a counter in the window that lasts until then at least.
type remaining struct {
	units int64
	until time.Time
}

// The service counts time in whole seconds, so a window may end a second earlier than it says.
// Therefore nothing is remembered of windows of a second.
const resolution = time.Second

// remembered bounds the memory. The service is asked about counters beyond it.
const remembered = 100_000

// store records an answer to a request that was sent at sent.
func (m *memory) store(c counter, units int64, reset time.Duration, sent time.Time) {
	until := sent.Add(reset - resolution)
	if reset <= resolution {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counters == nil {
		m.counters = make(map[counter]remaining)
	}
	old, ok := m.counters[c]
	switch {
	case ok && until.Sub(old.until) < 30*time.Second: // of the same window, and answers overtake each other
		units = min(units, old.units)
		if until.Before(old.until) {
			until = old.until
		}
	case !ok && len(m.counters) >= remembered:
		m.dropExpired(sent)
		if len(m.counters) >= remembered {
			return
		}
	}
	m.counters[c] = remaining{units, until}
}

// dropExpired removes some of the expired entries; maps are iterated in random order.
func (m *memory) dropExpired(now time.Time) {
	looks := 0
	for c, l := range m.counters {
		if !l.until.After(now) {
			delete(m.counters, c)
		}
		if looks++; looks == 64 {
			return
		}
	}
}

// refuses reports whether a cost is known not to fit, how much is left, and until when at least.
func (m *memory) refuses(c counter, cost int64, now time.Time) (l remaining, refused bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.counters[c]
	return l, ok && cost > l.units && l.until.After(now)
}
