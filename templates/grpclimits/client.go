//go:build ignore

package grpclimits

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/limitgen/limitgen/templates/rest"
)

// A Client paces the calls of gRPC clients. Its counters are shared by all connections that have
// its interceptors.
type Client struct{ core *rest.RPCClient }

// NewClient validates its options, so that a wrong one is an error here.
func NewClient(api rest.RPC, opts ...rest.ClientOption) (*Client, error) {
	core, err := rest.NewRPCClient(api, opts)
	if err != nil {
		return nil, err
	}
	return &Client{core}, nil
}

// Limits returns the limits behind the interceptors, for Snapshot and LimitMetrics.
func (c *Client) Limits() *rest.RPCClient { return c.core }

// Unary returns the interceptor of unary calls.
func (c *Client) Unary() grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if !c.core.Counts(method) {
			return invoker(ctx, method, req, reply, cc, opts...)
		}
		message, err := messageOf(c.core, method, req)
		if err != nil {
			return err
		}
		var called error
		err = c.core.Call(ctx, method, c.outgoing(ctx, method), message, func() rest.RPCAnswer {
			var header, trailer metadata.MD
			called = invoker(ctx, method, req, reply, cc, append(opts[:len(opts):len(opts)], grpc.Header(&header), grpc.Trailer(&trailer))...)
			return answerOf(called, header, trailer)
		})
		if called != nil {
			return called
		}
		return failure(err)
	}
}

// Stream returns the interceptor of streams.
func (c *Client) Stream() grpc.StreamClientInterceptor {
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		if !c.core.Counts(method) {
			return streamer(ctx, desc, cc, method, opts...)
		}
		s := &clientStream{answered: make(chan rest.RPCAnswer, 1), opened: make(chan error, 1)}
		go func() { // until the stream has ended
			err := c.core.Call(ctx, method, c.outgoing(ctx, method), nil, func() rest.RPCAnswer {
				if s.tried {
					return rest.RPCAnswer{Err: errStreamed}
				}
				s.tried = true
				var err error
				if s.ClientStream, err = streamer(ctx, desc, cc, method, opts...); err != nil {
					s.opened <- err
					return answerOf(err, nil, nil)
				}
				own := s.ClientStream
				s.opened <- nil
				select {
				case a := <-s.answered:
					a.Done = own.Context().Done()
					return a
				case <-own.Context().Done():
				}
				if s.receiving.Load() { // ended by the answer, which is about to be reported
					return <-s.answered
				}
				return rest.RPCAnswer{Err: context.Cause(own.Context())}
			})
			select {
			case s.opened <- failure(err):
			default: // it was opened
			}
		}()
		if err := <-s.opened; err != nil {
			return nil, err
		}
		return s, nil
	}
}

// outgoing returns the metadata of a call as headers, if limits count by them.
func (c *Client) outgoing(ctx context.Context, method string) http.Header {
	if !c.core.ReadsHeader(method) {
		return nil
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	return headerOf(md)
}

var errStreamed = errors.New("a stream cannot be sent again")

// clientStream detects the server's answer: by then the server has counted the call.
type clientStream struct {
	grpc.ClientStream
	tried     bool
	opened    chan error
	answered  chan rest.RPCAnswer
	receiving atomic.Bool
	once      sync.Once
}

// RecvMsg receives a message.
func (s *clientStream) RecvMsg(m any) error {
	s.receiving.Store(true)
	err := s.ClientStream.RecvMsg(m)
	s.once.Do(func() {
		header, _ := s.Header()
		switch {
		case err == nil:
			s.answered <- answerOf(nil, header, nil)
		case errors.Is(err, io.EOF):
			s.answered <- answerOf(nil, header, s.Trailer())
		default:
			s.answered <- answerOf(err, header, s.Trailer())
		}
	})
	return err
}
