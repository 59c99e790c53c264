package rest

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// attempt is the context of one attempt to send a request. It can be ended apart from the call, and
// it has net/http tell of connections. Both are made when the first one asks for them, since a
// transport that never does, such as one that answers out of a cache, need not pay for them.
type attempt struct {
	sending *sending
	counted bool // else it is the call's context and no more

	mu     sync.Mutex
	own    context.Context // that can be ended; nil as long as nothing has asked for it
	cancel context.CancelCauseFunc
	over   bool // ended before anything asked: what asks later reads the answer
	trace  *httptrace.ClientTrace
}

// hookKey is under which httptrace finds its hooks; nil where it looks for them in another way.
var hookKey = func() any {
	probe := &keyProbe{Context: context.Background()}
	httptrace.ContextClientTrace(probe)
	return probe.key
}()

// keyProbe notes the key that it is asked for.
type keyProbe struct {
	context.Context
	key any
}

// Value notes the key.
func (p *keyProbe) Value(key any) any {
	p.key = key
	return nil
}

// asked reports whether anything has to be ended.
func (a *attempt) asked() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.own != nil
}

// context returns the context that can be ended.
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

// end ends what waits for the attempt.
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

// hooks are what httptrace calls, those of the call's own context included.
func (a *attempt) hooks() *httptrace.ClientTrace {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.trace == nil {
		a.trace = a.sending.trace()
		httptrace.WithClientTrace(a.sending.ctx, a.trace) // adds the context's own
	}
	return a.trace
}

// Deadline is the call's.
func (a *attempt) Deadline() (time.Time, bool) { return a.sending.ctx.Deadline() }

// Done is closed when the attempt ends.
func (a *attempt) Done() <-chan struct{} { return a.context().Done() }

// Err is nil until then.
func (a *attempt) Err() error {
	a.mu.Lock()
	own := a.own
	a.mu.Unlock()
	if own == nil {
		own = a.sending.ctx
	}
	return own.Err()
}

// Value knows the hooks and the request.
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
