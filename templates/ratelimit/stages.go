package ratelimit

import (
	"slices"
	"sync/atomic"
	"time"
)

// A Stage is what a limit's quota and burst become at a time that its API announced. A zero leaves
// the figure as it was before.
type Stage struct {
	From  time.Time
	Quota int64
	Burst int64
}

// On returns the limit with the figures that are in force at a time. Its Stages are those that are
// still to come.
func (l Limit) On(now time.Time) Limit {
	for len(l.Stages) > 0 && !now.Before(l.Stages[0].From) {
		if q := l.Stages[0].Quota; q > 0 {
			l.Quota = q
		}
		if b := l.Stages[0].Burst; b > 0 {
			l.Burst = b
		}
		l.Stages = l.Stages[1:]
	}
	return l
}

// fix replaces figures on all stages: a plan's hold whatever the table announces.
func (l *Limit) fix(a Amount) {
	l.Stages = slices.Clone(l.Stages)
	if a.Quota > 0 {
		l.Quota = a.Quota
	}
	if a.Burst > 0 {
		l.Burst = a.Burst
	}
	if a.Window > 0 {
		l.Window = a.Window
	}
	for i := range l.Stages {
		if a.Quota > 0 {
			l.Stages[i].Quota = 0
		}
		if a.Burst > 0 {
			l.Stages[i].Burst = 0
		}
	}
}

// A Schedule is a table of limits whose figures change at the times that were announced. It is safe
// for concurrent use.
type Schedule struct {
	clock  Clock
	period atomic.Pointer[period]
}

// period is the table until the next change. It is never changed, only replaced: counters know a
// limit by its name, and charges point into the table that was in force when they were made.
type period struct {
	limits []Limit
	until  time.Time // zero when nothing is to come
}

// NewSchedule returns the schedule of a table; a nil clock is the system's.
func NewSchedule(limits []Limit, clock Clock) *Schedule {
	if clock == nil {
		clock = systemClock{}
	}
	s := &Schedule{clock: clock}
	s.period.Store(periodOf(limits, time.Time{}))
	s.Limits()
	return s
}

func periodOf(limits []Limit, now time.Time) *period {
	p := &period{limits: make([]Limit, len(limits))}
	for i, l := range limits {
		p.limits[i] = l.On(now)
		if next := p.limits[i].Stages; len(next) > 0 && (p.until.IsZero() || next[0].From.Before(p.until)) {
			p.until = next[0].From
		}
	}
	return p
}

// Limits returns the limits that are in force now, in the table's order. They must not be changed.
func (s *Schedule) Limits() []Limit {
	p := s.period.Load()
	if p.until.IsZero() {
		return p.limits
	}
	now := s.clock.Now()
	for !p.until.IsZero() && !now.Before(p.until) {
		s.period.CompareAndSwap(p, periodOf(p.limits, now)) // or another call was quicker
		p = s.period.Load()
	}
	return p.limits
}
