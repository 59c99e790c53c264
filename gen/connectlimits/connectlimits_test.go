package connectlimits_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/limitgen/limitgen/gen/connectlimits"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/testservice"
)

type message = structpb.Struct

const (
	service = "/grpc.testing.TestService/"
	host    = "http://api.test"
)

// handler serves the test service with messages of any form.
func handler(served *atomic.Int64, opts ...connect.HandlerOption) http.Handler {
	mux := http.NewServeMux()
	answer := func(_ context.Context, _ *connect.Request[message]) (*connect.Response[message], error) {
		served.Add(1)
		return connect.NewResponse(&message{}), nil
	}
	for _, name := range []string{"UnaryCall", "EmptyCall", "Unknown"} {
		mux.Handle(service+name, connect.NewUnaryHandler(service+name, answer, opts...))
	}
	mux.Handle(service+"StreamingOutputCall", connect.NewServerStreamHandler(service+"StreamingOutputCall",
		func(_ context.Context, _ *connect.Request[message], out *connect.ServerStream[message]) error {
			served.Add(1)
			return errors.Join(out.Send(&message{}), out.Send(&message{}))
		}, opts...))
	mux.Handle(service+"FullDuplexCall", connect.NewBidiStreamHandler(service+"FullDuplexCall",
		func(_ context.Context, both *connect.BidiStream[message, message]) error {
			served.Add(1)
			for {
				if _, err := both.Receive(); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return err
				}
				if err := both.Send(&message{}); err != nil {
					return err
				}
			}
		}, opts...))
	return mux
}

// pipes is a network inside a test's bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Accept waits for the next connection.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (p *pipes) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

// Addr is no address.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// api is a client of each method of a service that is served.
type api struct {
	served                       atomic.Int64
	unary, empty, unknown        *connect.Client[message, message]
	streamed, duplex             *connect.Client[message, message]
	clientLimits                 *connectlimits.Client
	serverLimits                 *connectlimits.Server
	withoutPacing, withoutLimits bool
}

func (a *api) run(t *testing.T, use func(ctx context.Context)) {
	synctest.Test(t, func(t *testing.T) {
		client, err := connectlimits.NewClient(testservice.RPC())
		if err != nil {
			t.Fatal(err)
		}
		server, err := connectlimits.NewServer(testservice.RPC())
		if err != nil {
			t.Fatal(err)
		}
		var in []connect.HandlerOption
		var out []connect.ClientOption
		if !a.withoutLimits {
			in = append(in, connect.WithInterceptors(server))
		}
		if !a.withoutPacing {
			out = append(out, connect.WithInterceptors(client))
		}
		a.clientLimits, a.serverLimits = client, server
		var protocols http.Protocols
		protocols.SetUnencryptedHTTP2(true)
		listener := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		web := &http.Server{Handler: handler(&a.served, in...), Protocols: &protocols}
		go func() { _ = web.Serve(listener) }()
		base := &http.Transport{Protocols: &protocols, DialContext: func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			listener.conns <- there
			return here, nil
		}}
		method := func(name string) *connect.Client[message, message] {
			return connect.NewClient[message, message](&http.Client{Transport: base}, host+service+name, out...)
		}
		a.unary, a.empty, a.unknown = method("UnaryCall"), method("EmptyCall"), method("Unknown")
		a.streamed, a.duplex = method("StreamingOutputCall"), method("FullDuplexCall")
		use(t.Context())
		base.CloseIdleConnections()
		_ = web.Close()
		time.Sleep(time.Minute)
	})
}

func (a *api) call(ctx context.Context) error {
	_, err := a.empty.CallUnary(ctx, connect.NewRequest(&message{}))
	return err
}

func (a *api) stream(ctx context.Context) error {
	out, err := a.streamed.CallServerStream(ctx, connect.NewRequest(&message{}))
	if err != nil {
		return err
	}
	for out.Receive() {
	}
	return errors.Join(out.Err(), out.Close())
}

func (a *api) converse(ctx context.Context) error {
	both := a.duplex.CallBidiStream(ctx)
	for range 3 {
		if err := both.Send(&message{}); err != nil {
			return err
		}
		if _, err := both.Receive(); err != nil {
			return err
		}
	}
	return errors.Join(both.CloseRequest(), both.CloseResponse())
}

// TestServerRefuses has a client without the interceptor meet a server with it.
func TestServerRefuses(t *testing.T) {
	a := &api{withoutPacing: true}
	a.run(t, func(ctx context.Context) {
		for i := range 20 {
			res, err := a.empty.CallUnary(ctx, connect.NewRequest(&message{}))
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Header().Get("RateLimit"); i == 19 && !strings.HasPrefix(got, `"calls";r=0;`) {
				t.Error(res.Header())
			}
		}
		err := a.call(ctx)
		var failed *connect.Error
		if !errors.As(err, &failed) || failed.Code() != connect.CodeResourceExhausted || len(failed.Details()) != 1 || a.served.Load() != 20 {
			t.Fatal(err, a.served.Load())
		}
		value, err := failed.Details()[0].Value()
		if info, ok := value.(*errdetails.RetryInfo); err != nil || !ok || info.GetRetryDelay().AsDuration() != time.Second {
			t.Error(value, err)
		}
		if failed.Meta().Get("Retry-After") != "1" || failed.Meta().Get("RateLimit-Policy") == "" {
			t.Error(failed.Meta())
		}
		if err := a.stream(ctx); connect.CodeOf(err) != connect.CodeResourceExhausted {
			t.Error(err)
		}
		if err := a.converse(ctx); connect.CodeOf(err) != connect.CodeResourceExhausted {
			t.Error(err)
		}
		other := connect.NewRequest(&message{})
		other.Header().Set("X-Tenant", "b")
		if _, err := a.empty.CallUnary(ctx, other); err != nil {
			t.Error(err)
		}
	})
}

// TestMessages has costs read of the messages of unary calls.
func TestMessages(t *testing.T) {
	a := &api{withoutPacing: true}
	a.run(t, func(ctx context.Context) {
		for i, q := range []struct {
			size float64
			code connect.Code
		}{{600, 0}, {500, connect.CodeResourceExhausted}, {400, 0}, {1001, connect.CodeInvalidArgument}} {
			m, err := structpb.NewStruct(map[string]any{"responseSize": q.size})
			if err != nil {
				t.Fatal(err)
			}
			_, err = a.unary.CallUnary(ctx, connect.NewRequest(m))
			if q.code == 0 && err != nil || q.code != 0 && connect.CodeOf(err) != q.code {
				t.Error(i, err)
			}
		}
	})
}

// TestClientPaces has 16 callers of unary calls and of streams meet a server that enforces: nothing
// is refused, and the quota is used.
func TestClientPaces(t *testing.T) {
	a := &api{}
	a.run(t, func(ctx context.Context) {
		begin := time.Now()
		var callers sync.WaitGroup
		for i := range 16 {
			callers.Go(func() {
				for range 5 {
					if err := []func(context.Context) error{a.call, a.stream, a.converse, a.call}[i%4](ctx); err != nil {
						t.Error(i, err)
					}
				}
			})
		}
		callers.Wait()
		if took := time.Since(begin); a.served.Load() != 80 || took < 3*time.Second || took > 4*time.Second {
			t.Error(a.served.Load(), "calls took", took)
		}
	})
}

// TestClientFails has failures of the limits say so, and calls that are no operations pass.
func TestClientFails(t *testing.T) {
	a := &api{withoutLimits: true}
	a.run(t, func(ctx context.Context) {
		for range 20 {
			if err := a.call(ctx); err != nil {
				t.Fatal(err)
			}
		}
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		var limited *ratelimit.LimitError
		for _, call := range []func(context.Context) error{a.call, a.stream, a.converse} {
			if err := call(short); connect.CodeOf(err) != connect.CodeResourceExhausted || !errors.As(err, &limited) {
				t.Error(err)
			}
		}
		if _, err := a.unknown.CallUnary(short, connect.NewRequest(&message{})); err != nil {
			t.Error(err)
		}
		// A stream that is given up gives back what it held.
		for range 8 {
			mine, cancel := context.WithCancel(ctx)
			out, err := a.streamed.CallServerStream(mine, connect.NewRequest(&message{}))
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			_ = out.Close()
		}
	})
}
