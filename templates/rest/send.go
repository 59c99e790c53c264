package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// answer is the outcome of one request: a response, or the transport's error.
type answer struct {
	res     *http.Response
	err     error
	grants  []grant
	charges []ratelimit.Charge
	permit  ratelimit.Permit // of a failure: held until its meaning for others is known
}

// finish ends the permit of a failure.
func (a *answer) finish() {
	if a.permit != nil {
		a.permit.Done()
		a.permit = nil
	}
}

// close discards a response that will not be read.
func (a *answer) close() {
	if a.res != nil {
		_ = a.res.Body.Close()
	}
}

// send admits and sends the call's request once. The error is one that a retry cannot fix.
func (p *progress) send(ctx context.Context) (*answer, error) {
	r, c := p.call, p.call.core
	p.last = answer{}
	a := &p.last
	p.status, p.charges = 0, nil
	err := ctx.Err() // a transport that fails at once for this seems to have sent something
	if err != nil {
		return nil, err
	}
	if a.grants, err = c.grants(ctx, r.op); err != nil {
		return nil, err
	}
	if r.op.Redirects {
		ctx = WithoutRedirects(ctx)
	}
	s := p.prepare(ctx)
	at := ctx
	if c.limiter != nil {
		at = s.context()
	}
	req, err := r.request(at, a.grants)
	if err != nil {
		return nil, err
	}
	if a.charges, err = c.charges(r, req, a.grants, p.roomFor()); err != nil {
		return nil, p.refused(ctx, err)
	}
	p.charges = a.charges
	permit, err := p.admit(ctx, a.charges)
	if err != nil {
		return nil, err
	}
	understood := false
	defer func() {
		if !understood {
			a.finish() // an observer panicked
		}
	}()
	p.exchange(ctx, req, permit, a)
	if a.res != nil && tells(a.res.Header, a.charges) {
		p.adopt(ctx, a)
		p.learn(a)
	}
	understood = true
	return a, nil
}

// exchange sends the request, settles its permit and tells the observer how long that took.
func (p *progress) exchange(ctx context.Context, req *http.Request, permit ratelimit.Permit, a *answer) {
	c := p.call.core
	answered := c.settings.observer.Answered
	var begin time.Time
	if answered != nil {
		begin = c.clock.Now()
	}
	p.deliver(req, permit, a)
	if a.res != nil {
		p.status = a.res.StatusCode
	}
	if answered != nil {
		e := p.event(0, a.err)
		e.Duration = c.clock.Now().Sub(begin)
		tellOr(ctx, answered, e, a.close)
	}
}

// charges returns what the request costs. Among variants that share method and path, the one that
// the server will see counts: a list of one name is not a list.
func (c *Client) charges(r *Call, req *http.Request, grants []grant, room []ratelimit.Charge) ([]ratelimit.Charge, error) {
	if c.limiter == nil {
		return nil, nil
	}
	v := view{op: r.op, of: r.body, path: r.paths, rawQuery: req.URL.RawQuery, header: req.Header}
	if r.payload != nil {
		v.body = r.payload.json
	}
	if len(grants) > 0 {
		v.credential = grants[0].value
	}
	for _, o := range c.variants[r.op] {
		if v.matches(o) {
			if v.op = o; o != r.op && v.of != nil {
				v.of = o.body(max(0, o.takes(v.of.Media)))
			}
			break
		}
	}
	return v.appendCharges(room, c.limits.Limits())
}

// admit waits for the limiter and notifies the observer.
func (p *progress) admit(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	c := p.call.core
	if c.limiter == nil || len(charges) == 0 {
		return ratelimit.NoPermit{}, nil
	}
	permit, wait, err := c.acquire(ctx, charges, &p.trace)
	if wait >= leastWait {
		p.waited += wait
	}
	if err != nil {
		return nil, p.refused(ctx, err)
	}
	if wait < leastWait {
		wait = 0
	}
	if admitted := c.settings.observer.Admitted; admitted != nil {
		tellOr(ctx, admitted, p.event(wait, nil), permit.Cancel)
	}
	return permit, nil
}

// take asks the limiter, which waits unless the client must not.
func (c *Client) take(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	if c.settings.failFast {
		return c.limiter.TryAcquire(charges)
	}
	return acquireFor(ctx, c.limiter, charges)
}

// acquire asks the limiter and counts the outcome.
func (c *Client) acquire(ctx context.Context, charges []ratelimit.Charge, trace *waitTrace) (ratelimit.Permit, time.Duration, error) {
	trace.begin(ctx, c.meters)
	if _, ok := c.limiter.(*ratelimit.Pacer); ok {
		trace.timed(charges, c.clock)
		permit, err := c.take(&trace.context, charges)
		c.meterAdmission(charges, err)
		return permit, trace.waited(), err
	}
	begin := c.clock.Now()
	c.meters.Waiting(charges, 1)
	permit, err := c.take(&trace.context, charges)
	c.meters.Waiting(charges, -1)
	wait := c.clock.Now().Sub(begin)
	if wait >= leastWait && !trace.known { // the limiter does not report which limit it was
		for i := range charges {
			c.meters.Waited(charges[i].Limit, wait)
		}
	}
	c.meterAdmission(charges, err)
	return permit, wait, err
}

// refused tells the observer that the limits did not let the request through.
func (p *progress) refused(ctx context.Context, err error) error {
	refused := p.call.core.settings.observer.Refused
	if refused == nil {
		return err
	}
	e := p.event(0, err)
	var cost *ratelimit.CostError
	var limited *ratelimit.LimitError
	switch {
	case errors.As(err, &cost):
		e.Limits = []string{cost.Limit}
	case errors.As(err, &limited):
		e.Limits, e.Wait = []string{limited.Limit}, limited.Wait
	default:
		e.Limits = limitNames(p.charges)
	}
	refused(ctx, e)
	return err
}

// deliver sends the request and settles its permit.
func (p *progress) deliver(req *http.Request, permit ratelimit.Permit, a *answer) {
	s := p.next
	if s == nil {
		s = p.prepare(req.Context())
	}
	p.next = nil
	s.charges, s.permit = a.charges, permit
	settled := false
	defer func() {
		if !settled {
			s.current().Lost() // a transport panicked
			s.end()
		}
	}()
	for {
		attempt := req
		if ctx := s.begin(); ctx != s.ctx && ctx != req.Context() {
			attempt = s.with(req, ctx)
		}
		if s.direct {
			a.res, a.err = p.direct.RoundTrip(attempt)
		} else {
			a.res, a.err = s.core.http.Do(attempt)
		}
		if a.res != nil || !s.stopped.Load() {
			break
		}
		s.end()
		if req, a.err = s.repeat(req); a.err != nil {
			break
		}
	}
	settled = true
	s.settle(a)
	if a.err != nil {
		a.err = withoutURL(a.err)
	}
}

// withoutURL removes the URL from net/http's error: it may hold an API key.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// prepare returns the state of a new request: hooks of an earlier one may still use that one's.
func (p *progress) prepare(ctx context.Context) *sending {
	s := p.first
	if p.first = nil; s == nil {
		s = new(sending)
	}
	s.core, s.ctx, s.direct = p.call.core, ctx, p.direct != nil
	p.next = s
	return s
}

// settle ends the permit of a request whose answer has begun or that has failed, or leaves it to
// the answer's body.
func (s *sending) settle(a *answer) {
	permit := s.last()
	switch {
	case a.err == nil && a.res.StatusCode >= http.StatusBadRequest:
		a.permit = permit // whether the failure blocks others has to be known before they go on
		if s.held() && a.res.Body != http.NoBody {
			s.hold(a.res, ratelimit.NoPermit{})
			return
		}
	case a.err == nil && slices.ContainsFunc(a.charges, func(ch ratelimit.Charge) bool { return ch.Limit.Concurrent() }):
		permit.Answered() // the charges against rates need not be held until the body's end
		s.hold(a.res, permit)
		return
	case a.res != nil: // with an error, when a redirect was not to be followed
		if permit.Done(); a.err == nil && s.held() && a.res.Body != http.NoBody {
			s.hold(a.res, ratelimit.NoPermit{})
			return
		}
	case s.asked.Load() && !s.got.Load():
		// Without a connection nothing was sent. WroteHeaders would be more exact, but it runs in a
		// goroutine that may still write when Do has returned. If the transport does not support
		// httptrace, assume that the request was sent.
		permit.Cancel()
	case s.gaveUp(a.err):
		permit.Abandoned()
	default:
		permit.Lost()
	}
	s.end()
}

// gaveUp reports whether a request failed by a timeout or because its caller cancelled it.
func (s *sending) gaveUp(err error) bool {
	var timeout net.Error
	return s.ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout()
}

// adopt lowers quotas to those that the server announces, if they are below ours: to the smallest
// of several. It never raises a quota.
func (p *progress) adopt(ctx context.Context, a *answer) {
	c := p.call.core
	if c.limiter == nil || len(a.charges) == 0 {
		return
	}
	list := quotas(a.res.Header, a.charges)
	for _, ch := range a.charges {
		whole := ch.Limit.AsWindow()
		least := whole.Quota
		for i := range list {
			if list[i].lowers(&whole) {
				least = min(least, list[i].quota)
			}
		}
		if least == whole.Quota {
			continue
		}
		c.limiter.Lower(ch.Limit, ch.Key, least)
		if lowered := c.settings.observer.Lowered; lowered != nil && c.lowered.changes(ch, least) {
			e := p.event(0, nil)
			e.Limits, e.Quota = []string{ch.Limit.Name}, least
			lowered(ctx, e)
		}
	}
}

// learn passes the server's remaining quota to the limiter, so that it notices what others spend.
func (p *progress) learn(a *answer) {
	l := p.call.core.limiter
	if l == nil || len(a.charges) == 0 {
		return
	}
	for _, announced := range remainders(a.res.Header, a.charges) {
		for _, ch := range a.charges {
			if announced.name == ch.Limit.Name && announced.remaining >= 0 {
				l.Remaining(ch.Limit, ch.Key, announced.remaining)
			}
		}
	}
}

// lowers reports whether the policy is about this limit, in its window and unit, and smaller.
func (p *policy) lowers(l *ratelimit.Limit) bool {
	return p.name == l.Name && p.quota > 0 && p.quota < l.Quota &&
		(p.window < 0 || p.window == problemTime(l.Window)) &&
		(p.unit == "" || p.unit == l.Unit)
}

// wrap adds the operation's name to an error. Errors of the API already have it.
func (r *Call) wrap(err error) error {
	return fmt.Errorf("%s: %w", r.op.ID, err)
}
