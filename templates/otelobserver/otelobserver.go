//go:build ignore

// Package otelobserver exports rate limit metrics of clients and servers through OpenTelemetry.
//
// Requests are reported as the semantic conventions for HTTP say. The conventions do not cover rate
// limits, so those metrics have names of their own, limitgen.limit.*, and the attributes api, role
// and limit. In Prometheus' spelling they are the metrics of PrometheusHandler in the observed
// package, so rules and dashboards work with either.
package otelobserver

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// scope names the instrumentation: the observed package.
const scope = "github.com/limitgen/limitgen/templates/otelobserver"

// A Source is a *Client or a *Server.
type Source = interface {
	LimitMetrics() []ratelimit.LimitMetrics
}

// Options selects what is reported. With the zero value, the number of series is proportional to
// the number of limits.
type Options struct {
	// Provider makes the meter; otel.GetMeterProvider's if nil.
	Provider metric.MeterProvider
	// WithoutHTTP omits http.client.request.duration and http.server.request.duration, which other
	// instrumentation may report, such as a transport or a handler of otelhttp.
	WithoutHTTP bool
	// URLTemplate adds url.template, the operation's path, to http.client.request.duration.
	URLTemplate bool
	// Keys is the number of partition keys of each limit, those nearest to their quotas, that get
	// series of their own. Every key that was ever among them makes series, and the attribute holds
	// the callers' own values. 0 means none. A server reports none if its Enforcer keeps no keys,
	// as a Gate does not.
	Keys int
}

// A Reporter reports the metrics of all its sources. One is enough for all clients and servers of a
// process.
type Reporter struct {
	options      Options
	instruments  instruments
	limits       sync.Map // limitID to *attributes
	requests     sync.Map // requestID to *attributes
	registration metric.Registration

	mu      sync.Mutex
	sources []Source
}

// New returns a reporter for the limits of sources. More can be added later.
func New(options Options, sources ...Source) (*Reporter, error) {
	if options.Provider == nil {
		options.Provider = otel.GetMeterProvider()
	}
	meter := options.Provider.Meter(scope)
	i, err := newInstruments(meter)
	if err != nil {
		return nil, err
	}
	r := &Reporter{options: options, instruments: i, sources: sources}
	if r.registration, err = meter.RegisterCallback(r.observe, i.observed()...); err != nil {
		return nil, err
	}
	return r, nil
}

// Watch adds sources. The reporter keeps them for its lifetime.
func (r *Reporter) Watch(sources ...Source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sources = append(r.sources[:len(r.sources):len(r.sources)], sources...)
}

// Close stops the polled metrics of the sources.
func (r *Reporter) Close() error { return r.registration.Unregister() }

// observe is called by the reader for the polled metrics.
func (r *Reporter) observe(_ context.Context, o metric.Observer) error {
	r.mu.Lock()
	sources := r.sources
	r.mu.Unlock()
	for _, m := range ratelimit.MergeLimitMetrics(sources...) {
		r.instruments.limit(o, &m, r.limit(limitID{m.API, m.Role, m.Limit}))
	}
	if r.options.Keys > 0 {
		r.instruments.keys(o, r.options.Keys, sources)
	}
	return nil
}
