package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

const (
	firstBackoff = 500 * time.Millisecond // without Retry-After; doubled each time
	lastBackoff  = 30 * time.Second
)

// progress is the state of one call: how often it was sent and how long it waited.
type progress struct {
	call         *Call
	direct       http.RoundTripper // a transport's base; nil sends through the client
	requests     int
	retries      int
	reauthorized bool
	single       bool // a transport's request cannot be sent twice
	waited       time.Duration
	begin        time.Time // set only if the observer records durations
	status       int
	charges      []ratelimit.Charge // of the current request
	trace        waitTrace
	last         answer
	room         []ratelimit.Charge // for the charges of the first request
	first        *sending           // for the first request
	next         *sending           // prepared for the next request
}

// roomFor returns the slice for a request's charges. Slices that an earlier request passed to its
// limiter are not reused.
func (p *progress) roomFor() []ratelimit.Charge {
	room := p.room
	p.room = nil
	return room
}

// verdict says what an answer means for the call.
type verdict struct {
	err   error // nil for a success
	again bool  // send it again
	wait  time.Duration
}

// Do sends the call, and retries it where that is safe and may help. The response is a success or a
// redirect; any other is an *APIError. The caller must consume the response: by json, text,
// discard, stream or unexpected.
func Do(ctx context.Context, r *Call) (res *Response, err error) {
	p := &r.flight
	p.call = r
	if r.core.settings.observer.Done != nil {
		p.begin = r.core.clock.Now()
	}
	if r.core.settings.observer.Done != nil {
		defer func() { p.end(ctx, res, err) }()
	}
	if err := r.finish(); err != nil {
		return nil, r.wrap(err)
	}
	for {
		p.requests++
		a, err := p.send(ctx)
		if err != nil {
			return nil, r.wrap(err)
		}
		per := perCallOf(ctx)
		per.note(a.res)
		v := p.judge(ctx, a)
		switch {
		case v.err == nil:
			r.answer = Response{call: r, Status: a.res.StatusCode, header: a.res.Header, res: a.res, per: per}
			return &r.answer, nil
		case !v.again:
			var failed *APIError
			if errors.As(v.err, &failed) {
				per.noteBody(failed.Body)
			}
			return nil, v.err
		}
		if err := p.pause(ctx, v); err != nil {
			return nil, err
		}
	}
}

// judge decides what an answer means for the call. It reads and closes the body of a failure.
func (p *progress) judge(ctx context.Context, a *answer) verdict {
	r := p.call
	defer a.finish()
	if a.err != nil {
		v := verdict{err: r.wrap(a.err), wait: p.backoff()}
		v.again = ctx.Err() == nil && r.op.Idempotent && !errors.Is(a.err, ratelimit.ErrLimited) && p.mayRetry(ctx, v.wait)
		return v
	}
	api := r.core.failure(a.res)
	if api == nil {
		return verdict{}
	}
	api.bodies = r.op.Errors
	v := verdict{err: api}
	limited, again := r.core.isLimited(api)
	switch {
	case limited:
		v.wait, v.again = p.limited(ctx, a, api, again)
		v.again = v.again && p.mayRetry(ctx, v.wait)
	case api.StatusCode == http.StatusUnauthorized:
		if !p.reauthorized && drop(a.grants) && r.replayable() {
			p.reauthorized, v.again = true, true
		}
	case api.StatusCode == http.StatusServiceUnavailable && r.op.Idempotent:
		if v.wait = r.core.lengthen(min(api.RetryAfter, r.core.longestWait)); api.RetryAfter == 0 {
			v.wait = p.backoff()
		}
		v.again = p.mayRetry(ctx, v.wait)
	}
	return v
}

// limited handles an answer that says "too many requests": it determines how long to wait, and
// blocks other calls that would spend from the same counters.
func (p *progress) limited(ctx context.Context, a *answer, api *APIError, again bool) (time.Duration, bool) {
	c := p.call.core
	spent := c.violated(a, api)
	c.meters.Exceeded(spent)
	wait := p.backoff()
	if api.RetryAfter > 0 {
		wait = c.lengthen(min(api.RetryAfter, c.longestWait))
	}
	if !again {
		wait = 0 // not a matter of time: blocking other calls would not help
	}
	e := p.event(wait, api)
	e.Limits, e.WithinQuota = api.Limits, c.limiter != nil && len(spent) > 0 && (len(api.Limits) == 0 || named(spent, api.Limits))
	tell(ctx, c.settings.observer.Limited, e)
	if !again {
		return 0, false
	}
	if c.limiter != nil {
		until := c.clock.Now().Add(wait)
		if api.RetryAfter > c.longestWait {
			until = c.clock.Now().Add(api.RetryAfter) // the limiter bounds implausibly long times
		}
		for _, ch := range spent {
			c.limiter.Exceeded(ch.Limit, ch.Key)
		}
		for _, ch := range spent {
			c.limiter.Block(ch.Limit, ch.Key, until)
		}
	}
	return wait, true
}

// mayRetry reports whether the call can be sent again after wait: its body can be, the bound is not
// reached, and the wait ends before the deadline.
func (p *progress) mayRetry(ctx context.Context, wait time.Duration) bool {
	c := p.call.core
	if p.retries >= c.settings.maxRetries || c.settings.failFast || !p.call.replayable() {
		return false
	}
	deadline, ok := ctx.Deadline()
	return !ok || c.clock.Now().Add(wait).Before(deadline)
}

// replayable reports whether the body, if there is one, can be sent twice.
func (r *Call) replayable() bool {
	return !r.flight.single && (r.payload == nil || r.payload.replay)
}

// pause waits before the next request.
func (p *progress) pause(ctx context.Context, v verdict) error {
	c := p.call.core
	tell(ctx, c.settings.observer.Retried, p.event(v.wait, v.err))
	if v.wait <= 0 {
		return nil // a new credential needs no wait, and does not count as a retry
	}
	p.retries++
	woken := make(chan struct{})
	stop := c.clock.AfterFunc(v.wait, func() { close(woken) })
	select {
	case <-woken:
		p.waited += v.wait
		return nil
	case <-ctx.Done():
		stop()
		return p.call.wrap(fmt.Errorf("%w while waiting to retry after %w", ctx.Err(), v.err))
	}
}

// backoff is the wait before the next retry without Retry-After.
func (p *progress) backoff() time.Duration {
	wait := firstBackoff
	for i := 0; i < p.retries && wait < lastBackoff; i++ {
		wait *= 2
	}
	return p.call.core.lengthen(min(wait, lastBackoff))
}

// lengthen adds jitter, so that clients that were refused together do not return together. It never
// shortens the wait that the server asked for.
func (c *Client) lengthen(wait time.Duration) time.Duration {
	return wait + time.Duration(c.random()*float64(wait/10+100*time.Millisecond))
}

// end tells the observer that the call has ended.
func (p *progress) end(ctx context.Context, res *Response, err error) {
	c := p.call.core
	if done := c.settings.observer.Done; done != nil {
		e := p.event(p.waited, err)
		e.Duration = c.clock.Now().Sub(p.begin)
		tellOr(ctx, done, e, res.close)
	}
}

func (p *progress) event(wait time.Duration, err error) CallEvent {
	op, c := p.call.op, p.call.core
	to := p.call.to // of a webhook
	if to == nil {
		to = c.address(op).url
	}
	return CallEvent{
		API: c.config.API, Role: "client", Operation: op.ID, Method: op.Method, Path: op.Path, Scheme: to.Scheme,
		Host: to.Host, Attempt: p.requests, Charges: p.charges, Wait: wait, Status: p.status, Err: err,
	}
}
