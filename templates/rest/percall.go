package rest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// Settings of one call beyond its arguments travel in its context.

type perCallKey struct{}

// perCall holds the settings of a context for the calls that are made with it.
type perCall struct {
	header   http.Header
	response *http.Response
	stay     bool // redirects are not followed
}

// WithHeader returns a context whose calls send one more header: an idempotency key, a trace, a
// preference, the exact Content-Type of a body for which the spec has image/*. It replaces a header
// of that name, except credentials and the type of a multipart form.
func WithHeader(ctx context.Context, name, value string) context.Context {
	p := perCallOf(ctx)
	p.header = p.header.Clone()
	if p.header == nil {
		p.header = make(http.Header)
	}
	p.header.Set(name, value)
	return context.WithValue(ctx, perCallKey{}, p)
}

// WithResponse returns a context whose calls store the answer in res: its status, its headers, and
// its body if the call reads it completely. A stream's body is only for the caller. Concurrent
// calls need separate contexts.
func WithResponse(ctx context.Context, res *http.Response) context.Context {
	p := perCallOf(ctx)
	p.response = res
	return context.WithValue(ctx, perCallKey{}, p)
}

// WithoutRedirects returns a context whose calls follow no redirect: a redirect is an *APIError
// with its headers, unless it is a documented answer of the call.
func WithoutRedirects(ctx context.Context) context.Context {
	p := perCallOf(ctx)
	p.stay = true
	return context.WithValue(ctx, perCallKey{}, p)
}

func perCallOf(ctx context.Context) perCall {
	p, _ := ctx.Value(perCallKey{}).(perCall)
	return p
}

// withoutPerCall is for calls that the client makes for itself, such as the fetch of a token.
func withoutPerCall(ctx context.Context) context.Context {
	return context.WithValue(ctx, perCallKey{}, perCall{})
}

// addHeaders puts the headers of the context into a request.
func (p perCall) addHeaders(req *http.Request) error {
	for name, values := range p.header {
		for _, v := range values {
			if !headerSafe(v) {
				return fmt.Errorf("header %s: a control character is not allowed in a header", name)
			}
		}
		req.Header[name] = values
	}
	return nil
}

// note keeps an answer for the caller.
func (p perCall) note(res *http.Response) {
	if p.response == nil || res == nil {
		return
	}
	*p.response = *res
	p.response.Body = http.NoBody
}

// noteBody keeps its body.
func (p perCall) noteBody(body []byte) {
	if p.response != nil {
		p.response.Body = io.NopCloser(bytes.NewReader(body))
	}
}

type responseHeaderKey struct{}

// ResponseHeader returns the headers of a handler's answer, to be set by the handler; nil in other
// contexts.
func ResponseHeader(ctx context.Context) http.Header {
	header, _ := ctx.Value(responseHeaderKey{}).(http.Header)
	return header
}
