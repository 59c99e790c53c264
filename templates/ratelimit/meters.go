package ratelimit

import (
	"sync/atomic"
	"time"
)

// LimitMetrics is what a client or a server has seen of one limit, over all of its counters. It has
// no partition keys, so exporting it takes one series a limit. Used and Quota are those of the
// counter that was nearest to its quota within the last minute; Used is all of the quota if that
// counter had no room for a request, while a wait for another limit of the same request does not
// count. A limiter that does not say which limit delayed a call, such as a shared store's, adds the
// wait to Waited of all limits of the call.
type LimitMetrics struct {
	API      string // the generated package
	Role     string // "client" or "server"
	Limit    string
	Quota    int64
	Used     int64
	Admitted int64         // requests that were admitted
	Refused  int64         // requests refused: by the server with a 429, by the client before sending
	Exceeded int64         // client: "too many requests" answers, counted for each limit that may be the reason
	Waiting  int64         // client: calls waiting now
	Waited   time.Duration // client: total time for which the limit delayed calls
}

// meter has the counts of one limit.
type meter struct {
	admitted, refused, exceeded, waiting, waited atomic.Int64
	peak                                         peak
}

// Meters count what one client or one server sees of the limits of its API. They are safe for
// concurrent use.
type Meters struct {
	api, role string
	limits    []Limit
	meters    []meter
	clock     Clock
	start     time.Time
	system    bool // the clock is the system's
}

// NewMeters returns meters of a table of limits. Role is "client" or "server"; a nil clock is the
// system's.
func NewMeters(api, role string, limits []Limit, clock Clock) *Meters {
	t := newTimeline(clock)
	return &Meters{api: api, role: role, limits: limits, meters: make([]meter, len(limits)), clock: t.clock, start: t.start, system: t.system}
}

// of returns the meter of a limit, including the same limit with another plan's quota, or nil if
// the table lacks it.
func (m *Meters) of(limit *Limit) *meter {
	for i := range m.limits {
		if &m.limits[i] == limit {
			return &m.meters[i]
		}
	}
	for i := range m.limits {
		if m.limits[i].Name == limit.Name {
			return &m.meters[i]
		}
	}
	return nil
}

// count adds to a counter of each charge's limit.
func (m *Meters) count(charges []Charge, counter func(*meter) *atomic.Int64, n int64) {
	for i := range charges {
		if one := m.of(charges[i].Limit); one != nil {
			counter(one).Add(n)
		}
	}
}

// Admitted counts an admitted request.
func (m *Meters) Admitted(charges []Charge) {
	m.count(charges, func(m *meter) *atomic.Int64 { return &m.admitted }, 1)
}

// Refused counts a refused request for the limit of that name, or for all of its limits when the
// name is empty.
func (m *Meters) Refused(charges []Charge, limit string) {
	for i := range charges {
		if limit == "" || charges[i].Limit.Name == limit {
			m.count(charges[i:i+1], func(m *meter) *atomic.Int64 { return &m.refused }, 1)
		}
	}
}

// Exceeded counts a "too many requests" answer for each limit that may be the reason.
func (m *Meters) Exceeded(charges []Charge) {
	m.count(charges, func(m *meter) *atomic.Int64 { return &m.exceeded }, 1)
}

// Waiting adds n, which may be negative, to the number of calls that wait now.
func (m *Meters) Waiting(charges []Charge, n int64) {
	m.count(charges, func(m *meter) *atomic.Int64 { return &m.waiting }, n)
}

// Waited adds to the time for which a limit has delayed calls.
func (m *Meters) Waited(limit *Limit, wait time.Duration) {
	if one := m.of(limit); one != nil {
		one.waited.Add(int64(wait))
	}
}

// Decided counts an Enforcer's decision, and records the use of its counters for the peak.
func (m *Meters) Decided(charges []Charge, d *Decision) {
	if len(d.Limits) != len(charges) { // an Enforcer of another package may omit them
		if d.Admitted {
			m.Admitted(charges)
		} else {
			m.Refused(charges, "")
		}
		return
	}
	m.note(m.clock.Now().Sub(m.start), charges, d.Limits, d.Admitted)
}

// DecideBy is Gate.Decide and Decided in one, for a server that decides on every request: the clock
// is read once, and states, of which there must be as many as charges, can be on the stack. It leaves
// their Limit and Key to the caller, which knows where they are and needs no write barriers.
func (m *Meters) DecideBy(g *Gate, charges []Charge, states []State) (admitted bool, release func(), err error) {
	v, err := g.decide(charges, states)
	if err != nil {
		return false, nil, err
	}
	m.note(m.time(g, v), charges, states, v.admitted)
	return v.admitted, v.release, nil
}

// time returns when a decision was made.
func (m *Meters) time(g *Gate, v verdict) time.Duration {
	if m.system && g.timeline.system {
		return v.at + g.timeline.start.Sub(m.start)
	}
	return m.clock.Now().Sub(m.start)
}

// Prepared are charges that many requests have, with what a Gate and Meters look up for them.
type Prepared struct {
	referred
	meters []*meter
}

// Prepare prepares charges, which must not be changed, for DecidePrepared. It fails as Gate.Decide
// does.
func (m *Meters) Prepare(g *Gate, charges []Charge) (*Prepared, error) {
	at, err := g.refer(charges, make([]counterRef, len(charges)))
	if err != nil {
		return nil, err
	}
	p := &Prepared{at, make([]*meter, len(charges))}
	for i := range charges {
		p.meters[i] = m.of(charges[i].Limit)
	}
	return p, nil
}

// Charges returns the charges, which must not be changed.
func (p *Prepared) Charges() []Charge { return p.charges }

// DecidePrepared is DecideBy for charges that were prepared for the same Gate and Meters.
func (m *Meters) DecidePrepared(g *Gate, p *Prepared, states []State) (admitted bool, release func()) {
	v := g.decideOn(&p.referred, states)
	now := m.time(g, v)
	for i, one := range p.meters {
		if one != nil {
			one.note(now, p.refs[i].capacity, &states[i], v.admitted)
		}
	}
	return v.admitted, v.release
}

// note counts a decision that was made at a time since the start.
func (m *Meters) note(now time.Duration, charges []Charge, states []State, admitted bool) {
	for i := range charges {
		if one := m.of(charges[i].Limit); one != nil {
			one.note(now, charges[i].Limit.Capacity(), &states[i], admitted)
		}
	}
}

func (m *meter) note(now time.Duration, capacity int64, state *State, admitted bool) {
	if admitted {
		m.admitted.Add(1)
	}
	used := capacity - state.Remaining
	if state.Violated {
		m.refused.Add(1)
		used = capacity
	}
	m.peak.note(now, used, capacity)
}

// Metrics returns the counts so far, and the peak use of one counter. Quota is the capacity of one
// counter.
func (m *Meters) Metrics() []LimitMetrics {
	now := m.clock.Now().Sub(m.start)
	out := make([]LimitMetrics, len(m.limits))
	for i := range m.limits {
		c := &m.meters[i]
		out[i] = LimitMetrics{
			API: m.api, Role: m.role, Limit: m.limits[i].Name, Quota: m.limits[i].Capacity(),
			Admitted: c.admitted.Load(), Refused: c.refused.Load(), Exceeded: c.exceeded.Load(),
			Waiting: c.waiting.Load(), Waited: time.Duration(c.waited.Load()),
		}
		if used, quota := c.peak.highest(now); quota > 0 {
			out[i].Used = used
		}
	}
	return out
}

// Reach replaces the use of a limit in metrics by what a Reporter says, if that is nearer to the
// quota.
func (m *Meters) Reach(out []LimitMetrics, reporter Reporter) {
	for _, u := range reporter.Highest() {
		for i := range m.limits {
			if l, o := &m.limits[i], &out[i]; l.API == u.API && l.Name == u.Limit && (o.Used == 0 || nearer(u.Used, u.Quota, o.Used, o.Quota)) {
				o.Used, o.Quota = u.Used, u.Quota
			}
		}
	}
}

// Snapshot adds to the metrics of each limit the counters that a Reporter knows; reporter may be
// nil.
func (m *Meters) Snapshot(metrics []LimitMetrics, reporter Reporter) []LimitSnapshot {
	out := make([]LimitSnapshot, len(m.limits))
	for i := range m.limits {
		out[i] = LimitSnapshot{LimitMetrics: metrics[i], Window: m.limits[i].Window, Unit: m.limits[i].Unit}
	}
	if reporter == nil {
		return out
	}
	for _, u := range reporter.Usage() {
		for i := range m.limits {
			if m.limits[i].API == u.API && m.limits[i].Name == u.Limit {
				out[i].Counters = append(out[i].Counters, u)
			}
		}
	}
	for i := range out {
		sortNearest(out[i].Counters)
	}
	return out
}
