package runtime

import (
	"slices"
	"sync/atomic"
)

// LimitMetrics returns what the server has seen of each limit, for PrometheusHandler and other
// exporters.
func (s *Server) LimitMetrics() []LimitMetrics {
	out := s.meters.read(s.api, "server")
	now := s.timeline.clock.Now().Sub(s.timeline.start)
	for i := range out {
		out[i].Quota = capacity(&s.limits[i])
		if used, quota := s.meters.each[i].peak.highest(now); quota > 0 {
			out[i].Used = used
		}
	}
	seen := slices.Clone(out)
	reach(out, s.enforcer)
	for i := range out {
		if s.planned.Load() && s.patched[i] {
			out[i] = seen[i] // the enforcer does not know which of several quotas a counter has
		}
	}
	return out
}

// Snapshot returns where each limit stands, in the order of the spec, for a status page or a test.
func (s *Server) Snapshot() []LimitSnapshot { return snapshot(s.limits, s.LimitMetrics(), s.enforcer) }

// meter counts a decision, and remembers how near it brought the counters to their quotas.
func (s *Server) meter(charges []Charge, d *Decision) {
	if d.Admitted {
		s.meters.count(charges, func(m *meter) *atomic.Int64 { return &m.admitted }, 1)
	}
	if len(d.Limits) != len(charges) { // another Enforcer may keep them to itself
		if !d.Admitted {
			s.meters.count(charges, func(m *meter) *atomic.Int64 { return &m.refused }, 1)
		}
		return
	}
	now := s.timeline.clock.Now().Sub(s.timeline.start)
	for i := range charges {
		m := s.meters.of(charges[i].Limit)
		if m == nil {
			continue
		}
		most := capacity(charges[i].Limit)
		used := most - d.Limits[i].Remaining
		if d.Limits[i].Violated {
			m.refused.Add(1)
			used = most
		}
		m.peak.note(now, used, most)
	}
}
