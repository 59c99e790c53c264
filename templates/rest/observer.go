package rest

import (
	"context"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// An Observer is told what happens to the calls of a client, or of a server. Nil functions are
// passed over and cost nothing. They run on the goroutine of the call and hold it up, so they
// should be quick; several calls may run them at the same time. The context is the call's.
type Observer struct {
	// Admitted: the limits let the request through. A client's had to wait for Wait, which may be
	// 0.
	Admitted func(context.Context, CallEvent)
	// Refused: the limits did not let the request through, and it spent nothing. A client has sent
	// nothing, a server answers 429. Limits are those in the way, Wait is when the request would
	// fit, if that is known.
	Refused func(context.Context, CallEvent)
	// Limited: the API answered a client that there were too many requests. Limits are those that
	// it named; all calls that use them are held up for Wait, unless that is 0 because waiting does
	// not help.
	Limited func(context.Context, CallEvent)
	// Lowered: the API announced that the quota of Limits is Quota, which is less than the client
	// went by.
	Lowered func(context.Context, CallEvent)
	// Retried: a client will send the request again after Wait.
	Retried func(context.Context, CallEvent)
	// Answered: one request of a client was answered after Duration, or failed with Err.
	Answered func(context.Context, CallEvent)
	// Done: the call has ended after Duration. Of it, a client waited for Wait: for its limits, and
	// to retry. A stream that a client was given may still have content to come.
	Done func(context.Context, CallEvent)
}

// A CallEvent is what an Observer is told. What does not apply is zero.
type CallEvent struct {
	API       string // the generated package
	Role      string // "client" or "server"
	Operation string // the operation's or variant's id; "" of a server's request that is none
	Method    string
	Path      string             // the operation's template
	Scheme    string             // "http" or "https"
	Host      string             // of a client: the API's, with the port where one was given
	Attempt   int                // of a client: 1 for the call's first request
	Charges   []ratelimit.Charge // what the request costs; to be read only until the function returns
	Limits    []string
	Quota     int64
	Wait      time.Duration
	Duration  time.Duration
	Status    int // of the response; 0 when there was none
	// WithinQuota says of a Limited request that the client's own limiter had admitted it under
	// what the API refused: another caller spends the same quota, or the API grants less than its
	// table says.
	WithinQuota bool
	Err         error
}

// tell calls a function of an Observer that may be nil.
func tell(ctx context.Context, f func(context.Context, CallEvent), e CallEvent) {
	if f != nil {
		f(ctx, e)
	}
}

// tellOr is tell that undoes what the event is about when the function panics.
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

// join makes one Observer of two: both are told, o first.
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
