//go:build ignore

package rlsstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Limiter returns the store in the form that a client needs. Give it to WithLimiter. A call first
// waits for its turn in this process, which never sends more than the quota in any window, then
// asks the service.
func (s *Store) Limiter() ratelimit.Limiter { return limiter{s.pacer, s} }

// limiter is the process's own Pacer, which is also told of refusals, followed by the service.
type limiter struct {
	*ratelimit.Pacer
	store *Store
}

// Acquire waits until this process and the service admit all charges. Charges that the service
// refuses are returned to the Pacer, and that counter is not asked about before its window ends.
func (l limiter) Acquire(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	for {
		permit, err := l.Pacer.Acquire(ctx, charges)
		if err != nil {
			return nil, err
		}
		admitted, refused, err := l.store.admit(ctx, permit, charges, l.store.part.Acquire)
		if err != nil {
			return nil, err
		}
		if refused == nil {
			return admitted, nil
		}
	}
}

// TryAcquire is Acquire for a caller that waits only for the service's answer.
func (l limiter) TryAcquire(charges []ratelimit.Charge) (ratelimit.Permit, error) {
	permit, err := l.Pacer.TryAcquire(charges)
	if err != nil {
		return nil, err
	}
	try := func(_ context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
		return l.store.part.TryAcquire(charges)
	}
	admitted, refused, err := l.store.admit(context.Background(), permit, charges, try)
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, &ratelimit.LimitError{API: refused.Limit.API, Limit: refused.Limit.Name, Key: refused.Key, Cost: refused.Cost, Quota: refused.Limit.Quota, Wait: refused.Wait}
	}
	return admitted, nil
}

// admit asks the service to admit what this process has admitted. It ends the permit unless it
// returns one.
func (s *Store) admit(ctx context.Context, permit ratelimit.Permit, charges []ratelimit.Charge, alone func(context.Context, []ratelimit.Charge) (ratelimit.Permit, error)) (ratelimit.Permit, *ratelimit.State, error) {
	states, err := s.request(charges).ask(ctx)
	if err != nil {
		permit, err = s.withoutService(ctx, permit, charges, alone, err)
		return permit, nil, err
	}
	var refused *ratelimit.State
	for i := range states {
		state := &states[i]
		if !state.Violated {
			continue
		}
		refused = state
		s.pacer.Block(state.Limit, state.Key, s.clock.Now().Add(state.Wait+jitter(state.Wait)))
	}
	if refused != nil {
		permit.Cancel()
		return nil, refused, nil
	}
	return permit, nil, nil
}

// jitter spreads the calls that wait for the same window, so that they do not all ask at once.
func jitter(wait time.Duration) time.Duration {
	return rand.N(min(max(wait/8, 50*time.Millisecond), time.Second))
}

// withoutService applies Options.Fallback.
func (s *Store) withoutService(ctx context.Context, permit ratelimit.Permit, charges []ratelimit.Charge, alone func(context.Context, []ratelimit.Charge) (ratelimit.Permit, error), cause error) (ratelimit.Permit, error) {
	unavailable := errors.Is(cause, ErrUnavailable)
	if unavailable && s.options.Fallback == Open {
		return permit, nil
	}
	if unavailable && s.options.Fallback == Local && s.options.Replicas > 0 {
		part, err := alone(ctx, charges)
		if err == nil {
			return pair{permit, part}, nil
		}
		cause = err
		var limited *ratelimit.LimitError
		if errors.As(err, &limited) && limited.Cost > limited.Quota { // the cost exceeds its part; the service may come back
			cause = fmt.Errorf("%w: cost %d is above this process's part of limit %q", ErrUnavailable, limited.Cost, limited.Limit)
		}
	}
	permit.Cancel()
	return nil, cause
}

// pair is a permit of the whole quota and one of this process's part.
type pair struct{ whole, part ratelimit.Permit }

// Done ends both.
func (p pair) Done() { p.whole.Done(); p.part.Done() }

// Cancel returns both.
func (p pair) Cancel() { p.whole.Cancel(); p.part.Cancel() }

// Lost keeps both for as long as the request may arrive.
func (p pair) Lost() { p.whole.Lost(); p.part.Lost() }

// Answered says that the response has begun.
func (p pair) Answered() { p.whole.Answered(); p.part.Answered() }

// Abandoned keeps both for as long as the API may stall.
func (p pair) Abandoned() { p.whole.Abandoned(); p.part.Abandoned() }
