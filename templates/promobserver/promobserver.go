//go:build ignore

// Package promobserver exports rate limit metrics of clients and servers to Prometheus, through
// client_golang. Names and labels are those of PrometheusHandler in the observed package.
package promobserver

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A Source is a *Client or a *Server.
type Source = interface {
	LimitMetrics() []ratelimit.LimitMetrics
}

// Options selects what is exported. With the zero value, the number of series is proportional to
// the number of limits.
type Options struct {
	// Keys is the number of partition keys of each limit, those nearest to their quotas, that get
	// series of their own. Every key that was ever among them makes series, and the label holds the
	// callers' own values. 0 means none. A server exports none if its Enforcer keeps no keys, as a
	// Gate does not.
	Keys int
	// Buckets are the buckets of limitgen_limit_wait_duration_seconds; from 5 ms to a minute if
	// nil.
	Buckets []float64
}

// A Collector is a prometheus.Collector for all its sources. Register one for all clients and
// servers of a process.
type Collector struct {
	options Options
	hooks   hooks

	mu      sync.Mutex
	sources []Source
}

// New returns a collector for the limits of sources. More can be added later.
func New(options Options, sources ...Source) *Collector {
	if options.Buckets == nil {
		options.Buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	}
	return &Collector{options: options, hooks: newHooks(options.Buckets), sources: sources}
}

// Watch adds sources. The collector keeps them for its lifetime.
func (c *Collector) Watch(sources ...Source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sources = append(c.sources[:len(c.sources):len(c.sources)], sources...)
}

// Describe sends the descriptions of all metrics.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for i := range families {
		ch <- families[i].desc
	}
	if c.options.Keys > 0 {
		for i := range keyFamilies {
			ch <- keyFamilies[i].desc
		}
	}
	c.hooks.describe(ch)
}

// Collect sends the current values of all sources.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	sources := c.sources
	c.mu.Unlock()
	metrics := ratelimit.MergeLimitMetrics(sources...)
	for i := range metrics {
		collectLimit(ch, &metrics[i])
	}
	if c.options.Keys > 0 {
		collectKeys(ch, c.options.Keys, sources)
	}
	c.hooks.collect(ch)
}
