package ratelimit

import (
	"context"
	"sync/atomic"
	"time"
)

// A Limit is one row of the rate limit table: at most Quota units in any interval of Window, or
// what a bucket of Burst units admits, counted separately for each value of the partition key that
// Per names.
type Limit struct {
	// API is the name of the limit's API. Limits of equal names in two APIs have separate counters,
	// even if they share a Pacer, a Gate or a store.
	API    string
	Name   string
	Quota  int64
	Window time.Duration // 0 for a limit on concurrent requests
	Unit   string        // "requests" unless the table says otherwise
	Burst  int64         // 0, or the capacity of a bucket that Quota units a Window flow into
	UTC    bool          // windows aligned to UTC instead of rolling
	Per    []string
	// Alias is the limit's name in the API's RateLimit header fields, if it is not Name.
	Alias string
	// Announced are the API's own response header fields for the limit.
	Announced Announced
	// Common is how many leading values the partition keys of all limits of the API have in common.
	// A store that spreads counters over several machines shards by those values.
	Common int
	Stages []Stage // announced changes, by time

	live *atomic.Pointer[Limit] // shared by all versions of the limit in a Schedule
}

// Current returns the limit with the figures of the present, where a Schedule has changed them
// since this one was taken from it. A call that has waited goes by them.
func (l *Limit) Current() *Limit {
	if l.live == nil {
		return l
	}
	return l.live.Load()
}

// Announced names the response header fields that describe one limit; "" if there is none. Limits
// that count one request share fields only if Quota tells which of them is meant.
type Announced struct {
	Quota, Remaining, Reset string
	// ResetAs is the format of Reset: seconds, milliseconds or duration ("1m30s") from now, or a
	// point in time as epoch-seconds or rfc3339.
	ResetAs string
	// Rate is the field with the units a second that a bucket refills with, a decimal.
	Rate string
}

// Any reports whether a field is named.
func (a *Announced) Any() bool {
	return a.Quota != "" || a.Remaining != "" || a.Reset != "" || a.Rate != ""
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

// A Limiter paces a client. A *Pacer paces within one process; a store shared by several processes
// paces them together. A Limiter that wraps another embeds it, and so passes on what it does not
// change:
//
//	type logging struct{ ratelimit.Limiter }
//
//	func (l logging) Acquire(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
//		log.Println("asking for", charges)
//		return l.Limiter.Acquire(ctx, charges)
//	}
//
// A Limiter that ignores feedback and reports nothing embeds Deaf.
type Limiter interface {
	// Acquire waits, in arrival order for each counter, until all charges are admitted together. It
	// fails at once with a *LimitError when that cannot happen before ctx's deadline. It reports
	// its waits to the Trace of ctx, if there is one.
	Acquire(ctx context.Context, charges []Charge) (Permit, error)
	// TryAcquire is Acquire for a caller that does not wait: where Acquire would, it fails with a
	// *LimitError.
	TryAcquire(charges []Charge) (Permit, error)
	Feedback
	Reporter
}

// Feedback passes what the API's answers say on to a Limiter. Limit and key name a counter.
type Feedback interface {
	// Block says that the API admits nothing of a counter before until, as a 429 does. The limiter
	// bounds it, since a server may send any time at all.
	Block(limit *Limit, key string, until time.Time)
	// Lower says that a counter's quota is smaller than the table's.
	Lower(limit *Limit, key string, quota int64)
	// Remaining says how many units the API had left of a counter when it answered.
	Remaining(limit *Limit, key string, left int64)
	// Exceeded says that the API refused a request that this limiter had admitted within the quota,
	// so others spend from the same counter.
	Exceeded(limit *Limit, key string)
	// Changed says that limits have other figures than before, which their Current tells. Calls
	// that wait go by them at once.
	Changed()
}

// A Reporter says how much is used, for metrics and status pages.
type Reporter interface {
	// Usage returns the counters that are in use.
	Usage() []Usage
	// Highest returns, for each limit, the peak utilisation of any one counter now or in the last
	// minute. Only API, Limit, Used and Quota are set.
	Highest() []Usage
}

// Deaf is the Feedback and the Reporter of a Limiter that has no use for them: a 429 then delays
// only the call that got it, and no usage is reported.
type Deaf struct{}

// Block does nothing.
func (Deaf) Block(*Limit, string, time.Time) {}

// Lower does nothing.
func (Deaf) Lower(*Limit, string, int64) {}

// Remaining does nothing.
func (Deaf) Remaining(*Limit, string, int64) {}

// Exceeded does nothing.
func (Deaf) Exceeded(*Limit, string) {}

// Changed does nothing.
func (Deaf) Changed() {}

// Usage returns nothing.
func (Deaf) Usage() []Usage { return nil }

// Highest returns nothing.
func (Deaf) Highest() []Usage { return nil }

// A Permit is held from admission to response. The first of its methods that is called ends it,
// Answered aside; later calls do nothing.
type Permit interface {
	// Answered says that the response has begun: charges against rates leave their windows one
	// Window from now, while those against concurrent requests are held until the permit ends,
	// which is when the response's body does.
	Answered()
	// Done says that the response has come: the charges leave their windows one Window from now.
	Done()
	// Cancel says that nothing was sent: the charges are given back.
	Cancel()
	// Lost says that the request may still arrive: the charges stay until it no longer can, and
	// then a Window.
	Lost()
	// Abandoned is Lost for a request whose caller gave up before the API sent anything: the API
	// may be stalled, and serve the request when it resumes.
	Abandoned()
}

// NoPermit is the Permit of a call that no limit counts.
type NoPermit struct{}

// Answered does nothing.
func (NoPermit) Answered() {}

// Done does nothing.
func (NoPermit) Done() {}

// Cancel does nothing.
func (NoPermit) Cancel() {}

// Lost does nothing.
func (NoPermit) Lost() {}

// Abandoned does nothing.
func (NoPermit) Abandoned() {}

// A Clock tells the time and wakes sleepers. Tests replace it.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in its own goroutine after d; stop prevents that if it has not begun.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}
