package rest

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestEndpoints: an endpoint that begins answers as one that runs, whatever becomes of its handler,
// with middleware and without, and holds a concurrent request until the answer.
func TestEndpoints(t *testing.T) {
	config := ServerConfig{
		Limits: []ratelimit.Limit{{Name: "open", Quota: 1, Unit: "concurrent-requests"}},
		Operations: []Operation{{ID: "op", Method: "GET", Path: "/{n}", Params: []Param{{In: InPath, Name: "n", Schema: 1}},
			Rates: []Rate{{Cost: 1}}}},
		Schemas: []Schema{{}, {Kinds: KindInteger}},
	}
	var s *Server
	handle := func(ctx context.Context, n int) (any, error) {
		switch n {
		case 1:
			return nil, &APIError{StatusCode: http.StatusConflict}
		case 2:
			return nil, errors.New("private")
		case 3:
			panic("private")
		case 4:
			return nil, nil
		}
		if w := ask(s, "GET", "/5", ""); w.Code != http.StatusTooManyRequests {
			t.Errorf("the request was not held: %d", w.Code)
		}
		ResponseHeader(ctx).Set("X-N", "6")
		return map[string]int{"n": n}, nil
	}
	begin := func(x *Exchange) error {
		n := IntParam[int](x, 0)
		ctx, err := x.Begin()
		if err != nil {
			return err
		}
		out, err := handle(ctx, n)
		return x.JSON(200, out, err)
	}
	run := func(x *Exchange) error {
		n := IntParam[int](x, 0)
		return x.Run(func(ctx context.Context) error {
			out, err := handle(ctx, n)
			return x.JSON(200, out, err)
		})
	}
	around := WithHandlerMiddleware(func(ctx context.Context, _ string, next func(context.Context) error) error { return next(ctx) })
	for _, c := range []struct {
		name     string
		endpoint func(x *Exchange) error
		options  []ServerOption
		wrapped  bool
	}{{"begins", begin, nil, false}, {"runs", run, nil, false}, {"has middleware", run, []ServerOption{around}, true}} {
		var err error
		if s, err = NewServer(config, append([]ServerOption{WithErrorLog(nil)}, c.options...)); err != nil {
			t.Fatal(err)
		}
		s.Handle(0, func(x *Exchange) error {
			if x.Wrapped() != c.wrapped {
				t.Errorf("%s: wrapped is %t", c.name, x.Wrapped())
			}
			return c.endpoint(x)
		})
		for path, status := range map[string]int{"/x": 400, "/1": 409, "/2": 500, "/3": 500, "/4": 500, "/6": 200} {
			w := ask(s, "GET", path, "")
			if w.Code != status || (w.Header().Get("X-N") == "6") != (status == 200) {
				t.Errorf("%s: %s: %d %v %s", c.name, path, w.Code, w.Header(), w.Body)
			}
		}
	}
}
