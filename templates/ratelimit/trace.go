package ratelimit

import (
	"context"
	"time"
)

// A Trace is told how a call fares with its limits while Acquire runs. It travels in the context,
// so that limiters which wrap others pass it on without knowing of it.
type Trace interface {
	// Waiting says that the call waits, for which limit, and for how long at least; nil says that
	// the wait is over.
	Waiting(why *LimitError)
	// Waited says for how long a limit held the call up, also when the call was given up. Of
	// several limits each has its own part of the wait.
	Waited(limit *Limit, wait time.Duration)
}

type traceKey struct{}

// WithTrace returns a context whose calls are traced; a nil trace ends that of ctx.
func WithTrace(ctx context.Context, trace Trace) context.Context {
	return &TraceContext{ctx, trace}
}

// A TraceContext is what WithTrace returns, for callers that keep one in a struct of their own and
// so save its allocation.
type TraceContext struct {
	context.Context
	Trace Trace
}

// Value returns the trace under its key, and what the parent has under others.
func (c *TraceContext) Value(key any) any {
	if key == (traceKey{}) {
		return c.Trace
	}
	return c.Context.Value(key)
}

// TraceOf returns the trace of a context, or nil, for limiters.
func TraceOf(ctx context.Context) Trace {
	trace, _ := ctx.Value(traceKey{}).(Trace)
	return trace
}
