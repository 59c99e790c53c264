// Package envoy writes limits for Envoy: the configuration of its rate limit service (target
// ratelimit), the filters that ask that service (envoy), and filters that need no service
// (envoy-local).
//
// A Lua filter finds each request's operation and says in dynamic metadata what it counts: Envoy's
// own routes compare paths as they are spelt, which callers choose, and 105 operations would be 105
// comparisons. From the metadata the rate limit filter takes one descriptor for each limit:
//
//	limit=NAME [operation=ID] [KEY=/value/value] [masked_remote_address=IP/BITS]
//
// Values are percent-encoded, so that they are ASCII, never empty, and without the "_" with which
// the service joins them to the names of its counters.
package envoy

import (
	"path/filepath"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// Service returns the target ratelimit: what envoyproxy/ratelimit reads.
func Service() *config.Target {
	return &config.Target{
		Name:    "ratelimit",
		Summary: "descriptors for Envoy's rate limit service",
		Bound:   serviceBound,
		Gaps:    serviceGaps,
		Render:  renderService,
		Plans:   true,
		Check: &config.Check{
			Program: "config_check_cmd",
			Args:    func(dir string) []string { return []string{"-config_dir", dir} },
		},
	}
}

// Global returns the target envoy: filters that ask the rate limit service.
func Global() *config.Target {
	return &config.Target{
		Name:    "envoy",
		Summary: "Envoy filters that ask that service, and for Istio",
		Bound:   serviceBound,
		Gaps: func(in *config.Input, o config.Options) []config.Gap {
			return append(serviceGaps(in, o), requestGaps(in)...)
		},
		Render: renderGlobal,
		Plans:  true,
		Check:  validate,
	}
}

// Local returns the target envoy-local: filters that count in the proxy itself.
func Local() *config.Target {
	return &config.Target{
		Name:    "envoy-local",
		Summary: "Envoy filters that count by themselves, and for Istio",
		Bound:   localBound,
		Gaps: func(in *config.Input, _ config.Options) []config.Gap {
			return append(localGaps(in), requestGaps(in)...)
		},
		Render: renderLocal,
		Plans:  true,
		Check:  validate,
	}
}

// validate has Envoy itself read the example.
var validate = &config.Check{
	Program: "envoy",
	Args: func(dir string) []string {
		return []string{"--mode", "validate", "-c", filepath.Join(dir, "example.yaml")}
	},
}
