package envoy

import (
	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

func localBound(l *model.Limit, _ config.Options) config.Bound {
	return config.Bound{
		Algorithm: "a token bucket for each key in each Envoy process, filled evenly over the window, so a full bucket and what is filled up pass in one window; more proxies let more pass",
		Most:      capacity(l) + min(l.Quota, largestQuota),
		Least:     min(l.Quota, largestQuota),
	}
}

// capacity returns the size of a limit's bucket.
func capacity(l *model.Limit) int64 {
	if l.Burst > 0 {
		return min(l.Burst, largestQuota)
	}
	return min(l.Quota, largestQuota)
}
