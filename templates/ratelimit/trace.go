package ratelimit

import (
	"context"
	"time"
)

// A Trace observes how limits delay a call while Acquire runs. It travels in the context, so that a
// limiter which wraps another passes it on without knowing it.
type Trace interface {
	// Waiting says that the call waits, for which limit and how long at least; nil ends the wait.
	Waiting(why *LimitError)
	// Waited says how long a limit delayed the call, even if the call was given up. Each of several
	// limits has its own part of the wait.
	Waited(limit *Limit, wait time.Duration)
}

type traceKey struct{}

// WithTrace returns a context whose calls are traced; a nil trace removes that of ctx.
func WithTrace(ctx context.Context, trace Trace) context.Context {
	return &TraceContext{ctx, trace}
}

// A TraceContext is the context that WithTrace returns. A caller can embed one in its own struct to
// save an allocation.
type TraceContext struct {
	context.Context
	Trace Trace
}

// Value returns the trace for its key, and the parent's value for any other.
func (c *TraceContext) Value(key any) any {
	if key == (traceKey{}) {
		return c.Trace
	}
	return c.Context.Value(key)
}

// TraceOf returns the trace of a context, or nil. Limiters call it.
func TraceOf(ctx context.Context) Trace {
	trace, _ := ctx.Value(traceKey{}).(Trace)
	return trace
}
