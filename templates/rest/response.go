package rest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// Response is a successful answer. Exactly one of its methods must consume it.
type Response struct {
	call   *Call
	Status int
	header http.Header
	res    *http.Response
	per    perCall
}

// close closes a response that will not be read, if there is one.
func (r *Response) close() {
	if r != nil {
		_ = r.res.Body.Close()
	}
}

// JSON decodes the body into v. It ignores the media type, since many servers send another one with
// JSON.
func (r *Response) JSON(v any) error {
	buffer := buffers.Get().(*[]byte)
	defer keepBuffer(buffer)
	text, err := r.read(buffer)
	if err != nil {
		return err
	}
	if err := decode(text, v); err != nil {
		text = bytes.Clone(text)
		err = fmt.Errorf("decoding the %d response (%s): %w", r.Status, r.media(), err)
		return r.call.wrap(&DecodeError{StatusCode: r.Status, Header: r.header, Body: text, Err: err})
	}
	return nil
}

// Text returns the body.
func (r *Response) Text() (string, error) {
	text, err := r.read(new([]byte))
	return string(text), err
}

// Stream returns the body; the caller closes it.
func (r *Response) Stream() *Stream {
	return &Stream{
		ContentType: r.header.Get("Content-Type"),
		Length:      r.res.ContentLength,
		Header:      r.header,
		Body:        r.res.Body,
	}
}

// Discard discards the body, unless the caller asked for the answer. Errors of the body are
// ignored.
func (r *Response) Discard() error {
	if r.per.response != nil {
		_, err := r.read(new([]byte))
		return err
	}
	drain(r.res.Body)
	return nil
}

// unexpected returns the error for an undocumented status.
func (r *Response) unexpected() error {
	body, _ := io.ReadAll(io.LimitReader(r.res.Body, maxErrorBody))
	drain(r.res.Body)
	e := r.call.core.apiError(r.res, body)
	e.bodies = r.call.op.Errors
	return e
}

// ok reports whether the status is one of success.
func (r *Response) ok() bool {
	return r.Status >= 200 && r.Status < 300 || r.call.op.Redirects && r.Status >= 300 && r.Status < 400
}

// empty reports whether the status has no body.
func (r *Response) empty() bool {
	return r.Status == http.StatusNoContent || r.Status == http.StatusResetContent || r.call.op.Method == http.MethodHead
}

func (r *Response) media() string {
	if m := r.header.Get("Content-Type"); m != "" {
		return m
	}
	return "no media type"
}

// read reads the whole body, up to the bound of WithMaxResponse, into a buffer and closes it.
func (r *Response) read(buffer *[]byte) ([]byte, error) {
	defer r.res.Body.Close()
	bound := r.call.core.settings.maxResponse
	b := bytes.NewBuffer((*buffer)[:0])
	if n := r.res.ContentLength; n > 0 {
		b.Grow(int(min(n, bound, 1<<20)) + bytes.MinRead) // the announced length is trusted only up to a bound
	}
	n, err := b.ReadFrom(io.LimitReader(r.res.Body, bound+1))
	*buffer = b.Bytes()
	switch {
	case err != nil:
		return nil, r.call.wrap(fmt.Errorf("reading the %d response: %w", r.Status, err))
	case n > bound:
		return nil, r.call.wrap(fmt.Errorf("the %d response is larger than %d bytes", r.Status, bound))
	}
	if r.per.response != nil {
		r.per.noteBody(bytes.Clone(b.Bytes()))
	}
	return b.Bytes(), nil
}

// success sends the call and accepts only a status of success.
func success(ctx context.Context, r *Call, accept string) (*Response, error) {
	if r.accept == "" {
		r.accept = accept
	}
	res, err := Do(ctx, r)
	if err != nil {
		return nil, err
	}
	if !res.ok() {
		return nil, res.unexpected()
	}
	return res, nil
}

// acceptJSON prefers JSON, but allows other media types, for servers that have only their own.
const acceptJSON = "application/json, */*;q=0.5"

// DoJSON sends the call and decodes the response. A response without content is the zero T.
func DoJSON[T any](ctx context.Context, r *Call) (*T, error) {
	v := new(T)
	if err := receive(ctx, r, v); err != nil {
		return nil, err
	}
	return v, nil
}

// DoValue is DoJSON for arrays, maps and scalars.
func DoValue[T any](ctx context.Context, r *Call) (T, error) {
	var v, zero T
	if err := receive(ctx, r, &v); err != nil {
		return zero, err
	}
	return v, nil
}

// receive sends the call and decodes the response, if it has content, into the value that v points
// to.
func receive(ctx context.Context, r *Call, v any) error {
	res, err := success(ctx, r, acceptJSON)
	if err != nil {
		return err
	}
	if res.empty() {
		return res.Discard()
	}
	return res.JSON(v)
}

// DoText sends the call and returns the response as text.
func DoText(ctx context.Context, r *Call) (string, error) {
	res, err := success(ctx, r, "")
	if err != nil {
		return "", err
	}
	return res.Text()
}

// DoEmpty sends the call and ignores the content of a success.
func DoEmpty(ctx context.Context, r *Call) error {
	res, err := success(ctx, r, "")
	if err != nil {
		return err
	}
	return res.Discard()
}

// DoStream sends the call and returns the response's body, which the caller closes.
func DoStream(ctx context.Context, r *Call) (*Stream, error) {
	res, err := success(ctx, r, "")
	if err != nil {
		return nil, err
	}
	return res.Stream(), nil
}
