package runtime

import (
	"errors"
	"sync/atomic"
	"time"
)

// leastWait is the shortest wait for the limiter that counts as one; below it is the limiter's own
// work.
const leastWait = time.Millisecond

// metrics is what the client has seen of each limit. Of a Limiter that has neither of the methods
// Highest and Usage, as a *Pacer does, it is not known how much is used.
func (c *core) metrics() []LimitMetrics {
	out := c.meters.read(c.config.api, "client")
	for i := range out {
		out[i].Quota = shareOf(c.limits[i].Quota, c.settings.share)
	}
	reach(out, c.limiter)
	return out
}

// meterWait adds a wait to the limits that held the call up, or to all of the call's when the
// limiter does not know which did.
func (c *core) meterWait(charges []Charge, holds []hold, wait time.Duration) {
	known := false
	for i := range holds {
		m, held := c.meters.of(holds[i].limit), holds[i].waited
		if m != nil && held >= leastWait {
			known = true
			m.waited.Add(int64(held))
		}
	}
	if !known {
		c.meters.count(charges, func(m *meter) *atomic.Int64 { return &m.waited }, int64(wait))
	}
}

// meterAdmission counts how a wait for the limiter ended.
func (c *core) meterAdmission(charges []Charge, err error) {
	if err == nil {
		c.meters.count(charges, func(m *meter) *atomic.Int64 { return &m.admitted }, 1)
		return
	}
	var limited *LimitError // declared here, since it escapes to the heap
	if errors.As(err, &limited) {
		for i := range charges {
			if charges[i].Limit.Name == limited.Limit {
				c.meters.count(charges[i:i+1], func(m *meter) *atomic.Int64 { return &m.refused }, 1)
			}
		}
	}
}

// snapshot is where the client's limits stand.
func (c *core) snapshot() []LimitSnapshot { return snapshot(c.limits, c.metrics(), c.limiter) }
