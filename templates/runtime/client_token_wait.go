package runtime

import (
	"context"
	"errors"
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

// tell notes that the fetch waits for its limit, or with nil that it does not any more.
func (t *tokenCache) tell(f *tokenFlight, limited *LimitError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(f.told)
	f.told, f.limited, f.since = make(chan struct{}), limited, t.clock.Now()
}

// acquireFor asks a limiter that says nothing of a wait while that lasts. Of a fetch it asks with
// the deadline of the call that began it, to hear whether that can be met; the others wait on.
func acquireFor(ctx context.Context, limiter Limiter, charges []Charge) (Permit, error) {
	f := fetchOf(ctx)
	if f == nil || f.deadline.IsZero() {
		return limiter.Acquire(ctx, charges)
	}
	bounded, cancel := context.WithDeadline(ctx, f.deadline)
	defer cancel()
	permit, err := limiter.Acquire(bounded, charges)
	var limited *LimitError
	if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return permit, err
	}
	if errors.As(err, &limited) {
		f.tell(limited)
		defer f.tell(nil)
	}
	return limiter.Acquire(ctx, charges)
}
