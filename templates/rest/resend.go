package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// net/http may send a request more than once: when a reused connection breaks before an answer
// begins, it silently takes another one if that is safe; and it follows redirects. The server may
// count each of these requests, so each needs a permit of its own.
//
// A request must not wait for that permit while it holds a connection, nor within one of net/http's
// hooks:
//
//	repeat: holds the connection ──waits for──▶ a permit
//	others: hold all the permits ──wait for──▶ the connection
//
// would wait for each other for good, and HTTP/2 calls hooks with its pool locked. Hence the order
// of the two is the same for all: first the permit, then the connection. A repeat takes a permit
// within the hook only if that takes no wait. Otherwise its attempt is stopped there: its context
// ends, which keeps HTTP/2 and whatever waits for a connection from going on, and a connection of
// HTTP/1, which no other call uses, is made to refuse what is written. Nothing has left then. The
// call waits for its permit outside net/http, holding nothing, and sends the request again.
//
// Invariant: a call that waits for a permit holds no connection. A call with a connection has its
// permit, and so gives it back when the server has answered or the call's context ends.

// sending is the state of one request in flight.
type sending struct {
	core     *Client
	ctx      context.Context
	attempt  *attempt // the current one; nil when nothing is counted
	followed bool     // a redirect
	direct   bool     // by a transport, which follows no redirects

	asked   atomic.Bool // a connection was requested
	got     atomic.Bool
	onWay   atomic.Bool // on a connection, before its answer has begun
	stopped atomic.Bool // the attempt needed a permit that was not available at once

	mu      sync.Mutex         // guards what hooks use
	permit  ratelimit.Permit   // of the newest attempt
	charges []ratelimit.Charge // nil once the request has its answer

	first attempt
	body  sentBody
	copy  *http.Request // room for one
}

// crossing is the state of a transport's first request, in one allocation. The base transport and
// whatever reads the answer may keep parts of it.
type crossing struct {
	sending
	request http.Request
}

var errStopped = errors.New("the connection broke before an answer began")

// begin makes the context of a new attempt.
func (s *sending) begin() context.Context {
	if !s.counted() {
		return s.ctx
	}
	if s.attempt == nil {
		s.attempt = &s.first
	} else {
		s.attempt = new(attempt) // an earlier one may still be in use
	}
	s.attempt.sending, s.attempt.counted = s, true
	s.asked.Store(false)
	s.got.Store(false)
	s.onWay.Store(false)
	s.stopped.Store(false)
	if hookKey == nil {
		return httptrace.WithClientTrace(s.attempt, s.trace())
	}
	return s.attempt
}

// context returns the context of a request that is built before its costs are known. Its first
// attempt uses the same one.
func (s *sending) context() context.Context {
	if hookKey == nil {
		return s.ctx
	}
	s.first.sending = s
	return &s.first
}

// with returns a copy of a request with a context.
func (s *sending) with(req *http.Request, ctx context.Context) *http.Request {
	room := s.copy
	if s.copy = nil; room == nil {
		return req.WithContext(ctx)
	}
	*room = *req.WithContext(ctx)
	return room
}

// end ends an attempt without an answer to read.
func (s *sending) end() {
	if s.attempt != nil {
		s.attempt.end()
	}
}

// held reports whether a permit or a context of the current attempt has to end with the answer's
// body.
func (s *sending) held() bool { return s.attempt != nil && s.attempt.asked() }

func (s *sending) counted() bool { return s.core.limiter != nil && len(s.charges) > 0 }

// trace returns the hooks that net/http calls, on the goroutine that sends.
func (s *sending) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			s.asked.Store(true)
			s.again(s.onWay.Swap(false))
		},
		GotConn: func(info httptrace.GotConnInfo) {
			s.again(s.onWay.Swap(true))
			if s.stopped.Load() {
				s.onWay.Store(false)
				s.mute(info.Conn)
				return
			}
			s.got.Store(true)
		},
		GotFirstResponseByte: func() { s.onWay.Store(false) }, // later events belong to a redirect
	}
}

// again takes another permit for a request that is sent again, or stops the attempt. It does not
// wait: see above. Limiters other than a Pacer may contact another service, and are asked outside
// the hook.
func (s *sending) again(resent bool) {
	if resent && !s.renew() {
		s.stopped.Store(true)
		s.attempt.stop(errStopped)
	}
}

// renew takes another permit, if that takes no wait. A request that has its answer needs none.
func (s *sending) renew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.counted() {
		return true
	}
	s.permit.Lost()
	s.permit = ratelimit.NoPermit{}
	s.got.Store(false)
	if p, ok := s.core.limiter.(*ratelimit.Pacer); ok {
		if permit, err := p.TryAcquire(s.charges); err == nil {
			s.core.meterAdmission(s.charges, nil)
			s.permit = permit
			return true
		}
	}
	return false
}

// mute makes a connection refuse writes. An HTTP/2 connection is shared with other calls and left
// alone: there net/http checks the ended context before it writes.
func (s *sending) mute(conn net.Conn) {
	switch t, ok := conn.(interface{ ConnectionState() tls.ConnectionState }); {
	case conn == nil, ok && t.ConnectionState().NegotiatedProtocol == "h2", !ok && s.core.plainHTTP2():
		return
	}
	if conn.SetWriteDeadline(time.Unix(1, 0)) != nil {
		_ = conn.Close()
	}
}

// plainHTTP2 reports whether the transport may speak HTTP/2 without TLS.
func (c *Client) plainHTTP2() bool {
	t, ok := c.http.Transport.(*http.Transport)
	return ok && t.Protocols != nil && t.Protocols.UnencryptedHTTP2()
}

// repeat waits for a permit to send req again after its attempt was stopped, and prepares it.
// Redirected requests are left to the call's own retries: they start again at the first URL, which
// is not safe for every request.
func (s *sending) repeat(req *http.Request) (*http.Request, error) {
	switch {
	case s.ctx.Err() != nil:
		return nil, s.ctx.Err()
	case s.followed:
		return nil, errStopped
	}
	req = req.Clone(s.ctx)
	if req.Body != nil && req.Body != http.NoBody {
		if req.GetBody == nil {
			return nil, errStopped
		}
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		req.Body = body
	}
	permit, _, err := s.core.acquire(s.ctx, s.charges, new(waitTrace))
	if err != nil {
		return nil, fmt.Errorf("%w; sending again was not admitted: %w", errStopped, err)
	}
	s.set(permit)
	return req, nil
}

type sendingKey struct{}

// follow waits for another permit before a redirect to the same host is followed. Other hosts count
// for themselves.
func follow(req *http.Request, via []*http.Request) error {
	s, ok := req.Context().Value(sendingKey{}).(*sending)
	if !ok || !strings.EqualFold(req.URL.Host, via[0].URL.Host) {
		return nil
	}
	// net/http closes it only after this, and calls with a permit may wait for its connection.
	drain(req.Response.Body)
	s.current().Done()
	s.set(ratelimit.NoPermit{})
	if s.followed = true; req.Method != via[0].Method { // without the body, its cost does not apply
		s.charges = slices.Clone(s.charges)
		for i := range s.charges {
			s.charges[i].Cost = min(s.charges[i].Cost, 1)
		}
	}
	permit, _, err := s.core.acquire(s.ctx, s.charges, new(waitTrace))
	if err != nil {
		return err
	}
	s.set(permit)
	s.asked.Store(false)
	s.got.Store(false)
	return nil
}

func (s *sending) current() ratelimit.Permit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.permit
}

// last returns the permit of a request that has its answer: hooks called later change nothing.
func (s *sending) last() ratelimit.Permit {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.charges = nil
	return s.permit
}

func (s *sending) set(permit ratelimit.Permit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.permit = permit
}

// hold ends a request's permit and context with the body of its answer. The body of an answer that
// switches protocols stays writable.
func (s *sending) hold(res *http.Response, permit ratelimit.Permit) {
	body := &s.body
	*body = sentBody{ReadCloser: res.Body, permit: permit, sending: s}
	if w, ok := res.Body.(io.Writer); ok {
		res.Body = &sentStream{body, w}
		return
	}
	res.Body = body
}

// sentStream is a writable sentBody.
type sentStream struct {
	*sentBody
	io.Writer
}

// sentBody is the body of an answer. Its end ends the request's permit and context.
type sentBody struct {
	io.ReadCloser
	permit  ratelimit.Permit // of a limit on concurrent requests, or NoPermit
	sending *sending
}

// Read ends the permit and the context at the end of the content.
func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.permit.Done()
		b.sending.end()
	}
	return n, err
}

// Close ends the permit and the context.
func (b *sentBody) Close() error {
	defer b.sending.end()
	defer b.permit.Done()
	return b.ReadCloser.Close()
}
