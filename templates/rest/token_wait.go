package rest

import (
	"context"
	"errors"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// wait waits for the end of a fetch. It fails at ctx's end, and at once when the fetch's own limit
// cannot admit it before ctx's deadline.
func (t *tokenCache) wait(ctx context.Context, f *tokenFlight) error {
	for {
		t.mu.Lock()
		told, limited, since := f.told, f.limited, f.since
		t.mu.Unlock()
		if deadline, ok := ctx.Deadline(); ok && limited != nil && since.Add(limited.Wait).After(deadline) {
			return limited
		}
		select {
		case <-f.done:
			return nil
		case <-told:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fetchTrace reports a fetch's wait for a limit to the calls that wait for the fetch. The fetch
// itself has no deadline, since many calls may wait for it.
type fetchTrace struct {
	cache    *tokenCache
	flight   *tokenFlight
	deadline time.Time // of the call that began the fetch; zero for none
}

// Waited is for meters alone.
func (*fetchTrace) Waited(*ratelimit.Limit, time.Duration) {}

// Waiting notes that the fetch waits for its limit, or with nil that it does not any more.
func (w *fetchTrace) Waiting(limited *ratelimit.LimitError) {
	t, f := w.cache, w.flight
	t.mu.Lock()
	defer t.mu.Unlock()
	close(f.told)
	f.told, f.limited, f.since = make(chan struct{}), limited, t.clock.Now()
}

// fetchOf returns the trace of the fetch that ctx is of, or nil.
func fetchOf(ctx context.Context) *fetchTrace {
	trace := ratelimit.TraceOf(ctx)
	if w, ok := trace.(*waitTrace); ok {
		trace = w.outer
	}
	f, _ := trace.(*fetchTrace)
	return f
}

// acquireFor asks a limiter that does not report waits. For a fetch it asks with the deadline of
// the call that began it, to learn whether that can be met; other calls wait on.
func acquireFor(ctx context.Context, limiter ratelimit.Limiter, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	f := fetchOf(ctx)
	if f == nil || f.deadline.IsZero() {
		return limiter.Acquire(ctx, charges)
	}
	bounded, cancel := context.WithDeadline(ctx, f.deadline)
	defer cancel()
	permit, err := limiter.Acquire(bounded, charges)
	var limited *ratelimit.LimitError
	if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return permit, err
	}
	if errors.As(err, &limited) {
		f.Waiting(limited)
		defer f.Waiting(nil)
	}
	return limiter.Acquire(ctx, charges)
}
