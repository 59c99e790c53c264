package rest

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// limitTable holds the API's limits with one plan's quotas, as in force at some time.
type limitTable struct {
	limits []ratelimit.Limit
	texts  []limitText // of each limit
	own    bool        // a limit is announced in fields of the API's own
}

// limitText is what the headers say of a limit to every caller.
type limitText struct {
	policy []string // RateLimit-Policy; see jsonLines
	begin  string   // of RateLimit, up to what remains; see keyText
}

// planTable holds the limits with one plan's quotas, which may change with the clock.
type planTable struct {
	schedule *ratelimit.Schedule
	last     atomic.Pointer[limitTable]
}

// now returns the table in force.
func (p *planTable) now() *limitTable {
	limits := p.schedule.Limits()
	if t := p.last.Load(); t != nil && (len(limits) == 0 || &t.limits[0] == &limits[0]) {
		return t
	}
	t := &limitTable{limits: limits}
	for i := range limits {
		l := &limits[i]
		t.texts = append(t.texts, limitText{[]string{string(appendPolicy(nil, l))}, string(appendQuoted(nil, l.Name)) + remainingKey})
		t.own = t.own || l.Announced.Any()
	}
	p.last.Store(t)
	return t
}

// newTable applies a plan's quotas to the published table, then the overrides.
func (s *Server) newTable(plan string, overrides map[string]ratelimit.Amount) ([]ratelimit.Limit, error) {
	limits := s.published
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
	if len(overrides) > 0 {
		var err error
		if limits, err = ratelimit.Apply(limits, overrides); err != nil {
			return nil, fmt.Errorf("overrides: %w", err)
		}
	}
	return limits, nil
}

// tables iterates over the tables of the server's own plan and of callers' plans, by plan name.
func (s *Server) tables() iter.Seq2[string, *planTable] {
	return func(yield func(string, *planTable) bool) {
		if !yield(s.plan, s.base) {
			return
		}
		for _, plan := range slices.Sorted(maps.Keys(s.plans)) {
			if !yield(plan, s.plans[plan]) {
				return
			}
		}
	}
}

// makeTables computes the tables of the server's own plan and of the plans that callers may have.
func (s *Server) makeTables() error {
	s.published = s.config.Limits
	table := func(plan string) (*planTable, error) {
		limits, err := s.newTable(plan, s.overrides)
		if err != nil {
			return nil, err
		}
		return &planTable{schedule: ratelimit.NewSchedule(limits, s.clock)}, nil
	}
	base, err := table(s.plan)
	if err != nil {
		return err
	}
	s.plans = make(map[string]*planTable, len(s.config.Plans))
	for _, plan := range slices.Sorted(maps.Keys(s.config.Plans)) {
		if s.plans[plan], err = table(plan); err != nil {
			return err
		}
	}
	s.base, s.config.Limits = base, base.now().limits
	return nil
}

// patched reports for each limit whether its quota differs between callers.
func (s *Server) patched() []bool {
	own := s.base.now().limits
	out := make([]bool, len(own))
	for _, table := range s.plans {
		for i, l := range table.now().limits {
			out[i] = out[i] || l.Capacity() != own[i].Capacity() || !slices.Equal(l.Stages, own[i].Stages)
		}
	}
	return out
}
