//go:build ignore

package grpclimits

import (
	"context"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/limitgen/limitgen/templates/rest"
)

// A Server enforces limits on the calls that a gRPC server gets.
type Server struct{ core *rest.RPCServer }

// NewServer validates its options, so that a wrong one is an error here.
func NewServer(api rest.RPC, opts ...rest.ServerOption) (*Server, error) {
	core, err := rest.NewRPCServer(api, opts)
	if err != nil {
		return nil, err
	}
	return &Server{core}, nil
}

// Limits returns the limits behind the interceptors, for Snapshot and LimitMetrics.
func (s *Server) Limits() *rest.RPCServer { return s.core }

// Unary returns the interceptor of unary calls.
func (s *Server) Unary() grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
		if !s.core.Counts(info.FullMethod) {
			return handler(ctx, req)
		}
		message, err := messageOf(s.core, info.FullMethod, req)
		if err != nil {
			return nil, err
		}
		refusal := s.core.Serve(ctx, incoming(ctx, info.FullMethod, message), func(ctx context.Context, header http.Header) int {
			_ = grpc.SetHeader(ctx, metadataOf(header)) // fails if headers were sent
			resp, err = handler(ctx, req)
			return httpStatus(err)
		})
		if refusal != nil {
			_ = grpc.SetHeader(ctx, metadataOf(refusal.Header))
			return nil, refused(refusal)
		}
		return resp, err
	}
}

// Stream returns the interceptor of streams.
func (s *Server) Stream() grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
		if !s.core.Counts(info.FullMethod) {
			return handler(srv, ss)
		}
		ctx := ss.Context()
		refusal := s.core.Serve(ctx, incoming(ctx, info.FullMethod, nil), func(ctx context.Context, header http.Header) int {
			_ = ss.SetHeader(metadataOf(header))
			err = handler(srv, &serverStream{ss, ctx})
			return httpStatus(err)
		})
		if refusal != nil {
			_ = ss.SetHeader(metadataOf(refusal.Header))
			return refused(refusal)
		}
		return err
	}
}

// serverStream carries the context that names the caller.
type serverStream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context returns the call's context.
func (s *serverStream) Context() context.Context { return s.ctx }

// incoming returns the call of a context.
func incoming(ctx context.Context, method string, message []byte) rest.RPCCall {
	call := rest.RPCCall{Method: method, Message: message}
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		call.Header = headerOf(md)
	}
	if p, ok := peer.FromContext(ctx); ok && p.Addr != nil {
		call.Remote = p.Addr.String()
	}
	return call
}
