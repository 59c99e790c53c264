package ratelimit

import (
	"sync/atomic"
	"time"
)

// LimitMetrics is what a client or a server has seen of one limit, over all of its counters. No
// partition key is among it, so exporting it needs no more series than there are limits. Used and
// Quota are of the one counter that has been nearest to its quota within the last minute, and used
// is all of the quota when that counter had no room for a request; a wait for another limit of the
// same request does not count. Of a limiter that does not tell which limit held a call up, as that
// of a shared store does not, Waited is in all limits of the call.
type LimitMetrics struct {
	API      string // the generated package
	Role     string // "client" or "server"
	Limit    string
	Quota    int64
	Used     int64
	Admitted int64         // requests that were admitted
	Refused  int64         // requests that were not: by the server with a 429, by the client before anything was sent
	Exceeded int64         // client: answers that said "too many requests", for each limit that can be the reason
	Waiting  int64         // client: calls waiting now
	Waited   time.Duration // client: total time for which the limit delayed calls
}

// meter counts for one limit.
type meter struct {
	admitted, refused, exceeded, waiting, waited atomic.Int64
	peak                                         peak
}

// Meters count what one client or one server sees of the limits of its API. They are safe for
// concurrent use.
type Meters struct {
	api, role string
	limits    []Limit
	each      []meter
	clock     Clock
	start     time.Time
}

// NewMeters returns meters of a table of limits. Role is "client" or "server"; a nil clock is the
// system's.
func NewMeters(api, role string, limits []Limit, clock Clock) *Meters {
	t := newTimeline(clock)
	return &Meters{api: api, role: role, limits: limits, each: make([]meter, len(limits)), clock: t.clock, start: t.start}
}

// of returns the meter of a limit, also with another plan's figures, or nil for one that is not in
// the table.
func (m *Meters) of(limit *Limit) *meter {
	for i := range m.limits {
		if &m.limits[i] == limit {
			return &m.each[i]
		}
	}
	for i := range m.limits {
		if m.limits[i].Name == limit.Name {
			return &m.each[i]
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

// Admitted counts a request that its limits let through.
func (m *Meters) Admitted(charges []Charge) {
	m.count(charges, func(m *meter) *atomic.Int64 { return &m.admitted }, 1)
}

// Refused counts a request that was not let through, for the limit of this name, or for all of its
// limits when that is empty.
func (m *Meters) Refused(charges []Charge, limit string) {
	for i := range charges {
		if limit == "" || charges[i].Limit.Name == limit {
			m.count(charges[i:i+1], func(m *meter) *atomic.Int64 { return &m.refused }, 1)
		}
	}
}

// Exceeded counts an answer of "too many requests" for each limit that can be the reason.
func (m *Meters) Exceeded(charges []Charge) {
	m.count(charges, func(m *meter) *atomic.Int64 { return &m.exceeded }, 1)
}

// Waiting adds n calls to those that wait now; a negative n takes them away.
func (m *Meters) Waiting(charges []Charge, n int64) {
	m.count(charges, func(m *meter) *atomic.Int64 { return &m.waiting }, n)
}

// Waited adds to the time for which a limit held calls up.
func (m *Meters) Waited(limit *Limit, wait time.Duration) {
	if one := m.of(limit); one != nil {
		one.waited.Add(int64(wait))
	}
}

// Decided counts an Enforcer's decision, and remembers how near it brought the counters to their
// quotas.
func (m *Meters) Decided(charges []Charge, d *Decision) {
	if d.Admitted {
		m.Admitted(charges)
	}
	if len(d.Limits) != len(charges) { // another Enforcer may omit them
		if !d.Admitted {
			m.Refused(charges, "")
		}
		return
	}
	now := m.clock.Now().Sub(m.start)
	for i := range charges {
		one := m.of(charges[i].Limit)
		if one == nil {
			continue
		}
		most := charges[i].Limit.Capacity()
		used := most - d.Limits[i].Remaining
		if d.Limits[i].Violated {
			one.refused.Add(1)
			used = most
		}
		one.peak.note(now, used, most)
	}
}

// Metrics returns the counts so far, with the most that decisions brought a counter to. Quota is
// what one counter can hold.
func (m *Meters) Metrics() []LimitMetrics {
	now := m.clock.Now().Sub(m.start)
	out := make([]LimitMetrics, len(m.limits))
	for i := range m.limits {
		c := &m.each[i]
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

// Reach puts into metrics what a Reporter knows of a limit, where that is nearer to the quota.
func (m *Meters) Reach(out []LimitMetrics, reporter Reporter) {
	for _, u := range reporter.Highest() {
		for i := range m.limits {
			if l, o := &m.limits[i], &out[i]; l.API == u.API && l.Name == u.Limit && (o.Used == 0 || nearer(u.Used, u.Quota, o.Used, o.Quota)) {
				o.Used, o.Quota = u.Used, u.Quota
			}
		}
	}
}

// Snapshot puts each limit's counters, as far as a Reporter tells of them, to what was seen of it.
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
