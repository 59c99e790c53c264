package rest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// limitTable is the API's limits with one plan's figures.
type limitTable struct {
	limits   []ratelimit.Limit
	policies []string // of each limit, as RateLimit-Policy spells it
}

// newTable applies a plan's figures to the published table, then what was sold.
func (s *Server) newTable(plan string) (*limitTable, error) {
	limits := s.config.Limits
	if plan != "" {
		amounts, ok := s.config.Plans[plan]
		if !ok {
			return nil, fmt.Errorf("there is no plan %q", plan)
		}
		var err error
		if limits, err = ratelimit.Apply(limits, amounts); err != nil {
			return nil, fmt.Errorf("plan %q: %w", plan, err)
		}
	}
	if len(s.overrides) > 0 {
		var err error
		if limits, err = ratelimit.Apply(limits, s.overrides); err != nil {
			return nil, fmt.Errorf("overrides: %w", err)
		}
	}
	t := &limitTable{limits: limits}
	for i := range limits {
		t.policies = append(t.policies, string(appendPolicy(nil, &limits[i])))
	}
	return t, nil
}

// makeTables works out the figures of the server's own plan, and of those that callers may have.
func (s *Server) makeTables() error {
	base, err := s.newTable(s.plan)
	if err != nil {
		return err
	}
	s.plans = make(map[string]*limitTable, len(s.config.Plans))
	for _, plan := range slices.Sorted(maps.Keys(s.config.Plans)) {
		if s.plans[plan], err = s.newTable(plan); err != nil {
			return err
		}
	}
	s.patched = make([]bool, len(s.config.Limits))
	for _, table := range s.plans {
		for i := range s.config.Limits {
			s.patched[i] = s.patched[i] || table.limits[i].Capacity() != base.limits[i].Capacity()
		}
	}
	s.base, s.config.Limits = base, base.limits
	return nil
}
