//go:build ignore

package connectlimits

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"connectrpc.com/connect"

	"github.com/limitgen/limitgen/templates/rest"
)

// A Client is the interceptor that paces clients. Its counters are shared by all clients that have
// it.
type Client struct{ core *rest.RPCClient }

// NewClient validates its options, so that a wrong one is an error here.
func NewClient(api rest.RPC, opts ...rest.ClientOption) (*Client, error) {
	core, err := rest.NewRPCClient(api, opts)
	if err != nil {
		return nil, err
	}
	return &Client{core}, nil
}

// Limits returns the limits behind the interceptor, for Snapshot and LimitMetrics.
func (c *Client) Limits() *rest.RPCClient { return c.core }

// WrapUnary paces unary calls.
func (c *Client) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if !req.Spec().IsClient || !c.core.Counts(req.Spec().Procedure) {
			return next(ctx, req)
		}
		message, err := messageOf(c.core, req.Spec().Procedure, req.Any())
		if err != nil {
			return nil, err
		}
		var res connect.AnyResponse
		var called error
		err = c.core.Call(ctx, req.Spec().Procedure, req.Header(), message, func() rest.RPCAnswer {
			if res, called = next(ctx, req); called != nil {
				return answerOf(called, nil)
			}
			return answerOf(nil, res.Header())
		})
		if called != nil {
			return nil, called
		}
		if err != nil {
			return nil, failure(err)
		}
		return res, nil
	}
}

// WrapStreamingClient paces streams.
func (c *Client) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		if !c.core.Counts(spec.Procedure) {
			return next(ctx, spec)
		}
		s := &clientStream{StreamingClientConn: next(ctx, spec), answered: make(chan rest.RPCAnswer, 1), ended: make(chan struct{})}
		s.admit = sync.OnceValue(func() error {
			err := s.begin(ctx, c.core)
			s.begun.Store(err == nil)
			return err
		})
		return s
	}
}

// WrapStreamingHandler leaves servers alone.
func (c *Client) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// clientStream waits for the limits before it sends, and detects the server's answer: by then the
// server has counted the call.
type clientStream struct {
	connect.StreamingClientConn
	admit    func() error
	begun    atomic.Bool
	answered chan rest.RPCAnswer
	ended    chan struct{}
	answer   sync.Once
	end      sync.Once
}

var errStreamed = errors.New("a stream cannot be sent again")

// begin returns when the limits admit the stream, which is counted until its end.
func (s *clientStream) begin(ctx context.Context, core *rest.RPCClient) error {
	admitted := make(chan error, 1)
	go func() {
		tried := false
		err := core.Call(ctx, s.Spec().Procedure, s.RequestHeader(), nil, func() rest.RPCAnswer {
			if tried {
				return rest.RPCAnswer{Err: errStreamed}
			}
			tried = true
			admitted <- nil
			select {
			case a := <-s.answered:
				a.Done = s.ended
				return a
			case <-s.ended:
			case <-ctx.Done():
				s.finish() // no answer will follow
			}
			select {
			case a := <-s.answered:
				return a
			default:
				return rest.RPCAnswer{Err: context.Canceled}
			}
		})
		select {
		case admitted <- failure(err):
		default: // it was admitted
		}
	}()
	return <-admitted
}

func (s *clientStream) finish() { s.end.Do(func() { close(s.ended) }) }

// Send sends a message.
func (s *clientStream) Send(m any) error {
	if err := s.admit(); err != nil {
		return err
	}
	return s.StreamingClientConn.Send(m)
}

// CloseRequest ends the request; it begins an empty stream.
func (s *clientStream) CloseRequest() error {
	if err := s.admit(); err != nil {
		return err
	}
	return s.StreamingClientConn.CloseRequest()
}

// Receive receives a message.
func (s *clientStream) Receive(m any) error {
	if err := s.admit(); err != nil {
		return err
	}
	err := s.StreamingClientConn.Receive(m)
	s.answer.Do(func() {
		failed := err
		if errors.Is(err, io.EOF) {
			failed = nil
		}
		s.answered <- answerOf(failed, s.ResponseHeader())
	})
	if err != nil {
		s.finish()
	}
	return err
}

// CloseResponse ends the stream. Without a request, Connect would wait for its answer.
func (s *clientStream) CloseResponse() error {
	defer s.finish()
	if !s.begun.Load() {
		return nil
	}
	return s.StreamingClientConn.CloseResponse()
}

// ResponseHeader waits for the answer's headers, if an answer can follow.
func (s *clientStream) ResponseHeader() http.Header {
	if s.admit() != nil {
		return make(http.Header)
	}
	return s.StreamingClientConn.ResponseHeader()
}
