package runtime

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sending is one request on its way, which net/http may send more than once: when a connection that it kept breaks
// before an answer begins, it takes another one if the method is idempotent, and tells nobody; and it follows
// redirects. The server may count each of these requests, so each one more needs a permit of its own.
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

type sendingKey struct{}

// follow waits for another permit before a redirect to the same host is followed. Other hosts count for themselves.
func follow(req *http.Request, via []*http.Request) error {
	s, ok := req.Context().Value(sendingKey{}).(*sending)
	if !ok || !strings.EqualFold(req.URL.Host, via[0].URL.Host) {
		return nil
	}
	// net/http would close it after this only, and calls that have a permit may wait for its connection.
	drain(req.Response.Body)
	s.current().Done()
	s.set(noPermit{})
	if req.Method != via[0].Method { // the body is gone, and what it cost with it
		s.charges = slices.Clone(s.charges)
		for i := range s.charges {
			s.charges[i].Cost = min(s.charges[i].Cost, 1)
		}
	}
	permit, _, err := s.core.acquire(s.charges, func() (Permit, error) { return s.core.take(s.ctx, s.charges) })
	if err != nil {
		return err
	}
	s.set(permit)
	s.asked.Store(false)
	s.got.Store(false)
	return nil
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
