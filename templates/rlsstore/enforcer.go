//go:build ignore

package rlsstore

import (
	"context"
	"errors"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Enforcer returns the store in the form that a server needs: replicas of the server, and Envoy,
// then share counters. Give it to rest.WithEnforcer. Each decision is one call, whatever the number
// of limits.
func (s *Store) Enforcer() ratelimit.Enforcer { return enforcer{s} }

type enforcer struct{ store *Store }

// Admit admits all charges or none. The service debits refused charges too.
func (e enforcer) Admit(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Decision, error) {
	s := e.store
	q := s.request(charges)
	if err := q.aboveQuota(); err != nil {
		return ratelimit.Decision{}, err
	}
	states, err := q.ask(ctx)
	if err == nil {
		d := ratelimit.Decision{Admitted: true, Limits: states}
		for i := range states {
			d.Admitted = d.Admitted && !states[i].Violated
		}
		return d, nil
	}
	if !errors.Is(err, ErrUnavailable) {
		return ratelimit.Decision{}, err
	}
	switch {
	case s.options.Fallback == Open:
		return ratelimit.Decision{Admitted: true}, nil
	case s.options.Fallback == Local && s.options.Replicas > 0:
		return s.admitPart(charges), nil
	}
	return ratelimit.Decision{}, err
}

// admitPart decides without the service, by this process's part of each quota, on top of what the
// service has admitted in the same window.
func (s *Store) admitPart(charges []ratelimit.Charge) ratelimit.Decision {
	mine := make([]ratelimit.Charge, len(charges))
	d := ratelimit.Decision{Limits: make([]ratelimit.State, len(charges))}
	fits := true
	for i, c := range charges {
		part := *c.Limit
		part.Quota /= int64(s.options.Replicas)
		part.Burst /= int64(s.options.Replicas)
		mine[i] = ratelimit.Charge{Limit: &part, Key: c.Key, Cost: c.Cost}
		d.Limits[i] = ratelimit.State{Key: c.Key, Cost: c.Cost, Violated: c.Cost > part.Quota}
		fits = fits && !d.Limits[i].Violated
	}
	if fits {
		if decided, err := s.gate.Decide(mine, nil); err == nil {
			d = decided
		}
	}
	for i := range d.Limits {
		d.Limits[i].Limit = charges[i].Limit
	}
	return d
}
