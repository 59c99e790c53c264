//go:build ignore

// Package otelobserver reports what the limits of clients and servers do as OpenTelemetry metrics.
//
// Requests are reported as the semantic conventions for HTTP say. There is none for rate limits, so
// these metrics have names of their own, limitgen.limit.*, and the attributes api, role and limit:
// turned into Prometheus' spelling, they are what PrometheusHandler in the observed package
// exposes, and rules and dashboards work with either.
package otelobserver

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// scope names the instrumentation: it is the package that is observed.
const scope = "github.com/limitgen/limitgen/templates/otelobserver"

// A Source is a *Client or a *Server.
type Source = interface {
	LimitMetrics() []ratelimit.LimitMetrics
}

// Options chooses what is reported. The zero value reports as many series as there are limits,
// times a constant.
type Options struct {
	// Provider makes the meter; otel.GetMeterProvider's when nil.
	Provider metric.MeterProvider
	// WithoutHTTP leaves http.client.request.duration and http.server.request.duration to somebody
	// else, such as a transport or a handler of otelhttp.
	WithoutHTTP bool
	// URLTemplate adds url.template, the operation's path, to http.client.request.duration.
	URLTemplate bool
	// Keys is for how many partition keys of each limit, those nearest to their quotas, there are
	// series of their own. Every key that was ever among them makes series, and the attribute holds
	// the callers' own values: 0 is for none. A server has none while its Enforcer keeps no keys,
	// as a Gate does not.
	Keys int
}

// A Reporter reports what all its sources see together. One is enough for all clients and servers
// of a process.
type Reporter struct {
	options      Options
	instruments  instruments
	limits       sync.Map // limitID to *attributes
	requests     sync.Map // requestID to *attributes
	registration metric.Registration

	mu      sync.Mutex
	sources []Source
}

// New returns a reporter of what the sources have seen of their limits. They may also be added
// later.
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

// Watch adds sources. They are kept as long as the reporter is.
func (r *Reporter) Watch(sources ...Source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sources = append(r.sources[:len(r.sources):len(r.sources)], sources...)
}

// Close ends the reports of what sources have seen.
func (r *Reporter) Close() error { return r.registration.Unregister() }

// observe is called by the reader for what need not be counted as it happens.
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
