package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// PrometheusHandler answers with the metrics of clients and servers in Prometheus' text format, for
// its scraper. Several clients, or several servers, share one series per limit: counts are summed,
// and the use is that of the counter nearest to its quota.
func PrometheusHandler(sources ...interface {
	LimitMetrics() []ratelimit.LimitMetrics
}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		all := ratelimit.MergeLimitMetrics(sources...)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		var out []byte
		for i := range metricFamilies {
			out = metricFamilies[i].write(out, all)
		}
		_, _ = w.Write(out) // the scraper has gone
	})
}

// metricFamily is one metric of the exposition.
type metricFamily struct {
	name, kind, help string
	clientOnly       bool
	value            func(*ratelimit.LimitMetrics) float64
}

var metricFamilies = []metricFamily{
	{"limitgen_limit_used", "gauge", "Most that any one counter of the limit had in use within the last minute; all of the quota when a request did not fit.",
		false, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Used) }},
	{"limitgen_limit_quota", "gauge", "What that counter can hold: the quota, or the burst, with plans, overrides and shares applied.",
		false, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Quota) }},
	{"limitgen_limit_admitted_total", "counter", "Requests that the limit let through.",
		false, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Admitted) }},
	{"limitgen_limit_refused_total", "counter", "Requests that the limit did not let through.",
		false, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Refused) }},
	{"limitgen_limit_waiting", "gauge", "Calls that wait for the limiter now.",
		true, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Waiting) }},
	{"limitgen_limit_waited_seconds_total", "counter", "Time for which the limit held calls up.",
		true, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Waited) / float64(time.Second) }},
	{"limitgen_limit_exceeded_total", "counter", "Answers that said too many requests, for each limit that can be the reason.",
		true, func(m *ratelimit.LimitMetrics) float64 { return float64(m.Exceeded) }},
}

// write appends a family's lines; nothing for one that has no samples.
func (f *metricFamily) write(out []byte, all []ratelimit.LimitMetrics) []byte {
	head := "# HELP " + f.name + " " + f.help + "\n# TYPE " + f.name + " " + f.kind + "\n"
	for i := range all {
		m := &all[i]
		if f.clientOnly && m.Role != "client" {
			continue
		}
		out = append(append(append(out, head...), f.name...), '{')
		head = ""
		out = append(appendLabel(out, "api", m.API), ',')
		out = append(appendLabel(out, "role", m.Role), ',')
		out = append(appendLabel(out, "limit", m.Limit), "} "...)
		out = append(strconv.AppendFloat(out, f.value(m), 'g', -1, 64), '\n')
	}
	return out
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func appendLabel(out []byte, name, value string) []byte {
	out = append(append(out, name...), `="`...)
	out = append(out, labelEscapes.Replace(strings.ToValidUTF8(value, "�"))...)
	return append(out, '"')
}
