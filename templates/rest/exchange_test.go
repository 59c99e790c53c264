package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
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
	}{{"begins", begin, nil}, {"runs", run, nil}, {"begins inside", begin, []ServerOption{around, around}}, {"runs inside", run, []ServerOption{around}}} {
		var err error
		if s, err = NewServer(config, append([]ServerOption{WithErrorLog(nil)}, c.options...)); err != nil {
			t.Fatal(err)
		}
		s.Handle(0, c.endpoint)
		for path, status := range map[string]int{"/x": 400, "/1": 409, "/2": 500, "/3": 500, "/4": 500, "/6": 200} {
			w := ask(s, "GET", path, "")
			if w.Code != status || (w.Header().Get("X-N") == "6") != (status == 200) {
				t.Errorf("%s: %s: %d %v %s", c.name, path, w.Code, w.Header(), w.Body)
			}
		}
	}
}

// TestHandlerMiddleware: what middleware makes of a handler's call is the answer, and a handler
// that it does not call is not called.
func TestHandlerMiddleware(t *testing.T) {
	type key struct{}
	config := ServerConfig{
		Operations: []Operation{{ID: "op", Method: "POST", Path: "/{way}", Params: []Param{{In: InPath, Name: "way", Schema: 1}}, Body: jsonBody(2)}},
		Schemas:    []Schema{{}, {Kinds: KindString}, {Kinds: KindObject}},
	}
	calls := 0
	s, err := NewServer(config, []ServerOption{WithErrorLog(nil),
		WithHandlerMiddleware(func(ctx context.Context, id string, next func(context.Context) error) error {
			return next(context.WithValue(ctx, key{}, id))
		}, func(ctx context.Context, _ string, next func(context.Context) error) error {
			err := next(ctx)
			if known := (*APIError)(nil); errors.As(err, &known) {
				return &APIError{StatusCode: http.StatusTeapot}
			}
			return err
		}, func(ctx context.Context, _ string, next func(context.Context) error) error {
			if calls >= 2 {
				return &APIError{StatusCode: http.StatusLocked}
			}
			return next(ctx)
		})})
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(0, func(x *Exchange) error {
		way := x.RawParam("way")
		var body map[string]int
		x.DecodeBody(&body)
		ctx, err := x.Begin()
		if err != nil {
			return err
		}
		calls++
		if way == "fail" {
			return x.Empty(204, &APIError{StatusCode: http.StatusConflict})
		}
		return x.JSON(200, map[string]any{"body": body, "id": ctx.Value(key{})}, nil)
	})
	for _, c := range []struct {
		path, body string
		status     int
		want       string
		calls      int
	}{
		{"/ok", `{"n":`, 400, "", 0},
		{"/ok", `{"n":7}`, 200, `{"body":{"n":7},"id":"op"}`, 1},
		{"/fail", `{}`, 418, "", 2},
		{"/ok", `{}`, 418, "", 2}, // refused on the way to the handler
	} {
		w := ask(s, http.MethodPost, c.path, c.body)
		if w.Code != c.status || calls != c.calls || c.want != "" && w.Body.String() != c.want {
			t.Errorf("%s %s: %d %s after %d calls", c.path, c.body, w.Code, w.Body, calls)
		}
	}
}

// TestHandlerMiddlewareDecodesAgain: what the endpoint takes for the first time, before the
// middleware, is given up before the second: the effort of the checks, and the files of a form.
func TestHandlerMiddlewareDecodesAgain(t *testing.T) {
	config := ServerConfig{
		Operations: []Operation{{ID: "check", Method: "POST", Path: "/check", Body: jsonBody(1)},
			{ID: "upload", Method: "POST", Path: "/upload", Body: Body{Kind: BodyMultipart, Media: "multipart/form-data", Schema: 5, Files: []FormFile{{Name: "file"}}}}},
		Schemas: []Schema{{}, {Kinds: KindArray, Items: 2}, {AnyOf: append(slices.Repeat([]int{3}, 19), 4)}, {Kinds: KindString}, {Kinds: KindInteger}, {Kinds: KindObject}},
	}
	around := WithHandlerMiddleware(func(ctx context.Context, _ string, next func(context.Context) error) error { return next(ctx) })
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, _ := m.CreateFormFile("file", "f.txt")
	_, _ = part.Write([]byte("content"))
	_ = m.Close()
	for name, options := range map[string][]ServerOption{"plain": nil, "inside": {around}, "inside two": {around, around}} {
		s, err := NewServer(config, append(options, WithErrorLog(nil)))
		if err != nil {
			t.Fatal(err)
		}
		s.Handle(0, func(x *Exchange) error {
			var body []any
			x.DecodeBody(&body)
			_, err := x.Begin()
			if err != nil {
				return err
			}
			return x.Empty(204, nil)
		})
		s.Handle(1, func(x *Exchange) error {
			var file *File
			x.DecodeFile("file", &file)
			if _, err := x.Begin(); err != nil {
				return err
			}
			if len(x.open) != 1 {
				t.Errorf("%s: %d files are open", name, len(x.open))
			}
			text, err := io.ReadAll(file.Content)
			if string(text) != "content" {
				t.Error(name, string(text), err)
			}
			return x.Empty(204, nil)
		})
		if w := ask(s, "POST", "/check", "["+strings.Repeat("1,", 200)+"1]"); w.Code != 204 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if w := ask(s, "POST", "/upload", form.String(), "Content-Type", m.FormDataContentType()); w.Code != 204 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
