package runtime

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
	Admitted int64         // requests that were let through
	Refused  int64         // requests that were not: by the server with a 429, by the client before anything was sent
	Exceeded int64         // client: answers that said "too many requests", for each limit that can be the reason
	Waiting  int64         // client: calls that wait now
	Waited   time.Duration // client: how long the limit held calls up, added up
}

// meter counts for one limit.
type meter struct {
	admitted, refused, exceeded, waiting, waited atomic.Int64
	peak                                         peak
}

// meters are those of a table of limits, in its order.
type meters struct {
	limits []Limit
	each   []meter
}

func newMeters(limits []Limit) meters { return meters{limits, make([]meter, len(limits))} }

// of returns the meter of a limit, also with another plan's figures, or nil for one that is not in
// the table.
func (m *meters) of(limit *Limit) *meter {
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

// count adds one to a counter of each charge's limit.
func (m *meters) count(charges []Charge, counter func(*meter) *atomic.Int64, n int64) {
	for i := range charges {
		if one := m.of(charges[i].Limit); one != nil {
			counter(one).Add(n)
		}
	}
}

// read returns the counts so far. Used and Quota are left to the caller.
func (m *meters) read(api, role string) []LimitMetrics {
	out := make([]LimitMetrics, len(m.limits))
	for i := range m.limits {
		c := &m.each[i]
		out[i] = LimitMetrics{
			API: api, Role: role, Limit: m.limits[i].Name, Admitted: c.admitted.Load(), Refused: c.refused.Load(),
			Exceeded: c.exceeded.Load(), Waiting: c.waiting.Load(), Waited: time.Duration(c.waited.Load()),
		}
	}
	return out
}

// reach puts in what the limiter knows of a limit, where that is nearer to the quota: the highest
// within a minute, or what is in use now if it does not remember.
func reach(out []LimitMetrics, limiter any) {
	var known []Usage
	switch l := limiter.(type) {
	case interface{ Highest() []Usage }:
		known = l.Highest()
	case interface{ Usage() []Usage }:
		known = l.Usage()
	}
	for _, u := range known {
		for i := range out {
			if m := &out[i]; m.Limit == u.Limit && (m.Used == 0 || nearer(u.Used, u.Quota, m.Used, m.Quota)) {
				m.Used, m.Quota = u.Used, u.Quota
			}
		}
	}
}
