package ratelimit

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Stage is an announced change of a limit's quota and burst. A zero keeps the previous value.
type Stage struct {
	From  time.Time
	Quota int64
	Burst int64
}

// On returns the limit as it is in force at a time, with the Stages that are still to come.
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

// fix sets quota and burst on all stages: a plan's values take precedence over announced ones.
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

// A Schedule is a table of limits whose figures change: at announced times, and by Change. It is
// safe for concurrent use.
type Schedule struct {
	clock  Clock
	period atomic.Pointer[period]
	mu     sync.Mutex              // serialises replacing the period
	live   []atomic.Pointer[Limit] // the limits of the period; see Limit.Current
}

// period is the table until the next change. It is immutable and is replaced: counters refer to
// limits by name, while charges point into the table that was in force when they were made.
type period struct {
	limits []Limit
	until  time.Time // zero without a further change
}

// NewSchedule returns the schedule of a table; a nil clock is the system's.
func NewSchedule(limits []Limit, clock Clock) *Schedule {
	if clock == nil {
		clock = systemClock{}
	}
	s := &Schedule{clock: clock, live: make([]atomic.Pointer[Limit], len(limits))}
	s.begin(limits, clock.Now())
	return s
}

// begin replaces the period.
func (s *Schedule) begin(limits []Limit, now time.Time) {
	p := periodOf(limits, now)
	for i := range p.limits {
		p.limits[i].live = &s.live[i]
	}
	for i := range p.limits {
		s.live[i].Store(&p.limits[i])
	}
	s.period.Store(p)
}

// Change replaces the figures: limits are the same ones in the same order, with other quotas,
// bursts and stages. A burst where there was none, or none if there was one, is an error, since
// a server counts by another algorithm then, which does not know what was used. Then nothing
// changes.
//
// Tell limiters of it, with Changed, so that calls that wait go by the new figures at once. In any
// window at most the larger quota of those that held in it is admitted.
func (s *Schedule) Change(limits []Limit) error {
	if err := s.Changeable(limits); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin(limits, s.clock.Now())
	return nil
}

// Changeable returns the error that Change would fail with.
func (s *Schedule) Changeable(limits []Limit) error {
	now := s.period.Load().limits
	if len(limits) != len(now) {
		return fmt.Errorf("the table has %d limits, not %d", len(now), len(limits))
	}
	for i := range limits {
		l := &limits[i]
		if l.Name == now[i].Name && l.Window != now[i].Window {
			return fmt.Errorf("limit %q: a window of %v cannot become one of %v while a program runs; restart it, or choose a rate whose window is the same",
				l.Name, now[i].Window, l.Window)
		}
		if l.API != now[i].API || l.Name != now[i].Name || l.Unit != now[i].Unit {
			return fmt.Errorf("limit %q is another limit than %q of the table", l.Name, now[i].Name)
		}
		if kindOf(l) != kindOf(&now[i]) {
			return fmt.Errorf("limit %q: a burst cannot come or go while a program runs; restart it", l.Name)
		}
	}
	return nil
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
	if now.Before(p.until) {
		return p.limits
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p = s.period.Load(); !p.until.IsZero() && !now.Before(p.until) { // unless another call was faster
		s.begin(p.limits, now)
	}
	return s.period.Load().limits
}
