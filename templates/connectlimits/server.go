//go:build ignore

package connectlimits

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"connectrpc.com/connect"

	"github.com/limitgen/limitgen/templates/rest"
)

// A Server is the interceptor that enforces limits on the calls that a server gets.
type Server struct{ core *rest.RPCServer }

// NewServer validates its options, so that a wrong one is an error here.
func NewServer(api rest.RPC, opts ...rest.ServerOption) (*Server, error) {
	core, err := rest.NewRPCServer(api, opts)
	if err != nil {
		return nil, err
	}
	return &Server{core}, nil
}

// Limits returns the limits behind the interceptor, for Snapshot and LimitMetrics.
func (s *Server) Limits() *rest.RPCServer { return s.core }

// WrapUnary limits unary calls.
func (s *Server) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (res connect.AnyResponse, err error) {
		if req.Spec().IsClient || !s.core.Counts(req.Spec().Procedure) {
			return next(ctx, req)
		}
		message, err := messageOf(s.core, req.Spec().Procedure, req.Any())
		if err != nil {
			return nil, err
		}
		call := rest.RPCCall{Method: req.Spec().Procedure, Header: req.Header(), Remote: req.Peer().Addr, Message: message}
		refusal := s.core.Serve(ctx, call, func(ctx context.Context, header http.Header) int {
			var failed *connect.Error
			if res, err = next(ctx, req); err == nil {
				maps.Copy(res.Header(), header)
			} else if errors.As(err, &failed) {
				maps.Copy(failed.Meta(), header)
			}
			return httpStatus(err)
		})
		if refusal != nil {
			return nil, refused(refusal)
		}
		return res, err
	}
}

// WrapStreamingClient leaves clients alone.
func (s *Server) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler limits streams.
func (s *Server) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) (err error) {
		if !s.core.Counts(conn.Spec().Procedure) {
			return next(ctx, conn)
		}
		call := rest.RPCCall{Method: conn.Spec().Procedure, Header: conn.RequestHeader(), Remote: conn.Peer().Addr}
		refusal := s.core.Serve(ctx, call, func(ctx context.Context, header http.Header) int {
			maps.Copy(conn.ResponseHeader(), header)
			err = next(ctx, conn)
			return httpStatus(err)
		})
		if refusal != nil {
			return refused(refusal)
		}
		return err
	}
}
