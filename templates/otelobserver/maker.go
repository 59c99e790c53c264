//go:build ignore

package otelobserver

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// The bucket boundaries of the semantic conventions for HTTP, and for waits some above them.
var (
	requestBoundaries = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
	waitBoundaries    = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
)

// maker creates instruments and collects errors.
type maker struct {
	meter metric.Meter
	err   error
}

func keep[T any](m *maker, instrument T, err error) T {
	m.err = errors.Join(m.err, err)
	return instrument
}

// gauge makes a polled instrument whose values are not additive; its siblings make additive ones.
func (m *maker) gauge(name, unit, text string) metric.Int64ObservableGauge {
	i, err := m.meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(text))
	return keep(m, i, err)
}

func (m *maker) level(name, unit, text string) metric.Int64ObservableUpDownCounter {
	i, err := m.meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(text))
	return keep(m, i, err)
}

func (m *maker) total(name, unit, text string) metric.Int64ObservableCounter {
	i, err := m.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(text))
	return keep(m, i, err)
}

func (m *maker) seconds(name, text string) metric.Float64ObservableCounter {
	i, err := m.meter.Float64ObservableCounter(name, metric.WithUnit("s"), metric.WithDescription(text))
	return keep(m, i, err)
}

// counter makes an instrument that is updated as events happen, and so does histogram.
func (m *maker) counter(name, unit, text string) metric.Int64Counter {
	i, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(text))
	return keep(m, i, err)
}

func (m *maker) histogram(name, text string, boundaries metric.HistogramOption) metric.Float64Histogram {
	i, err := m.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(text), boundaries)
	return keep(m, i, err)
}
