package rest

import (
	"slices"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// LimitMetrics returns the server's metrics of each limit, for PrometheusHandler and other
// exporters.
func (s *Server) LimitMetrics() []ratelimit.LimitMetrics {
	out := s.meters.Metrics()
	for i, l := range s.base.now().limits {
		out[i].Quota = l.Capacity()
	}
	seen := slices.Clone(out)
	if reporter, ok := s.enforcer.(ratelimit.Reporter); ok {
		s.meters.Reach(out, reporter)
	}
	if s.planned.Load() {
		for i, patched := range s.patched() {
			if patched {
				out[i] = seen[i] // the enforcer does not know which of several quotas a counter has
			}
		}
	}
	return out
}

// Snapshot returns the state of each limit, in the order of the spec, for a status page or a test.
func (s *Server) Snapshot() []ratelimit.LimitSnapshot {
	reporter, _ := s.enforcer.(ratelimit.Reporter)
	return s.meters.Snapshot(s.LimitMetrics(), reporter)
}
