//go:build ignore

package promobserver

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// family is one metric of each limit.
type family struct {
	desc       *prometheus.Desc
	kind       prometheus.ValueType
	clientOnly bool
	value      func(*ratelimit.LimitMetrics) float64
}

var limitLabels = []string{"api", "role", "limit"}

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, limitLabels, nil)
}

var families = []family{
	{describe("limitgen_limit_used", "Most that any one counter of the limit had in use within the last minute; all of the quota when a request did not fit."),
		prometheus.GaugeValue, false, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Used) }},
	{describe("limitgen_limit_quota", "What that counter can hold: the quota, or the burst, with plans, overrides and shares applied."),
		prometheus.GaugeValue, false, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Quota) }},
	{describe("limitgen_limit_admitted_total", "Requests that the limit let through."),
		prometheus.CounterValue, false, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Admitted) }},
	{describe("limitgen_limit_refused_total", "Requests that the limit did not let through."),
		prometheus.CounterValue, false, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Refused) }},
	{describe("limitgen_limit_waiting", "Calls that wait for the limiter now."),
		prometheus.GaugeValue, true, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Waiting) }},
	{describe("limitgen_limit_waited_seconds_total", "Time for which the limit held calls up."),
		prometheus.CounterValue, true, func(m *ratelimit.LimitMetrics) float64 { return m.Waited.Seconds() }},
	{describe("limitgen_limit_exceeded_total", "Answers that said too many requests, for each limit that can be the reason."),
		prometheus.CounterValue, true, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Exceeded) }},
}

func collectLimit(ch chan<- prometheus.Metric, m *ratelimit.LimitMetrics) {
	for i := range families {
		if f := &families[i]; !f.clientOnly || m.Role == "client" {
			send(ch, f.desc, f.kind, f.value(m), m.API, m.Role, m.Limit)
		}
	}
}

// keyFamily is one metric of each counter that has series of its own.
type keyFamily struct {
	desc  *prometheus.Desc
	value func(*ratelimit.Usage) float64
}

func describeKey(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append(limitLabels[:len(limitLabels):len(limitLabels)], "key"), nil)
}

var keyFamilies = []keyFamily{
	{describeKey("limitgen_key_used", "What the partition key's counter has in use now."),
		func(u *ratelimit.Usage) float64 { return float64(u.Used) }},
	{describeKey("limitgen_key_quota", "What the partition key's counter can admit in one window."),
		func(u *ratelimit.Usage) float64 { return float64(u.Quota) }},
	{describeKey("limitgen_key_waiting", "Calls that wait for the partition key's counter now."),
		func(u *ratelimit.Usage) float64 { return float64(u.Waiting) }},
}

func collectKeys(ch chan<- prometheus.Metric, n int, sources []Source) {
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
		for i := range s.Counters {
			for j := range keyFamilies {
				f, u := &keyFamilies[j], &s.Counters[i]
				send(ch, f.desc, prometheus.GaugeValue, f.value(u), s.API, s.Role, s.Limit, label(u))
			}
		}
	}
}

var keyEscapes = strings.NewReplacer(`\`, `\\`, `/`, `\/`)

// label spells a partition key unambiguously: its values with slashes between them. \* is the
// overflow counter shared by keys beyond the maximum.
func label(u *ratelimit.Usage) string {
	if u.Shared {
		return `\*`
	}
	values := u.Texts()
	for i := range values {
		values[i] = keyEscapes.Replace(values[i])
	}
	return strings.Join(values, "/")
}

func send(ch chan<- prometheus.Metric, desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
	for i := range labels {
		labels[i] = strings.ToValidUTF8(labels[i], "�")
	}
	m, err := prometheus.NewConstMetric(desc, kind, value, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(desc, err)
	}
	ch <- m
}
