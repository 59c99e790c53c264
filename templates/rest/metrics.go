package rest

import (
	"context"
	"errors"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// leastWait is the shortest wait for the limiter that counts as one; below it is the limiter's own
// work.
const leastWait = time.Millisecond

// LimitMetrics is what the client has seen of each limit.
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

// Snapshot is where the client's limits stand.
func (c *Client) Snapshot() []ratelimit.LimitSnapshot {
	var reporter ratelimit.Reporter
	if c.limiter != nil {
		reporter = c.limiter
	}
	return c.meters.Snapshot(c.LimitMetrics(), reporter)
}

// waitTrace adds up what limits held a call up for, and passes on what an outer trace wants to
// know: a token's fetch is a call within another.
type waitTrace struct {
	context ratelimit.TraceContext
	meters  *ratelimit.Meters
	outer   ratelimit.Trace
	known   bool // whether the limiter said which limit it was
	waits   bool // whether it said that the call waits

	// Of a limiter that says when a call waits, and so need not be asked for the time otherwise:
	charges []ratelimit.Charge
	clock   ratelimit.Clock
	since   time.Time
}

// timed has the trace find out by itself when the wait begins.
func (w *waitTrace) timed(charges []ratelimit.Charge, clock ratelimit.Clock) {
	w.charges, w.clock = charges, clock
}

// waited is for how long a call waited that a timed trace is of.
func (w *waitTrace) waited() time.Duration {
	if w.since.IsZero() {
		return 0
	}
	return w.clock.Now().Sub(w.since)
}

// begin has the next wait traced, with the trace's context.
func (w *waitTrace) begin(ctx context.Context, meters *ratelimit.Meters) {
	*w = waitTrace{context: ratelimit.TraceContext{Context: ctx}, meters: meters, outer: ratelimit.TraceOf(ctx)}
	w.context.Trace = w
}

// Waiting passes the word on.
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
