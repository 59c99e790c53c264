//go:build ignore

package otelobserver

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// instruments are all instruments of a reporter.
type instruments struct {
	used, quota                  metric.Int64ObservableGauge
	admitted, refused, exceeded  metric.Int64ObservableCounter
	waiting                      metric.Int64ObservableUpDownCounter
	waited                       metric.Float64ObservableCounter
	keyUsed, keyQuota            metric.Int64ObservableGauge
	keyWaiting                   metric.Int64ObservableUpDownCounter
	waits                        metric.Float64Histogram
	cost, contended, retries     metric.Int64Counter
	clientRequest, serverRequest metric.Float64Histogram
}

// newInstruments creates the instruments. Units are UCUM's, with annotations in the singular.
func newInstruments(meter metric.Meter) (instruments, error) {
	m := maker{meter: meter}
	i := instruments{
		used: m.gauge("limitgen.limit.used", "{unit}",
			"Most that any one counter of the limit had in use within the last minute; all of the quota when a request did not fit."),
		quota: m.gauge("limitgen.limit.quota", "{unit}",
			"What that counter can hold: the quota, or the burst, with plans, overrides and shares applied."),
		admitted:  m.total("limitgen.limit.admitted", "{request}", "Requests that the limit let through."),
		refused:   m.total("limitgen.limit.refused", "{request}", "Requests that the limit did not let through."),
		waiting:   m.level("limitgen.limit.waiting", "{call}", "Calls that wait for the limiter now."),
		waited:    m.seconds("limitgen.limit.waited", "Time for which the limit held calls up."),
		exceeded:  m.total("limitgen.limit.exceeded", "{response}", "Answers that said too many requests, for each limit that can be the reason."),
		contended: m.counter("limitgen.limit.contended", "{response}", "Answers that said too many requests though the client was within the quota."),
		cost:      m.counter("limitgen.limit.cost", "{unit}", "What the requests cost that the limit let through."),
		retries:   m.counter("limitgen.retries", "{request}", "Requests that were sent again."),
		waits:     m.histogram("limitgen.limit.wait.duration", "How long requests under the limit waited to be admitted.", waitBoundaries),

		keyUsed:    m.gauge("limitgen.key.used", "{unit}", "What the partition key's counter has in use now."),
		keyQuota:   m.gauge("limitgen.key.quota", "{unit}", "What the partition key's counter can admit in one window."),
		keyWaiting: m.level("limitgen.key.waiting", "{call}", "Calls that wait for the partition key's counter now."),

		clientRequest: m.histogram("http.client.request.duration", "Duration of HTTP client requests.", requestBoundaries),
		serverRequest: m.histogram("http.server.request.duration", "Duration of HTTP server requests.", requestBoundaries),
	}
	return i, m.err
}

// observed returns the observable instruments, which the reader polls.
func (i *instruments) observed() []metric.Observable {
	return []metric.Observable{i.used, i.quota, i.admitted, i.refused, i.exceeded, i.waiting, i.waited, i.keyUsed, i.keyQuota, i.keyWaiting}
}

func (i *instruments) limit(o metric.Observer, m *ratelimit.LimitMetrics, of *attributes) {
	o.ObserveInt64(i.used, m.Used, of.observe...)
	o.ObserveInt64(i.quota, m.Quota, of.observe...)
	o.ObserveInt64(i.admitted, m.Admitted, of.observe...)
	o.ObserveInt64(i.refused, m.Refused, of.observe...)
	if m.Role == "client" {
		o.ObserveInt64(i.waiting, m.Waiting, of.observe...)
		o.ObserveFloat64(i.waited, m.Waited.Seconds(), of.observe...)
		o.ObserveInt64(i.exceeded, m.Exceeded, of.observe...)
	}
}

func (i *instruments) keys(o metric.Observer, n int, sources []Source) {
	var tellers []interface {
		Snapshot() []ratelimit.LimitSnapshot
	}
	for _, source := range sources {
		if s, ok := source.(interface {
			Snapshot() []ratelimit.LimitSnapshot
		}); ok {
			tellers = append(tellers, s)
		}
	}
	for _, s := range ratelimit.NearestCounters(n, tellers...) {
		for _, u := range s.Counters {
			of := metric.WithAttributes(attribute.String("api", s.API), attribute.String("role", s.Role),
				attribute.String("limit", s.Limit), attribute.StringSlice("key", u.Texts()))
			o.ObserveInt64(i.keyUsed, u.Used, of)
			o.ObserveInt64(i.keyQuota, u.Quota, of)
			o.ObserveInt64(i.keyWaiting, int64(u.Waiting), of)
		}
	}
}
