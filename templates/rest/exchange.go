package rest

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Exchange is one request and its answer.
type Exchange struct {
	server   *Server
	w        http.ResponseWriter
	r        *http.Request
	ctx      context.Context // that of the hook of WithAuth; nil for the request's own
	view     view
	of       *served     // the operation of view.op
	table    *limitTable // the limits in force for the caller
	media    int         // of the body among those of the operation
	sentAs   string      // media type of the answer; "" for the usual one of its kind
	effort   int         // of the checks so far
	status   int         // of the answer
	sent     bool        // whether the answer has begun
	chosen   bool        // whether the failure comes from a handler or hook, not the server
	decoded  bool        // whether the path's values are text as they stand
	verified bool        // whether the hook of WithSignature accepted it
	asked    *Operation  // the webhook that the hook of WithAuth was asked for, before it was chosen
	read     bool        // whether exchangeBody is used
	counted  bool        // whether exchangeCounts is
	err      error       // the first error in the request
	failure  error       // reported by the answer

	room *answerRoom // nil until limits are announced

	// Only where handlers have middleware.
	endpoint func(*Exchange) error
	within   context.Context // the handler's, inside of the middleware

	exchangeBody
	exchangeCounts
	values [8]string // of the path
}

// exchangeBody is what only requests with a body need.
type exchangeBody struct {
	form    *multipart.Form
	open    []io.Closer // files of the form
	raw     []byte      // the body as received, if it was read
	buffer  *[]byte     // that holds raw
	unread  bool        // whether raw may not be JSON
	assumed bool        // whether raw was read as JSON under another media type
}

// exchangeCounts is what only requests need that are authenticated, counted before their
// authentication or observed.
type exchangeCounts struct {
	caller  Identity
	early   admission
	others  []string // credentials but the first
	charges []ratelimit.Charge
	release func()    // ends the concurrent requests that a server's request holds until it is answered
	begin   time.Time // set only if the observer records durations
}

// An exchange is not used after its request, unless a handler's middleware returned before its
// handler ended. So it is used again, by a next request of its server. While the collector marks,
// each pointer that is written costs as much as a step of the router. So what only some requests need
// is cleared only where it was used; and what every request sets is left: the query, the headers and
// the path in view, the values of the path, the table, and the operation.

// exchange returns an exchange for a request.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) *Exchange {
	x, _ := s.exchanges.Get().(*Exchange)
	if x == nil {
		x = &Exchange{server: s}
	}
	x.w, x.r = w, r
	if len(s.config.Limits) > 0 {
		if table := s.base.now(); x.table != table {
			x.table = table
		}
	}
	return x
}

// context returns the context of what follows authentication.
func (x *Exchange) context() context.Context {
	if x.ctx != nil {
		return x.ctx
	}
	return x.r.Context()
}

// serves sets the operation. It is that of an earlier request until then.
func (x *Exchange) serves(op int) {
	if of := &x.server.served[op]; x.view.op != of.op {
		x.of, x.view.op = of, of.op
	}
}

// free clears an exchange for the next request.
func (x *Exchange) free() {
	x.w, x.r = nil, nil
	if x.ctx != nil {
		x.ctx = nil
	}
	x.effort, x.status, x.sent, x.chosen, x.decoded = 0, 0, false, false, false
	if x.verified {
		x.verified = false
	}
	if x.asked != nil {
		x.asked = nil
	}
	if x.sentAs != "" || x.view.of != nil {
		x.sentAs, x.media, x.view.of = "", 0, nil
	}
	if x.err != nil || x.failure != nil {
		x.err, x.failure = nil, nil
	}
	if x.room != nil {
		x.room = nil
	}
	if x.read {
		x.read, x.view.body, x.exchangeBody = false, nil, exchangeBody{}
	}
	if x.counted {
		x.view.credential, x.view.clientIP, x.view.identity = "", "", ""
		x.counted, x.exchangeCounts = false, exchangeCounts{}
	}
	x.server.exchanges.Put(x)
}

// answerRoom holds, in one allocation, what outlives an exchange that is counted: the handler's
// context, and the value of RateLimit.
type answerRoom struct {
	context   handlerContext
	remaining [1]string
}

// Run is Begin for a handler that is a function.
func (x *Exchange) Run(handler func(ctx context.Context) error) error {
	ctx, err := x.Begin()
	if err != nil {
		return err
	}
	return handler(ctx)
}

// Begin decides the request's limits and returns the context of the handler. What the endpoint
// returns after it is the handler's error.
//
// Middleware needs the handler as a function. So Begin calls the middleware, whose next calls the
// endpoint a second time; there Begin returns the handler's context at once. The first call of the
// endpoint ends with an error, handled, that holds the outcome. Everything before Begin runs twice
// then.
//
//	endpoint ─ decode ─ Begin ─ limits ─ middleware ─┐                  ┌─ end with handled
//	                                                 └ endpoint ─ decode ─ Begin ─ handler ─ answer
func (x *Exchange) Begin() (context.Context, error) {
	if x.within != nil {
		return x.within, x.err
	}
	if err := x.sound(); err != nil { // before errors in parameters
		return nil, err
	}
	if x.err != nil {
		return nil, x.err
	}
	release, err := x.admit()
	if err != nil {
		return nil, err
	}
	if release != nil {
		x.counted, x.release = true, release
	}
	x.chosen = true
	var ctx context.Context
	if x.room != nil {
		ctx = &x.room.context
	} else {
		ctx = &handlerContext{x.context(), x.w.Header(), x.mediaType()}
	}
	if x.endpoint != nil {
		return nil, handled{x.surround(ctx)}
	}
	return ctx, nil
}

// handled is what an endpoint returns whose handler was called by middleware.
type handled struct{ error }

// call calls an endpoint, which calls the handler.
func (x *Exchange) call(endpoint func(*Exchange) error) error {
	if len(x.server.around) == 0 {
		return endpoint(x)
	}
	x.endpoint = endpoint
	err := endpoint(x)
	if done, ok := err.(handled); ok { //nolint:errorlint // it is not wrapped
		return done.error
	}
	return err
}

// surround calls the handler inside its middleware.
func (x *Exchange) surround(ctx context.Context) error {
	next := func(ctx context.Context) error {
		x.closeFiles() // the endpoint opens them again, and decodes and checks everything again
		x.within, x.effort = ctx, 0
		return x.endpoint(x)
	}
	around := x.server.around
	for i := len(around) - 1; i >= 0; i-- {
		inner, wrap := next, around[i]
		next = func(ctx context.Context) error { return wrap(ctx, x.view.op.ID, inner) }
	}
	return next(ctx)
}

// finish ends an exchange, also after a handler's panic.
func (x *Exchange) finish() {
	if x.counted {
		defer x.releaseAll()
	}
	if x.read {
		x.finishBody()
	}
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	x.chosen = false
	x.log(panicError{p, debug.Stack()})
	if x.sent {
		panic(http.ErrAbortHandler) // a partial answer must not look complete
	}
	x.fail(&APIError{StatusCode: http.StatusInternalServerError})
}

// finishBody gives up what a body has taken.
func (x *Exchange) finishBody() {
	x.closeFiles()
	if x.form != nil {
		if err := x.form.RemoveAll(); err != nil {
			x.log(err)
		}
	}
	if x.buffer != nil && x.endpoint == nil { // a handler may outlive its middleware
		x.raw, x.view.body = nil, nil
		keepBuffer(x.buffer)
		x.buffer = nil
	}
}

// closeFiles closes the files of the form.
func (x *Exchange) closeFiles() {
	if len(x.open) == 0 {
		return
	}
	for _, file := range x.open {
		if err := file.Close(); err != nil {
			x.log(err)
		}
	}
	clear(x.open)
	x.open = x.open[:0]
}

// handlerContext is a handler's context, which also holds the headers of its answer and the media
// type of its request. Each request allocates one, so it is small.
type handlerContext struct {
	context.Context
	header http.Header
	media  *string // of the body; often shared with all requests of the operation
}

// Value returns the headers, the media type of the body, or the value of the request's context.
func (c *handlerContext) Value(key any) any {
	switch key.(type) {
	case responseHeaderKey:
		return c.header
	case mediaTypeKey:
		return *c.media
	}
	return c.Context.Value(key)
}
