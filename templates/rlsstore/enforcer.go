//go:build ignore

package rlsstore

import (
	"context"
	"errors"

	api "github.com/limitgen/limitgen/templates/runtime"
)

// Enforcer returns the store as a server needs it: replicas of the server, and Envoy, then share
// counters. Give it to WithServerLimiter. Each decision is one call, whatever the number of limits.
func (s *Store) Enforcer() api.Enforcer { return enforcer{s} }

type enforcer struct{ store *Store }

// Admit admits all charges or none. The service debits what it refuses all the same.
func (e enforcer) Admit(ctx context.Context, charges []api.Charge) (api.Decision, error) {
	s := e.store
	q := s.question(charges)
	if err := q.tooDear(); err != nil {
		return api.Decision{}, err
	}
	states, err := q.ask(ctx)
	if err == nil {
		d := api.Decision{Admitted: true, Limits: states}
		for i := range states {
			d.Admitted = d.Admitted && !states[i].Violated
		}
		return d, nil
	}
	if !errors.Is(err, ErrUnavailable) {
		return api.Decision{}, err
	}
	switch {
	case s.options.Fallback == Open:
		return api.Decision{Admitted: true}, nil
	case s.options.Fallback == Local && s.options.Replicas > 0:
		return s.admitPart(charges), nil
	}
	return api.Decision{}, err
}

// admitPart decides without the service, by this process's part of each quota. What the service has
// admitted in the same window comes on top.
func (s *Store) admitPart(charges []api.Charge) api.Decision {
	mine := make([]api.Charge, len(charges))
	d := api.Decision{Limits: make([]api.State, len(charges))}
	fits := true
	for i, c := range charges {
		part := *c.Limit
		part.Quota /= int64(s.options.Replicas)
		part.Burst /= int64(s.options.Replicas)
		mine[i] = api.Charge{Limit: &part, Key: c.Key, Cost: c.Cost}
		d.Limits[i] = api.State{Key: c.Key, Cost: c.Cost, Violated: c.Cost > part.Quota}
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
