package grpclimits_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/limitgen/limitgen/gen/grpclimits"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

const (
	benchMethod = "/bench.Service/Call"
	benchOther  = "/bench.Service/Other" // without limits
)

// benchAPI has three limits that are never reached.
func benchAPI() rest.RPC {
	limits := []ratelimit.Limit{
		{Name: "second", Quota: 1e12, Window: time.Second, Unit: "requests"},
		{Name: "minute", Quota: 1e12, Window: time.Minute, Unit: "requests"},
		{Name: "day", Quota: 1e12, Window: 24 * time.Hour, Unit: "requests"},
	}
	key := []rest.Dimension{{Expr: rest.Expr{In: rest.InHeader, Name: "X-Tenant"}}}
	operations := []rest.Operation{{ID: "call", Method: "POST", Path: benchMethod,
		Rates: []rest.Rate{{Limit: 0, Cost: 1, Key: key}, {Limit: 1, Cost: 1, Key: key}, {Limit: 2, Cost: 1, Key: key}}}}
	return rest.RPC{
		Client: rest.ClientConfig{API: "bench", Limits: limits, Operations: operations},
		Server: rest.ServerConfig{API: "bench", Limits: limits, Operations: operations},
	}
}

// each measures a call without limits ("bare"), one of a method that the API lacks, and a limited one.
func each(b *testing.B, bare func() error, limited func(method string) error) {
	for _, c := range []struct {
		name string
		call func() error
	}{
		{"bare", bare},
		{"other", func() error { return limited(benchOther) }},
		{"limited", func() error { return limited(benchMethod) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkClientUnary(b *testing.B) {
	c, err := grpclimits.NewClient(benchAPI())
	if err != nil {
		b.Fatal(err)
	}
	ctx, limited := metadata.AppendToOutgoingContext(b.Context(), "x-tenant", "ann"), c.Unary()
	invoke := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	each(b, func() error { return invoke(ctx, benchMethod, nil, nil, nil) },
		func(method string) error { return limited(ctx, method, nil, nil, nil, invoke) })
}

// stream ends after one message.
type stream struct {
	grpc.ClientStream
	ctx  context.Context
	seen bool
}

func (s *stream) Context() context.Context   { return s.ctx }
func (*stream) Header() (metadata.MD, error) { return nil, nil }
func (*stream) Trailer() metadata.MD         { return nil }
func (*stream) SendMsg(any) error            { return nil }
func (s *stream) RecvMsg(any) error {
	if s.seen {
		return io.EOF
	}
	s.seen = true
	return nil
}

func BenchmarkClientStream(b *testing.B) {
	c, err := grpclimits.NewClient(benchAPI())
	if err != nil {
		b.Fatal(err)
	}
	ctx, limited := metadata.AppendToOutgoingContext(b.Context(), "x-tenant", "ann"), c.Stream()
	open := func(ctx context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, _ string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
		return &stream{ctx: ctx}, nil
	}
	exhaust := func(s grpc.ClientStream, err error) error {
		for err == nil {
			err = s.RecvMsg(nil)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	run := func(open func(context.Context) (grpc.ClientStream, error)) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // as gRPC does at a stream's end
		return exhaust(open(ctx))
	}
	each(b,
		func() error {
			return run(func(ctx context.Context) (grpc.ClientStream, error) { return open(ctx, nil, nil, benchMethod) })
		},
		func(method string) error {
			return run(func(ctx context.Context) (grpc.ClientStream, error) { return limited(ctx, nil, nil, method, open) })
		})
}

// transport takes the headers of an answer.
type transport struct{ grpc.ServerTransportStream }

func (transport) SetHeader(metadata.MD) error { return nil }

func BenchmarkServerUnary(b *testing.B) {
	s, err := grpclimits.NewServer(benchAPI())
	if err != nil {
		b.Fatal(err)
	}
	ctx := metadata.NewIncomingContext(b.Context(), metadata.Pairs("x-tenant", "ann", "content-type", "application/grpc", "user-agent", "bench"))
	ctx = grpc.NewContextWithServerTransportStream(ctx, transport{})
	limited := s.Unary()
	handle := func(context.Context, any) (any, error) { return nil, nil }
	infos := map[string]*grpc.UnaryServerInfo{benchMethod: {FullMethod: benchMethod}, benchOther: {FullMethod: benchOther}}
	each(b, func() error { _, err := handle(ctx, nil); return err },
		func(method string) error { _, err := limited(ctx, nil, infos[method], handle); return err })
}

// served is a stream of a server.
type served struct {
	grpc.ServerStream
	ctx context.Context
}

func (s served) Context() context.Context  { return s.ctx }
func (served) SetHeader(metadata.MD) error { return nil }

func BenchmarkServerStream(b *testing.B) {
	s, err := grpclimits.NewServer(benchAPI())
	if err != nil {
		b.Fatal(err)
	}
	ctx := metadata.NewIncomingContext(b.Context(), metadata.Pairs("x-tenant", "ann", "content-type", "application/grpc", "user-agent", "bench"))
	limited := s.Stream()
	handle := func(any, grpc.ServerStream) error { return nil }
	infos := map[string]*grpc.StreamServerInfo{benchMethod: {FullMethod: benchMethod}, benchOther: {FullMethod: benchOther}}
	each(b, func() error { return handle(nil, served{ctx: ctx}) },
		func(method string) error { return limited(nil, served{ctx: ctx}, infos[method], handle) })
}
