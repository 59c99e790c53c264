//go:build ignore

package otelobserver

import (
	"errors"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	api "github.com/limitgen/limitgen/templates/runtime"
)

// instruments are all that a reporter has.
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

// The boundaries of the semantic conventions for HTTP, and for waits some above them.
var (
	requestBoundaries = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
	waitBoundaries    = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
)

// make creates the instruments. Units are UCUM's, with annotations in the singular.
func (i *instruments) make(meter metric.Meter) error {
	var errs [16]error
	text, unit := metric.WithDescription, metric.WithUnit
	i.used, errs[0] = meter.Int64ObservableGauge("limitgen.limit.used", unit("{unit}"),
		text("Most that any one counter of the limit had in use within the last minute; all of the quota when a request did not fit."))
	i.quota, errs[1] = meter.Int64ObservableGauge("limitgen.limit.quota", unit("{unit}"),
		text("What that counter can hold: the quota, or a server's burst, with plans, overrides and shares applied."))
	i.admitted, errs[2] = meter.Int64ObservableCounter("limitgen.limit.admitted", unit("{request}"),
		text("Requests that the limit let through."))
	i.refused, errs[3] = meter.Int64ObservableCounter("limitgen.limit.refused", unit("{request}"),
		text("Requests that the limit did not let through."))
	i.waiting, errs[4] = meter.Int64ObservableUpDownCounter("limitgen.limit.waiting", unit("{call}"),
		text("Calls that wait for the limiter now."))
	i.waited, errs[5] = meter.Float64ObservableCounter("limitgen.limit.waited", unit("s"),
		text("Time that calls under the limit have waited for the limiter."))
	i.exceeded, errs[6] = meter.Int64ObservableCounter("limitgen.limit.exceeded", unit("{response}"),
		text("Answers that said too many requests, for each limit that can be the reason."))
	i.keyUsed, errs[7] = meter.Int64ObservableGauge("limitgen.key.used", unit("{unit}"),
		text("What the partition key's counter has in use now."))
	i.keyQuota, errs[8] = meter.Int64ObservableGauge("limitgen.key.quota", unit("{unit}"),
		text("What the partition key's counter can admit in one window."))
	i.keyWaiting, errs[9] = meter.Int64ObservableUpDownCounter("limitgen.key.waiting", unit("{call}"),
		text("Calls that wait for the partition key's counter now."))
	i.waits, errs[10] = meter.Float64Histogram("limitgen.limit.wait.duration", unit("s"), waitBoundaries,
		text("How long requests under the limit waited to be admitted."))
	i.cost, errs[11] = meter.Int64Counter("limitgen.limit.cost", unit("{unit}"),
		text("What the requests cost that the limit let through."))
	i.contended, errs[12] = meter.Int64Counter("limitgen.limit.contended", unit("{response}"),
		text("Answers that said too many requests though the client was within the quota."))
	i.retries, errs[13] = meter.Int64Counter("limitgen.retries", unit("{request}"),
		text("Requests that were sent again."))
	i.clientRequest, errs[14] = meter.Float64Histogram("http.client.request.duration", unit("s"), requestBoundaries,
		text("Duration of HTTP client requests."))
	i.serverRequest, errs[15] = meter.Float64Histogram("http.server.request.duration", unit("s"), requestBoundaries,
		text("Duration of HTTP server requests."))
	return errors.Join(errs[:]...)
}

// observed are those that the reader asks for.
func (i *instruments) observed() []metric.Observable {
	return []metric.Observable{i.used, i.quota, i.admitted, i.refused, i.exceeded, i.waiting, i.waited, i.keyUsed, i.keyQuota, i.keyWaiting}
}

func (i *instruments) limit(o metric.Observer, m *api.LimitMetrics, of *attributes) {
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
	var tellers []interface{ Snapshot() []api.LimitSnapshot }
	for _, source := range sources {
		if s, ok := source.(interface{ Snapshot() []api.LimitSnapshot }); ok {
			tellers = append(tellers, s)
		}
	}
	for _, s := range api.NearestCounters(n, tellers...) {
		for _, u := range s.Counters {
			key := u.Values()
			for j := range key {
				key[j] = strings.ToValidUTF8(key[j], "�")
			}
			of := metric.WithAttributes(attribute.String("api", s.API), attribute.String("role", s.Role),
				attribute.String("limit", s.Limit), attribute.StringSlice("key", key))
			o.ObserveInt64(i.keyUsed, u.Used, of)
			o.ObserveInt64(i.keyQuota, u.Quota, of)
			o.ObserveInt64(i.keyWaiting, int64(u.Waiting), of)
		}
	}
}
