package ratelimit

// MergeLimitMetrics sums the metrics of several clients and servers for each API, role and limit,
// as PrometheusHandler does. Used and Quota are those of the counter nearest to its quota.
func MergeLimitMetrics(sources ...interface{ LimitMetrics() []LimitMetrics }) []LimitMetrics {
	var all []LimitMetrics
	for _, source := range sources {
		for _, m := range source.LimitMetrics() {
			all = mergeMetrics(all, m)
		}
	}
	return all
}

func mergeMetrics(all []LimitMetrics, m LimitMetrics) []LimitMetrics {
	for i := range all {
		o := &all[i]
		if o.API != m.API || o.Role != m.Role || o.Limit != m.Limit {
			continue
		}
		if nearer(m.Used, m.Quota, o.Used, o.Quota) {
			o.Used, o.Quota = m.Used, m.Quota
		}
		o.Admitted += m.Admitted
		o.Refused += m.Refused
		o.Exceeded += m.Exceeded
		o.Waiting += m.Waiting
		o.Waited += m.Waited
		return all
	}
	return append(all, m)
}
