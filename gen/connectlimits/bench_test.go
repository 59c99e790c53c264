package connectlimits_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/limitgen/limitgen/gen/connectlimits"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

const (
	benchUnary  = "/bench.Service/Unary"
	benchStream = "/bench.Service/Stream"
)

// benchAPI has three limits that are never reached.
func benchAPI() rest.RPC {
	limits := []ratelimit.Limit{
		{Name: "second", Quota: 1e12, Window: time.Second, Unit: "requests"},
		{Name: "minute", Quota: 1e12, Window: time.Minute, Unit: "requests"},
		{Name: "day", Quota: 1e12, Window: 24 * time.Hour, Unit: "requests"},
	}
	key := []rest.Dimension{{Expr: rest.Expr{In: rest.InHeader, Name: "X-Tenant"}}}
	rates := []rest.Rate{{Limit: 0, Cost: 1, Key: key}, {Limit: 1, Cost: 1, Key: key}, {Limit: 2, Cost: 1, Key: key}}
	operations := []rest.Operation{
		{ID: "unary", Method: "POST", Path: benchUnary, Rates: rates},
		{ID: "stream", Method: "POST", Path: benchStream, Rates: rates},
	}
	return rest.RPC{
		Client: rest.ClientConfig{API: "bench", Limits: limits, Operations: operations},
		Server: rest.ServerConfig{API: "bench", Limits: limits, Operations: operations},
	}
}

// inMemory is an HTTP client of a handler.
type inMemory struct{ handler http.Handler }

// Do serves the request.
func (m inMemory) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// BenchmarkCall measures whole calls in memory: without limits, with those of a client, and with
// those of a server. The differences are what the interceptors cost.
func BenchmarkCall(b *testing.B) {
	client, err := connectlimits.NewClient(benchAPI())
	if err != nil {
		b.Fatal(err)
	}
	server, err := connectlimits.NewServer(benchAPI())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name             string
		client, handlers []connect.Interceptor
	}{
		{"bare", nil, nil},
		{"client", []connect.Interceptor{client}, nil},
		{"server", nil, []connect.Interceptor{server}},
	} {
		handlers, clients := connect.WithInterceptors(c.handlers...), connect.WithInterceptors(c.client...)
		mux := http.NewServeMux()
		mux.Handle(benchUnary, connect.NewUnaryHandler(benchUnary, answerOnce, handlers))
		mux.Handle(benchStream, connect.NewServerStreamHandler(benchStream, streamOnce, handlers))
		unary := connect.NewClient[message, message](inMemory{mux}, host+benchUnary, clients)
		stream := connect.NewClient[message, message](inMemory{mux}, host+benchStream, clients)
		b.Run("unary/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := connect.NewRequest(&message{})
				r.Header().Set("X-Tenant", "ann")
				if _, err := unary.CallUnary(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("stream/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := connect.NewRequest(&message{})
				r.Header().Set("X-Tenant", "ann")
				s, err := stream.CallServerStream(b.Context(), r)
				if err != nil {
					b.Fatal(err)
				}
				for s.Receive() {
				}
				if s.Err() != nil || s.Close() != nil {
					b.Fatal(s.Err())
				}
			}
		})
	}
}

func answerOnce(context.Context, *connect.Request[message]) (*connect.Response[message], error) {
	return connect.NewResponse(&message{}), nil
}

func streamOnce(_ context.Context, _ *connect.Request[message], out *connect.ServerStream[message]) error {
	return out.Send(&message{})
}
