//go:build ignore

// Package promobserver shows Prometheus what the limits of clients and servers do, through
// client_golang. Names and labels are those of PrometheusHandler in the package that it observes.
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

// Options chooses what is shown. The zero value shows as many series as there are limits, times a
// constant.
type Options struct {
	// Keys is for how many partition keys of each limit, those nearest to their quotas, there are
	// series of their own. Every key that was ever among them makes series, and the label holds the
	// callers' own values: 0 is for none. A server has none while its Enforcer keeps no keys, as a
	// Gate does not.
	Keys int
	// Buckets of limitgen_limit_wait_duration_seconds; from 5 ms to a minute when nil.
	Buckets []float64
}

// A Collector is a prometheus.Collector of all sources together. Register one for all clients and
// servers of a process.
type Collector struct {
	options Options
	hooks   hooks

	mu      sync.Mutex
	sources []Source
}

// New returns a collector of what the sources have seen of their limits. They may also be added
// later.
func New(options Options, sources ...Source) *Collector {
	if options.Buckets == nil {
		options.Buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	}
	return &Collector{options: options, hooks: newHooks(options.Buckets), sources: sources}
}

// Watch adds sources. They are kept as long as the collector is.
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

// Collect sends what the sources say now.
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
