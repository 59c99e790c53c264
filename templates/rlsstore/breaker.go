//go:build ignore

package rlsstore

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	failureThreshold = 3 // failures in a row that open the breaker
	shortestRest     = 100 * time.Millisecond
	longestRest      = 2 * time.Second
)

// A breaker keeps a service that does not answer from costing every call its timeout. After a few
// failures in a row, no call asks for a while; then one call at a time tries again. The rests grow
// and have random lengths, so that the processes of a fleet do not come back together.
type breaker struct {
	mu       sync.Mutex
	failures int
	rest     time.Duration
	until    time.Time
	probing  bool
}

// allow reports whether a call may ask the service. Each true must be followed by done.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < failureThreshold {
		return true
	}
	if b.probing || now.Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

// done records how the call went.
func (b *breaker) done(now time.Time, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	if ok {
		b.failures, b.rest = 0, 0
		return
	}
	b.failures++
	if b.failures < failureThreshold || now.Before(b.until) {
		return
	}
	b.rest = min(max(2*b.rest, shortestRest), longestRest)
	b.until = now.Add(b.rest/2 + rand.N(b.rest))
}

// callerLeft records that the caller went away before an answer came, which says nothing about the
// service.
func (b *breaker) callerLeft() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}
