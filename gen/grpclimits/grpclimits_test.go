package grpclimits_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/limitgen/limitgen/gen/grpclimits"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/testservice"
)

// service answers, and notes what was served.
type service struct {
	pb.UnimplementedTestServiceServer
	mu     sync.Mutex
	served int
}

func (s *service) note() {
	s.mu.Lock()
	s.served++
	s.mu.Unlock()
}

// UnaryCall answers with nothing.
func (s *service) UnaryCall(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	s.note()
	return &pb.SimpleResponse{}, nil
}

// EmptyCall answers with nothing.
func (s *service) EmptyCall(context.Context, *pb.Empty) (*pb.Empty, error) {
	s.note()
	return &pb.Empty{}, nil
}

// StreamingOutputCall answers twice.
func (s *service) StreamingOutputCall(_ *pb.StreamingOutputCallRequest, out grpc.ServerStreamingServer[pb.StreamingOutputCallResponse]) error {
	s.note()
	for range 2 {
		if err := out.Send(&pb.StreamingOutputCallResponse{}); err != nil {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-out.Context().Done():
		}
	}
	return nil
}

// FullDuplexCall answers each message.
func (s *service) FullDuplexCall(both grpc.BidiStreamingServer[pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse]) error {
	s.note()
	for {
		if _, err := both.Recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := both.Send(&pb.StreamingOutputCallResponse{}); err != nil {
			return err
		}
	}
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

// run serves the test service and gives a client of it.
func run(t *testing.T, client func(*testing.T) []grpc.DialOption, server func(*testing.T) []grpc.ServerOption, use func(ctx context.Context, c pb.TestServiceClient, s *service)) {
	synctest.Test(t, func(t *testing.T) {
		listener, s := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}, &service{}
		g := grpc.NewServer(server(t)...)
		pb.RegisterTestServiceServer(g, s)
		go func() { _ = g.Serve(listener) }()
		conn, err := grpc.NewClient("passthrough:///test", append(client(t), grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) {
				here, there := net.Pipe()
				listener.conns <- there
				return here, nil
			}))...)
		if err != nil {
			t.Fatal(err)
		}
		use(t.Context(), pb.NewTestServiceClient(conn), s)
		_ = conn.Close()
		g.Stop()
		time.Sleep(time.Minute) // what gRPC has in the background ends
	})
}

func bare(*testing.T) []grpc.DialOption { return nil }

func paced(t *testing.T) []grpc.DialOption {
	t.Helper()
	c, err := grpclimits.NewClient(testservice.RPC())
	if err != nil {
		t.Fatal(err)
	}
	return []grpc.DialOption{grpc.WithUnaryInterceptor(c.Unary()), grpc.WithStreamInterceptor(c.Stream())}
}

func enforced(t *testing.T) []grpc.ServerOption {
	t.Helper()
	s, err := grpclimits.NewServer(testservice.RPC())
	if err != nil {
		t.Fatal(err)
	}
	return []grpc.ServerOption{grpc.UnaryInterceptor(s.Unary()), grpc.StreamInterceptor(s.Stream())}
}

func named(size int32, user string) *pb.SimpleRequest {
	return &pb.SimpleRequest{ResponseSize: size, ResponseStatus: &pb.EchoStatus{Message: user}}
}

// TestServerRefuses has a client without interceptors meet a server with them.
func TestServerRefuses(t *testing.T) {
	run(t, bare, enforced, func(ctx context.Context, c pb.TestServiceClient, s *service) {
		var header, trailer metadata.MD
		for range 20 {
			if _, err := c.EmptyCall(ctx, &pb.Empty{}, grpc.Header(&header)); err != nil {
				t.Fatal(err)
			}
		}
		if got := header.Get("ratelimit"); len(got) != 1 || got[0][:12] != `"calls";r=0;` {
			t.Error(header)
		}
		_, err := c.EmptyCall(ctx, &pb.Empty{}, grpc.Header(&header), grpc.Trailer(&trailer))
		st := status.Convert(err)
		if st.Code() != codes.ResourceExhausted || len(st.Details()) != 1 || s.served != 20 {
			t.Fatal(err, st.Details(), s.served)
		}
		if info, ok := st.Details()[0].(*errdetails.RetryInfo); !ok || info.GetRetryDelay().AsDuration() != time.Second {
			t.Error(st.Details())
		}
		if all := metadata.Join(header, trailer); len(all.Get("retry-after")) != 1 || len(all.Get("ratelimit-policy")) == 0 {
			t.Error(all)
		}
		// Another tenant has counters of its own, and a stream is a call, too.
		other := metadata.AppendToOutgoingContext(ctx, "x-tenant", "b")
		if _, err := c.EmptyCall(other, &pb.Empty{}); err != nil {
			t.Error(err)
		}
		out, err := c.StreamingOutputCall(ctx, &pb.StreamingOutputCallRequest{})
		if err == nil {
			_, err = out.Recv()
		}
		if status.Code(err) != codes.ResourceExhausted {
			t.Error(err)
		}
	})
}

// TestMessages has costs and keys read of the messages of unary calls.
func TestMessages(t *testing.T) {
	run(t, bare, enforced, func(ctx context.Context, c pb.TestServiceClient, _ *service) {
		for i, q := range []struct {
			request *pb.SimpleRequest
			code    codes.Code
		}{
			{named(600, "a"), codes.OK}, {named(500, "a"), codes.ResourceExhausted}, {named(400, "b"), codes.OK},
			{named(1001, "b"), codes.InvalidArgument}, // more than is ever admitted
			{named(0, "a"), codes.ResourceExhausted},  // a zero is as if it were absent, which costs 1
		} {
			if _, err := c.UnaryCall(ctx, q.request); status.Code(err) != q.code {
				t.Errorf("%d: %v", i, err)
			}
		}
		time.Sleep(time.Second)
		for i := range 6 {
			if _, err := c.UnaryCall(ctx, named(0, "a")); (i == 5) != (status.Code(err) == codes.ResourceExhausted) {
				t.Error(i, err)
			}
		}
		if _, err := c.UnaryCall(ctx, named(0, "b")); err != nil {
			t.Error(err)
		}
	})
}

// TestClientPaces has 16 callers of unary calls and of streams meet a server that enforces: nothing
// is refused, and the quota is used.
func TestClientPaces(t *testing.T) {
	run(t, paced, enforced, func(ctx context.Context, c pb.TestServiceClient, s *service) {
		begin := time.Now()
		var callers sync.WaitGroup
		for i := range 16 {
			callers.Go(func() {
				for range 5 {
					var err error
					switch i % 4 {
					case 0:
						_, err = c.EmptyCall(ctx, &pb.Empty{})
					case 1:
						_, err = c.UnaryCall(ctx, named(5, string(rune('a'+i))))
					case 2:
						var out grpc.ServerStreamingClient[pb.StreamingOutputCallResponse]
						if out, err = c.StreamingOutputCall(ctx, &pb.StreamingOutputCallRequest{}); err == nil {
							err = drain(out.Recv)
						}
					default:
						err = converse(ctx, c)
					}
					if err != nil {
						t.Error(i, err)
					}
				}
			})
		}
		callers.Wait()
		took := time.Since(begin)
		if s.served != 80 || took < 3*time.Second || took > 4*time.Second {
			t.Error(s.served, "calls took", took)
		}
	})
}

func drain[T any](receive func() (T, error)) error {
	for {
		if _, err := receive(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func converse(ctx context.Context, c pb.TestServiceClient) error {
	both, err := c.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	for range 3 {
		if err := both.Send(&pb.StreamingOutputCallRequest{}); err != nil {
			return err
		}
		if _, err := both.Recv(); err != nil {
			return err
		}
	}
	if err := both.CloseSend(); err != nil {
		return err
	}
	return drain(both.Recv)
}

// TestClientLearns has the client's own failures be statuses, and other calls wait after a refusal.
func TestClientLearns(t *testing.T) {
	run(t, paced, enforced, func(ctx context.Context, c pb.TestServiceClient, _ *service) {
		for range 20 {
			if _, err := c.EmptyCall(ctx, &pb.Empty{}); err != nil {
				t.Fatal(err)
			}
		}
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := c.EmptyCall(short, &pb.Empty{})
		var limited *ratelimit.LimitError
		if status.Code(err) != codes.ResourceExhausted || !errors.As(err, &limited) || time.Since(begin) > 0 {
			t.Error(err, time.Since(begin))
		}
		if _, err := c.StreamingOutputCall(short, &pb.StreamingOutputCallRequest{}); !errors.As(err, &limited) {
			t.Error(err)
		}
		if _, err := c.UnaryCall(ctx, named(1001, "a")); status.Code(err) != codes.InvalidArgument {
			t.Error(err)
		}
	})
	refusing := grpc.UnaryInterceptor(func(_ context.Context, _ any, _ *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
		st, _ := status.New(codes.ResourceExhausted, "slow down").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(5 * time.Second)})
		return nil, st.Err()
	})
	run(t, paced, func(*testing.T) []grpc.ServerOption { return []grpc.ServerOption{refusing} }, func(ctx context.Context, c pb.TestServiceClient, _ *service) {
		begin := time.Now()
		for range 2 {
			if _, err := c.EmptyCall(ctx, &pb.Empty{}); status.Code(err) != codes.ResourceExhausted {
				t.Error(err)
			}
		}
		if took := time.Since(begin); took < 5*time.Second || took > 10*time.Second {
			t.Error("the second call came after", took)
		}
	})
}

// TestStreamsLearn has the refusal of a stream hold back the calls behind it, as that of a unary call
// does.
func TestStreamsLearn(t *testing.T) {
	refusing := grpc.StreamInterceptor(func(_ any, _ grpc.ServerStream, _ *grpc.StreamServerInfo, _ grpc.StreamHandler) error {
		st, err := status.New(codes.ResourceExhausted, "slow down").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(5 * time.Second)})
		return errors.Join(st.Err(), err)
	})
	run(t, paced, func(*testing.T) []grpc.ServerOption { return []grpc.ServerOption{refusing} }, func(ctx context.Context, c pb.TestServiceClient, _ *service) {
		out, err := c.StreamingOutputCall(ctx, &pb.StreamingOutputCallRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Recv(); status.Code(err) != codes.ResourceExhausted {
			t.Error(err)
		}
		synctest.Wait()
		begin := time.Now()
		if _, err := c.EmptyCall(ctx, &pb.Empty{}); err != nil || time.Since(begin) < 5*time.Second {
			t.Error(err, time.Since(begin))
		}
	})
}

// TestUnknownMethods has calls that are no operations pass.
func TestUnknownMethods(t *testing.T) {
	run(t, paced, enforced, func(ctx context.Context, c pb.TestServiceClient, _ *service) {
		if _, err := c.CacheableUnaryCall(ctx, named(0, "")); status.Code(err) != codes.Unimplemented {
			t.Error(err)
		}
	})
}

// TestGivenUp has streams that are given up leave nothing behind, and their units come back.
func TestGivenUp(t *testing.T) {
	run(t, paced, enforced, func(ctx context.Context, c pb.TestServiceClient, _ *service) {
		for range 8 { // three at a time
			mine, cancel := context.WithCancel(ctx)
			out, err := c.StreamingOutputCall(mine, &pb.StreamingOutputCallRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := out.Recv(); err != nil {
				t.Error(err)
			}
			cancel()
		}
	})
}
