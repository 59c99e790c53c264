package ratelimit

import (
	"context"
	"time"
)

// A Limit is one row of the rate limit table: at most Quota units in any interval of Window,
// counted apart for each value of the partition key that Per names.
type Limit struct {
	Name   string
	Quota  int64
	Window time.Duration // 0 for a limit on concurrent requests
	Unit   string        // "requests" unless the table says otherwise
	Burst  int64         // 0, or the capacity of the server's bucket
	UTC    bool          // windows aligned to UTC instead of rolling
	Per    []string
}

// Concurrent reports whether the limit bounds requests in flight instead of a rate.
func (l *Limit) Concurrent() bool { return l.Unit == "concurrent-requests" }

// A Charge is what one request costs in one counter: the counter of Limit for the partition key
// Key.
type Charge struct {
	Limit *Limit
	Key   string
	Cost  int64
}

// A Limiter paces a client. Acquire returns when every charge is admitted, all or none.
type Limiter interface {
	// Acquire waits, in arrival order for each counter, until all charges are admitted.
	// It fails at once with a *LimitError when that cannot happen before ctx's deadline.
	Acquire(ctx context.Context, charges []Charge) (Permit, error)
}

// A Permit is held from admission to response. The first of its methods that is called ends it;
// later calls do nothing.
//
// A Permit may also have a method Answered(), as those of a Pacer do. It says that the response has
// begun: charges against rates leave their windows one Window from now, while those against
// concurrent requests are held until the permit ends, which is when the response's body does.
type Permit interface {
	// Done says that the response has come: the charges leave their windows one Window from now.
	Done()
	// Cancel says that nothing was sent: the charges are given back.
	Cancel()
	// Lost says that the request may still arrive: the charges stay until it no longer can, and
	// then a Window.
	Lost()
}

// A Clock tells the time and wakes sleepers. Tests replace it.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in its own goroutine after d; stop prevents that if it has not begun.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}
