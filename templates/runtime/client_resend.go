package runtime

import (
	"context"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// sending is one request on its way, which net/http may send more than once: when a connection that it kept breaks
// before an answer begins, it takes another one if the method is idempotent, and tells nobody. The server may have
// counted the request before, so each one more needs a permit of its own.
type sending struct {
	core    *core
	ctx     context.Context
	charges []Charge
	asked   atomic.Bool // for a connection
	got     atomic.Bool
	onWay   atomic.Bool // a connection was got, and no answer has begun on it

	mu     sync.Mutex
	permit Permit // of the newest
}

// trace is what net/http calls, on the goroutine that sends.
func (s *sending) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:              func(string) { s.asked.Store(true) },
		GotConn:              func(httptrace.GotConnInfo) { s.got.Store(true); s.again(s.onWay.Swap(true)) },
		GotFirstResponseByte: func() { s.onWay.Store(false) }, // what comes next is a redirect's
	}
}

// again waits for another permit before the request is sent once more. Without one, as when the call has ended
// meanwhile, net/http is about to give up by itself.
func (s *sending) again(resent bool) {
	if !resent || s.core.limiter == nil || len(s.charges) == 0 {
		return
	}
	s.current().Lost()
	s.set(noPermit{})
	permit, _, err := s.core.acquire(s.charges, func() (Permit, error) {
		return s.core.limiter.Acquire(patient{s.ctx}, s.charges)
	})
	if err == nil {
		s.set(permit)
	}
}

func (s *sending) current() Permit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.permit
}

func (s *sending) set(permit Permit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.permit = permit
}

// patient is a context that ends at its deadline and does not say so before: there is nobody to whom a Limiter's
// refusal could be returned, so the call waits for room until it ends.
type patient struct{ context.Context }

// Deadline says that there is none.
func (patient) Deadline() (time.Time, bool) { return time.Time{}, false }
