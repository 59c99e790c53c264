package rest

import (
	"context"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// An Observer has callbacks for the events of a client's or a server's calls. Nil callbacks cost
// nothing. They run on the goroutine of the call and delay it, so they should be fast; several
// calls may run them concurrently. The context is the call's.
type Observer struct {
	// Admitted: the limits admitted the request. A client's waited for Wait, which may be 0.
	Admitted func(context.Context, CallEvent)
	// Refused: the limits refused the request, which spent nothing. A client has sent nothing, a
	// server answers 429. Limits are those that refused it, Wait is when the request would fit, if
	// known.
	Refused func(context.Context, CallEvent)
	// Limited: the API answered "too many requests" to a client. Limits are those that it named;
	// all calls that use them wait for Wait, unless that is 0 because waiting does not help.
	Limited func(context.Context, CallEvent)
	// Lowered: the API announced a Quota for Limits that is lower than the client's.
	Lowered func(context.Context, CallEvent)
	// Retried: a client will send the request again after Wait.
	Retried func(context.Context, CallEvent)
	// Answered: one request of a client was answered after Duration, or failed with Err.
	Answered func(context.Context, CallEvent)
	// Done: the call has ended after Duration. Wait is the part for which a client waited, for its
	// limits and to retry. A stream that a client returned may still have content.
	Done func(context.Context, CallEvent)
}

// A CallEvent describes an event for an Observer. Fields that do not apply are zero.
type CallEvent struct {
	API       string // the generated package
	Role      string // "client" or "server"
	Operation string // the operation's or variant's id; "" for a server's request that matches none
	Method    string
	Path      string             // the operation's template
	Scheme    string             // "http" or "https"
	Host      string             // of a client: the API's, with the port where one was given
	Attempt   int                // of a client: 1 for the call's first request
	Charges   []ratelimit.Charge // the request's charges; valid only until the callback returns
	Limits    []string
	Quota     int64
	Wait      time.Duration
	Duration  time.Duration
	Status    int // of the response; 0 if there was none
	// WithinQuota says of a Limited request that the client's own limiter had admitted it in the
	// limit that the API reports: another caller uses the same quota, or the API grants less than
	// its table says.
	WithinQuota bool
	Err         error
}

// tell calls a callback of an Observer, which may be nil.
func tell(ctx context.Context, f func(context.Context, CallEvent), e CallEvent) {
	if f != nil {
		f(ctx, e)
	}
}

// tellOr is tell, and calls undo if the callback panics.
func tellOr(ctx context.Context, f func(context.Context, CallEvent), e CallEvent, undo func()) {
	if f == nil {
		return
	}
	told := false
	defer func() {
		if !told {
			undo()
		}
	}()
	f(ctx, e)
	told = true
}

// join returns an Observer that calls both, o first.
func (o Observer) join(next Observer) Observer {
	return Observer{
		Admitted: both(o.Admitted, next.Admitted),
		Refused:  both(o.Refused, next.Refused),
		Limited:  both(o.Limited, next.Limited),
		Lowered:  both(o.Lowered, next.Lowered),
		Retried:  both(o.Retried, next.Retried),
		Answered: both(o.Answered, next.Answered),
		Done:     both(o.Done, next.Done),
	}
}

func both(f, g func(context.Context, CallEvent)) func(context.Context, CallEvent) {
	switch {
	case f == nil:
		return g
	case g == nil:
		return f
	}
	return func(ctx context.Context, e CallEvent) {
		f(ctx, e)
		g(ctx, e)
	}
}

func limitNames(charges []ratelimit.Charge) []string {
	names := make([]string, len(charges))
	for i, c := range charges {
		names[i] = c.Limit.Name
	}
	return names
}
