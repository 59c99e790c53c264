package rest

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// attempt is the context of one attempt to send a request. It can end before the call does, and its
// httptrace hooks report connections. Both are created on first use, so that a transport without
// need of them, such as a cache, does not pay for them.
type attempt struct {
	sending *sending
	counted bool // otherwise it is only the call's context
	over    bool // ended before first use: later users read the answer; guarded by mu

	mu     sync.Mutex
	own    context.Context // cancellable; nil until first used
	cancel context.CancelCauseFunc
	trace  *httptrace.ClientTrace
}

// hookKey is the context key of httptrace's hooks; nil if httptrace finds them in another way.
var hookKey = func() any {
	probe := &keyProbe{Context: context.Background()}
	httptrace.ContextClientTrace(probe)
	return probe.key
}()

// keyProbe records the key that Value is called with.
type keyProbe struct {
	context.Context
	key any
}

// Value records the key.
func (p *keyProbe) Value(key any) any {
	p.key = key
	return nil
}

// asked reports whether a context or hooks exist that have to end.
func (a *attempt) asked() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.own != nil
}

// context returns the cancellable context.
func (a *attempt) context() context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.own != nil:
		return a.own
	case a.over || !a.counted:
		return a.sending.ctx
	}
	a.own, a.cancel = context.WithCancelCause(a.sending.ctx)
	return a.own
}

// end ends the context of the attempt.
func (a *attempt) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over = true; a.cancel != nil {
		a.cancel(nil)
	}
}

// stop ends the attempt for a reason.
func (a *attempt) stop(why error) {
	a.context()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cancel != nil {
		a.cancel(why)
	}
}

// hooks returns the attempt's httptrace hooks, including those of the call's own context.
func (a *attempt) hooks() *httptrace.ClientTrace {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.trace == nil {
		a.trace = a.sending.trace()
		httptrace.WithClientTrace(a.sending.ctx, a.trace) // adds the context's own
	}
	return a.trace
}

// Deadline returns the call's deadline.
func (a *attempt) Deadline() (time.Time, bool) { return a.sending.ctx.Deadline() }

// Done is closed when the attempt ends.
func (a *attempt) Done() <-chan struct{} { return a.context().Done() }

// Err is nil until the attempt ends.
func (a *attempt) Err() error {
	a.mu.Lock()
	own := a.own
	a.mu.Unlock()
	if own == nil {
		own = a.sending.ctx
	}
	return own.Err()
}

// Value returns the hooks or the request, or the value of the call's context.
func (a *attempt) Value(key any) any {
	switch {
	case !a.counted:
		return a.sending.ctx.Value(key)
	case key == hookKey:
		return a.hooks()
	case key == sendingKey{} && !a.sending.direct:
		return a.sending
	}
	a.mu.Lock()
	own := a.own
	a.mu.Unlock()
	if own == nil {
		own = a.sending.ctx
	}
	return own.Value(key)
}
