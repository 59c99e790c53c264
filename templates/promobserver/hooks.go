//go:build ignore

package promobserver

import (
	"context"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/limitgen/limitgen/templates/rest"
)

// hooks are the metrics that an observer counts as calls happen.
type hooks struct {
	waits     *prometheus.HistogramVec
	cost      *prometheus.CounterVec
	contended *prometheus.CounterVec
	retries   *prometheus.CounterVec
}

func newHooks(buckets []float64) hooks {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return hooks{
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "limitgen_limit_wait_duration_seconds", Help: "How long requests under the limit waited to be admitted.", Buckets: buckets,
		}, limitLabels),
		cost:      counter("limitgen_limit_cost_total", "What the requests cost that the limit let through.", limitLabels...),
		contended: counter("limitgen_limit_contended_total", "Answers that said too many requests though the client was within the quota.", limitLabels...),
		retries:   counter("limitgen_retries_total", "Requests that were sent again.", "api", "operation"),
	}
}

// Observer returns an observer that adds to the collector the distribution of waits, the cost of
// requests, refusals by the API that came within the quota, and retries. Give it to the option
// WithObserver of clients and servers. The other metrics do not need it.
func (c *Collector) Observer() rest.Observer {
	h := &c.hooks
	return rest.Observer{Admitted: h.admitted, Limited: h.limited, Retried: h.retried}
}

func (h *hooks) admitted(_ context.Context, e rest.CallEvent) {
	for i := range e.Charges {
		limit := e.Charges[i].Limit.Name
		if e.Role == "client" {
			h.waits.WithLabelValues(e.API, e.Role, limit).Observe(e.Wait.Seconds())
		}
		h.cost.WithLabelValues(e.API, e.Role, limit).Add(float64(e.Charges[i].Cost))
	}
}

// limited counts only by limits of the table: names that an API chooses are unbounded.
func (h *hooks) limited(_ context.Context, e rest.CallEvent) {
	if !e.WithinQuota {
		return
	}
	for i := range e.Charges {
		if limit := e.Charges[i].Limit.Name; len(e.Limits) == 0 || slices.Contains(e.Limits, limit) {
			h.contended.WithLabelValues(e.API, e.Role, limit).Inc()
		}
	}
}

func (h *hooks) retried(_ context.Context, e rest.CallEvent) {
	h.retries.WithLabelValues(e.API, e.Operation).Inc()
}

func (h *hooks) describe(ch chan<- *prometheus.Desc) {
	for _, v := range h.all() {
		v.Describe(ch)
	}
}

func (h *hooks) collect(ch chan<- prometheus.Metric) {
	for _, v := range h.all() {
		v.Collect(ch)
	}
}

func (h *hooks) all() []prometheus.Collector {
	return []prometheus.Collector{h.waits, h.cost, h.contended, h.retries}
}
