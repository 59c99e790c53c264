package rest

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// limitTable is the API's limits with one plan's figures, as they are at some time.
type limitTable struct {
	limits   []ratelimit.Limit
	policies []string // of each limit, as RateLimit-Policy spells it
}

// planTable is the limits with one plan's figures, which may change with the clock.
type planTable struct {
	schedule *ratelimit.Schedule
	last     atomic.Pointer[limitTable]
}

// now returns the table that is in force.
func (p *planTable) now() *limitTable {
	limits := p.schedule.Limits()
	if t := p.last.Load(); t != nil && (len(limits) == 0 || &t.limits[0] == &limits[0]) {
		return t
	}
	t := &limitTable{limits: limits}
	for i := range limits {
		t.policies = append(t.policies, string(appendPolicy(nil, &limits[i])))
	}
	p.last.Store(t)
	return t
}

// newTable applies a plan's figures to the published table, then what was sold.
func (s *Server) newTable(plan string) (*planTable, error) {
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
	return &planTable{schedule: ratelimit.NewSchedule(limits, s.clock)}, nil
}

// makeTables works out the figures of the server's own plan, and of those that callers may have.
func (s *Server) makeTables() error {
	base, err := s.newTable(s.plan)
	if err != nil {
		return err
	}
	s.plans = make(map[string]*planTable, len(s.config.Plans))
	for _, plan := range slices.Sorted(maps.Keys(s.config.Plans)) {
		if s.plans[plan], err = s.newTable(plan); err != nil {
			return err
		}
	}
	s.patched = make([]bool, len(s.config.Limits))
	own := base.now().limits
	for _, table := range s.plans {
		for i, l := range table.now().limits {
			s.patched[i] = s.patched[i] || l.Capacity() != own[i].Capacity() || !slices.Equal(l.Stages, own[i].Stages)
		}
	}
	s.base, s.config.Limits = base, own
	return nil
}
