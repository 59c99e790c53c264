package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A Middleware enforces an API's limits in front of any handler. It decides as a Server does,
// without needing the generated interface: it routes each request, counts it, and passes it on.
// Requests outside the API's operations pass untouched; see WithKnownOnly. Only the parts of a
// request that limits count by are validated.
//
// Put it behind the authentication, which names the caller with WithIdentity:
//
//	handler := authenticate(limits.Handler(app))
//
// Limits that the spec decides before authentication then also run after it, so that guessed
// credentials are not counted. BeforeAuth runs them before it:
//
//	handler := limits.BeforeAuth(authenticate(limits.Handler(app)))
//
// A hook given by WithAuth, which Handler calls between the two, has the same effect.
type Middleware struct{ server *Server }

// NewMiddleware checks the options, so that a wrong one is an error here.
func NewMiddleware(config ServerConfig, options []ServerOption) (*Middleware, error) {
	s, err := newSettings(config, options)
	if err != nil {
		return nil, err
	}
	if len(s.middleware) > 0 || len(s.around) > 0 {
		return nil, errors.New("WithMiddleware and WithHandlerMiddleware are for servers; a Middleware is wrapped as any other is")
	}
	if s.signature != nil {
		return nil, errors.New("WithSignature is for servers and webhooks; with a Middleware, the handler behind it verifies bodies")
	}
	if err := errors.Join(s.refuseWebhookName(), s.refuseOpenPath()); err != nil {
		return nil, err
	}
	return &Middleware{s}, s.prepare()
}

// WithExempt makes a Middleware pass on, uncounted and without headers, the requests for which the
// function returns true, such as those of an operator. The second argument is the operation's ID.
func WithExempt(exempt func(r *http.Request, operationID string) bool) ServerOption {
	return serverOption(func(s *serverSettings) error { s.exempt = exempt; return nil })
}

// Handler enforces the limits in front of next. A request above a limit is answered 429. A request
// whose cost exceeds what a limit can ever admit, or cannot be read, is answered 400.
func (m *Middleware) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.serve(w, r, next) })
}

// BeforeAuth enforces the limits that the spec decides before authentication. Handler, behind it,
// enforces the others, and returns what was counted here if it refuses.
func (m *Middleware) BeforeAuth(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x, route := m.exchange(w, r)
		if route != nil {
			x.look(route)
		}
		if route == nil || !x.of.early || x.exempt() {
			next.ServeHTTP(w, r)
			return
		}
		defer x.releaseAll()
		if err := x.admitEarly(); err != nil {
			x.fail(err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), middlewareKey{m}, x)))
	})
}

// middlewareKey is the context key of what BeforeAuth admitted.
type middlewareKey struct{ of *Middleware }

// exchange returns a request's exchange and route; nil if the API has no route for it.
func (m *Middleware) exchange(w http.ResponseWriter, r *http.Request) (*Exchange, *route) {
	x := m.server.exchange(w, r)
	at, _, _ := x.locate()
	if at < 0 {
		return x, nil
	}
	return x, &m.server.routes[at]
}

func (m *Middleware) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	x, route := m.exchange(w, r)
	switch {
	case route != nil:
		m.pass(x, route, next)
	case m.server.known:
		m.refuse(x)
	default:
		next.ServeHTTP(w, r)
	}
	if x.read {
		x.finishBody() // next has a copy of it
	}
	if m.server.observer.Done == nil { // otherwise the handler's writer refers to it
		x.free()
	}
}

// refuse answers a request outside the API's operations.
func (m *Middleware) refuse(x *Exchange) {
	if m.server.observer.Done != nil {
		x.counted, x.begin = true, m.server.clock.Now()
		defer x.tellDone()
	}
	_, path, below := x.locate()
	x.unrouted(path, rawPath(x.r.URL), below)
}

// pass calls next if the limits admit the request.
func (m *Middleware) pass(x *Exchange, route *route, next http.Handler) {
	s, w, r := m.server, x.w, x.r
	chosen := x.look(route)
	if x.exempt() {
		next.ServeHTTP(w, r)
		return
	}
	if s.observer.Done != nil {
		x.counted, x.begin = true, s.clock.Now()
		x.w = &statusWriter{ResponseWriter: w, x: x}
		defer x.tellDone()
	}
	if before, ok := r.Context().Value(middlewareKey{m}).(*Exchange); ok {
		x.counted, x.early, x.charges = true, before.early, before.charges
		before.early = admission{}
	} else if err := x.admitEarly(); err != nil {
		x.fail(err)
		return
	}
	defer x.releaseAll()
	release, err := x.decide(route, chosen)
	if err != nil {
		x.fail(err)
		return
	}
	if release != nil {
		defer release()
	}
	if x.ctx != nil && x.ctx != r.Context() {
		x.r = x.r.WithContext(x.ctx)
	}
	next.ServeHTTP(x.w, x.r)
}

// decide takes the steps after authentication.
func (x *Exchange) decide(route *route, chosen *variant) (release func(), err error) {
	if err := x.authenticate(); err != nil {
		return nil, err
	}
	if route.counted {
		if err := x.readCounted(route, chosen); err != nil {
			return nil, err
		}
	}
	if route.byBody {
		chosen = x.choose(route)
	}
	if chosen == nil {
		return nil, badRequest("the request is none of this operation's variants")
	}
	x.settle(chosen)
	if err := x.view.numeric(x.of.stages.numbers); err != nil {
		return nil, err
	}
	if route.counted {
		if err := x.refuseMisspelt(route); err != nil {
			return nil, err
		}
	}
	return x.admit()
}

func (x *Exchange) exempt() bool {
	exempt := x.server.exempt
	return exempt != nil && exempt(x.r, x.view.op.ID)
}

// LimitMetrics returns the middleware's metrics of each limit, for PrometheusHandler and other
// exporters.
func (m *Middleware) LimitMetrics() []ratelimit.LimitMetrics { return m.server.LimitMetrics() }

// Snapshot returns the state of each limit, in the order of the spec.
func (m *Middleware) Snapshot() []ratelimit.LimitSnapshot { return m.server.Snapshot() }
