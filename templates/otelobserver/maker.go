//go:build ignore

package otelobserver

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// The boundaries of the semantic conventions for HTTP, and for waits some above them.
var (
	requestBoundaries = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
	waitBoundaries    = metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
)

// maker creates instruments and keeps what went wrong.
type maker struct {
	meter metric.Meter
	err   error
}

func keep[T any](m *maker, instrument T, err error) T {
	m.err = errors.Join(m.err, err)
	return instrument
}

// gauge is asked for what is not to be added up, and its siblings for what is.
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

// counter is told as things happen, and so is histogram.
func (m *maker) counter(name, unit, text string) metric.Int64Counter {
	i, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(text))
	return keep(m, i, err)
}

func (m *maker) histogram(name, text string, boundaries metric.HistogramOption) metric.Float64Histogram {
	i, err := m.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(text), boundaries)
	return keep(m, i, err)
}
