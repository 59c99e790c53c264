package rest

import (
	"context"
	"errors"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// leastWait is the shortest time in the limiter that counts as a wait; shorter times are its own
// work.
const leastWait = time.Millisecond

// LimitMetrics returns the client's metrics of each limit.
func (c *Client) LimitMetrics() []ratelimit.LimitMetrics {
	out := c.meters.Metrics()
	limits := c.limits.Limits()
	for i := range out {
		out[i].Quota = ratelimit.ShareOf(limits[i].Quota, c.settings.share)
	}
	if c.limiter != nil {
		c.meters.Reach(out, c.limiter)
	}
	return out
}

// meterAdmission counts how a wait for the limiter ended.
func (c *Client) meterAdmission(charges []ratelimit.Charge, err error) {
	if err == nil {
		c.meters.Admitted(charges)
		return
	}
	var limited *ratelimit.LimitError // declared here, since it escapes to the heap
	if errors.As(err, &limited) {
		c.meters.Refused(charges, limited.Limit)
	}
}

// Snapshot returns the state of the client's limits.
func (c *Client) Snapshot() []ratelimit.LimitSnapshot {
	var reporter ratelimit.Reporter
	if c.limiter != nil {
		reporter = c.limiter
	}
	return c.meters.Snapshot(c.LimitMetrics(), reporter)
}

// waitTrace adds up a call's waits for limits, and forwards them to an outer trace: a token's fetch
// is a call within another.
type waitTrace struct {
	context ratelimit.TraceContext
	meters  *ratelimit.Meters
	outer   ratelimit.Trace
	known   bool // whether the limiter reported which limit it was
	waits   bool // whether it reported that the call waits

	// Of a limiter that says when a call waits, and so need not be asked for the time otherwise:
	charges []ratelimit.Charge
	clock   ratelimit.Clock
	since   time.Time
}

// timed makes the trace measure the begin of the wait itself.
func (w *waitTrace) timed(charges []ratelimit.Charge, clock ratelimit.Clock) {
	w.charges, w.clock = charges, clock
}

// waited returns how long the call of a timed trace waited.
func (w *waitTrace) waited() time.Duration {
	if w.since.IsZero() {
		return 0
	}
	return w.clock.Now().Sub(w.since)
}

// begin traces the next wait, with the trace's context.
func (w *waitTrace) begin(ctx context.Context, meters *ratelimit.Meters) {
	*w = waitTrace{context: ratelimit.TraceContext{Context: ctx}, meters: meters, outer: ratelimit.TraceOf(ctx)}
	w.context.Trace = w
}

// Waiting notifies the outer trace.
func (w *waitTrace) Waiting(why *ratelimit.LimitError) {
	if w.clock != nil && w.waits != (why != nil) {
		n := int64(-1)
		if w.waits = why != nil; w.waits {
			n = 1
			if w.since.IsZero() {
				w.since = w.clock.Now()
			}
		}
		w.meters.Waiting(w.charges, n)
	}
	if w.outer != nil {
		w.outer.Waiting(why)
	}
}

// Waited counts a wait.
func (w *waitTrace) Waited(limit *ratelimit.Limit, wait time.Duration) {
	if wait >= leastWait {
		w.known = true
		w.meters.Waited(limit, wait)
	}
}
