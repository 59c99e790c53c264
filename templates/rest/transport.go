package rest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// ErrUnknown is the error, for errors.Is, of a request outside the API's operations that
// WithKnownOnly refuses.
var ErrUnknown = errors.New("no operation of the API")

// A Transport keeps the requests of any Go client of an API within the API's limits. It is an
// http.RoundTripper: put it into an http.Client, and give that to the client. Every request is
// counted, including a client's own retries and the redirects that it follows.
//
// A request waits, before it takes a connection, until its limits admit it. The wait ends with the
// request's context. If the context's deadline is too early, the request fails at once with an
// error in which errors.As finds a *ratelimit.LimitError. Requests to other hosts, and those
// outside the API's operations, pass untouched.
type Transport struct {
	core     *Client
	base     http.RoundTripper
	sites    []*site
	routes   []transportRoute
	patterns []serverPattern // of servers that sites do not list
	forms    *Server         // only reads forms, as a server of the API does
	pacer    bool            // whether the limiter is a Pacer, which keeps nothing that it is passed
}

// NewTransport validates its options, so that a wrong one is an error here. A nil base is
// net/http's default transport with more idle connections per host.
func NewTransport(base http.RoundTripper, config ClientConfig, options []ClientOption) (*Transport, error) {
	s := defaultSettings()
	s.maxRetries = 0
	if err := s.apply(options); err != nil {
		return nil, err
	}
	if err := s.refuseForTransport(); err != nil {
		return nil, err
	}
	if base == nil {
		base = cmp.Or(defaultClient().Transport, http.DefaultTransport)
	}
	if len(s.transport.bases) > 0 {
		config.BaseURL = s.transport.bases[0]
	}
	s.http = &http.Client{Transport: base}
	core, err := newClient(config, s)
	if err != nil {
		return nil, err
	}
	t := &Transport{core: core, base: base, forms: &Server{config: ServerConfig{Schemas: config.Schemas}}}
	t.forms.maxBody = s.transport.maxBody
	_, t.pacer = core.limiter.(*ratelimit.Pacer)
	return t, t.addSites()
}

// RoundTrip waits until the limits admit the request, sends it and learns from the answer.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	trip, _ := passages.Get().(*passage)
	m := &trip.match
	if !t.find(req, m) {
		trip.free()
		if t.core.settings.known {
			closeBody(req)
			return nil, fmt.Errorf("%w: %s %s", ErrUnknown, req.Method, line(req.URL.Redacted()))
		}
		return t.base.RoundTrip(req)
	}
	p := &trip.call.flight
	p.call, p.direct = &trip.call, t.base
	p.call.core, p.room = t.core, trip.charges[:0]
	if t.core.settings.observer.Done != nil {
		p.begin = t.core.clock.Now()
	}
	res, err := t.send(req, m, p)
	t.done(req.Context(), p, res, err)
	if t.pacer {
		trip.free()
	}
	return res, err
}

// passage is the state of a request while RoundTrip runs. A Pacer and observers keep nothing of it,
// so it can be used again; what the base transport may keep is in a crossing.
type passage struct {
	match   match
	call    Call
	charges [3]ratelimit.Charge
}

var passages = sync.Pool{New: func() any { return new(passage) }}

func (trip *passage) free() {
	trip.match = match{}
	trip.call.core, trip.call.op, trip.call.flight = nil, nil, progress{}
	trip.charges = [3]ratelimit.Charge{}
	passages.Put(trip)
}

// send counts and sends one request, with retries if the caller left them to the transport. It
// always closes the body of the request.
func (t *Transport) send(req *http.Request, m *match, p *progress) (*http.Response, error) {
	ctx := req.Context()
	p.call.op = m.first(t)
	way := new(crossing)
	way.copy = &way.request
	p.first = &way.sending
	out, charges, err := t.count(req, m, p)
	if err != nil {
		closeBody(req)
		return nil, p.call.wrap(err)
	}
	for {
		p.requests++
		p.status, p.charges = 0, charges
		a, err := t.once(ctx, out, charges, p)
		if err != nil {
			return nil, err
		}
		v := t.judge(ctx, a, p)
		if !v.again {
			return a.res, a.err
		}
		if a.res != nil {
			drain(a.res.Body)
		}
		if out, err = again(out); err != nil {
			return nil, p.call.wrap(err)
		}
		if err := p.pause(ctx, v); err != nil {
			closeBody(out)
			return nil, err
		}
	}
}

// once waits for the limits and sends the request. The error is one that a retry cannot fix; then
// nothing was sent.
func (t *Transport) once(ctx context.Context, out *http.Request, charges []ratelimit.Charge, p *progress) (*answer, error) {
	permit, err := p.admit(ctx, charges)
	if err != nil {
		closeBody(out)
		return nil, p.call.wrap(err)
	}
	p.last = answer{charges: charges}
	a := &p.last
	understood := false
	defer func() {
		if !understood {
			a.finish() // an observer panicked
		}
	}()
	p.exchange(ctx, out, permit, a)
	if a.res != nil && tells(a.res.Header, a.charges) {
		p.adopt(ctx, a)
		p.learn(a)
	}
	understood = true
	return a, nil
}

// count returns what the request costs. out is the request to send, which differs if the body had
// to be read.
func (t *Transport) count(req *http.Request, m *match, p *progress) (out *http.Request, charges []ratelimit.Charge, err error) {
	out = req
	if t.core.limiter != nil && t.routes[m.route].body {
		if out, m.view.body, err = t.readBody(req, &t.routes[m.route]); err != nil {
			return nil, nil, err
		}
		m.view.of = t.routes[m.route].bodyOf(req.Header.Get("Content-Type"))
	}
	p.single = !replayable(out)
	if t.core.limiter == nil && t.routes[m.route].body {
		return out, nil, nil // choosing the variant would take its body
	}
	op := t.choose(m)
	if op == nil {
		return out, nil, nil
	}
	if p.call.op = op; t.core.limiter == nil {
		return out, nil, nil
	}
	m.view.op = op
	if m.view.of != nil { // it may be that of another variant
		if at := op.takes(req.Header.Get("Content-Type")); at >= 0 {
			m.view.of = op.body(at)
		}
	}
	var others []string
	if t.routes[m.route].credential {
		m.view.credential, others = m.view.sentCredentials(t.core.config.Credentials)
	}
	if charges, err = m.view.appendCharges(p.roomFor(), t.core.limits.Limits()); err != nil {
		return nil, nil, p.refused(req.Context(), err)
	}
	for _, other := range others {
		m.view.credential = other
		if charges, err = m.view.appendCredential(charges, t.core.limits.Limits()); err != nil {
			return nil, nil, p.refused(req.Context(), err)
		}
	}
	if m.changed { // a redirect dropped the body, and its cost with it
		for i := range charges {
			charges[i].Cost = min(charges[i].Cost, 1)
		}
	}
	return out, charges, nil
}

// judge decides what an answer means for the limits, and whether to retry the request. It does not
// change the answer.
func (t *Transport) judge(ctx context.Context, a *answer, p *progress) (v verdict) {
	defer a.finish()
	c, op := t.core, p.call.op
	if a.err != nil {
		v = verdict{err: a.err, wait: p.backoff()}
		v.again = ctx.Err() == nil && op.Idempotent && !errors.Is(a.err, ratelimit.ErrLimited) && p.mayRetry(ctx, v.wait)
		return v
	}
	if !c.mayBeLimited(a.res) {
		if a.res.StatusCode != http.StatusServiceUnavailable || !op.Idempotent {
			return verdict{}
		}
		e := c.apiError(a.res, nil)
		if v = (verdict{err: e, wait: p.backoff()}); e.RetryAfter > 0 {
			v.wait = c.lengthen(min(e.RetryAfter, c.longestWait))
		}
		v.again = p.mayRetry(ctx, v.wait)
		return v
	}
	e := c.apiError(a.res, peek(a.res))
	limited, again := c.isLimited(e)
	if !limited {
		return verdict{}
	}
	v.err = e
	v.wait, v.again = p.limited(ctx, a, e, again)
	v.again = v.again && p.mayRetry(ctx, v.wait)
	return v
}

// mayBeLimited reports whether an answer can mean "too many requests", by its status or by its
// body. Streams are not read for that.
func (c *Client) mayBeLimited(res *http.Response) bool {
	if res.StatusCode == http.StatusTooManyRequests {
		return true
	}
	return slices.ContainsFunc(c.config.Exceeded, func(e Exceeded) bool {
		return e.Status == res.StatusCode && (len(e.Body) == 0 || res.StatusCode >= 400 || isJSON(res.Header.Get("Content-Type")))
	})
}

// peek reads the beginning of a body and puts it back.
func peek(res *http.Response) []byte {
	if _, ok := res.Body.(io.Writer); ok || res.Body == http.NoBody {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxErrorBody)) // truncated ones count too
	rest := io.Reader(res.Body)
	if err != nil {
		rest = failingReader{err}
	}
	res.Body = &rejoined{Reader: io.MultiReader(bytes.NewReader(body), rest), Closer: res.Body}
	return body
}

// done tells the observer that the request is over.
func (t *Transport) done(ctx context.Context, p *progress, res *http.Response, err error) {
	done := t.core.settings.observer.Done
	if done == nil {
		return
	}
	e := p.event(p.waited, err)
	e.Duration = t.core.clock.Now().Sub(p.begin)
	tellOr(ctx, done, e, func() {
		if res != nil {
			_ = res.Body.Close()
		}
	})
}

// CloseIdleConnections closes those of the base transport.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// Usage returns the present content of each counter, for status pages and tests.
func (t *Transport) Usage() []ratelimit.Usage { return t.core.Usage() }

// Snapshot returns the state of each limit, in the order of the spec.
func (t *Transport) Snapshot() []ratelimit.LimitSnapshot { return t.core.Snapshot() }

// LimitMetrics returns the transport's metrics of each limit, for PrometheusHandler and other
// exporters.
func (t *Transport) LimitMetrics() []ratelimit.LimitMetrics { return t.core.LimitMetrics() }
