package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// response is an answer that is no error. Exactly one of its methods uses it up.
type response struct {
	call   *call
	status int
	header http.Header
	res    *http.Response
}

// close gives up a response, if there is one, that nobody will read.
func (r *response) close() {
	if r != nil {
		_ = r.res.Body.Close()
	}
}

// json decodes the body into v. The media type is not insisted on, since many servers send another
// one with JSON.
func (r *response) json(v any) error {
	text, err := r.read()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return r.call.wrap(fmt.Errorf("decoding the %d response (%s): %w", r.status, r.media(), err))
	}
	return nil
}

// text returns the body.
func (r *response) text() (string, error) {
	text, err := r.read()
	return string(text), err
}

// stream hands the body over; the caller closes it.
func (r *response) stream() *Stream {
	return &Stream{
		ContentType: r.header.Get("Content-Type"),
		Length:      r.res.ContentLength,
		Header:      r.header,
		Body:        r.res.Body,
	}
}

// discard throws the body away. What is wrong with it does not matter then.
func (r *response) discard() error {
	drain(r.res.Body)
	return nil
}

// unexpected is the error of a status that the API description does not name.
func (r *response) unexpected() error {
	body, _ := io.ReadAll(io.LimitReader(r.res.Body, maxErrorBody))
	drain(r.res.Body)
	return r.call.core.apiError(r.res, body)
}

// ok reports whether the status is one of success.
func (r *response) ok() bool { return r.status >= 200 && r.status < 300 }

// empty reports whether the status says that there is no body.
func (r *response) empty() bool {
	return r.status == http.StatusNoContent || r.status == http.StatusResetContent || r.call.op.method == http.MethodHead
}

func (r *response) media() string {
	if m := r.header.Get("Content-Type"); m != "" {
		return m
	}
	return "no media type"
}

// read reads the whole body, up to the bound of WithMaxResponse, and closes it.
func (r *response) read() ([]byte, error) {
	defer r.res.Body.Close()
	bound := r.call.core.settings.maxResponse
	var b bytes.Buffer
	if n := r.res.ContentLength; n > 0 {
		b.Grow(int(min(n, bound, 1<<20)) + bytes.MinRead) // the announced length is only believed up to a point
	}
	n, err := b.ReadFrom(io.LimitReader(r.res.Body, bound+1))
	switch {
	case err != nil:
		return nil, r.call.wrap(fmt.Errorf("reading the %d response: %w", r.status, err))
	case n > bound:
		return nil, r.call.wrap(fmt.Errorf("the %d response is larger than %d bytes", r.status, bound))
	}
	return b.Bytes(), nil
}

// success sends the call and accepts only a status of success.
func success(ctx context.Context, r *call, accept string) (*response, error) {
	r.accept = accept
	res, err := do(ctx, r)
	if err != nil {
		return nil, err
	}
	if !res.ok() {
		return nil, res.unexpected()
	}
	return res, nil
}

// acceptJSON prefers JSON, but does not make a server refuse that has only a media type of its own.
const acceptJSON = "application/json, */*;q=0.5"

// doJSON sends the call and decodes the response. A response without content is the zero T.
func doJSON[T any](ctx context.Context, r *call) (*T, error) {
	v, err := doValue[T](ctx, r)
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// doValue is doJSON for arrays, maps and scalars.
func doValue[T any](ctx context.Context, r *call) (T, error) {
	var v, zero T
	res, err := success(ctx, r, acceptJSON)
	if err != nil {
		return zero, err
	}
	if res.empty() {
		return zero, res.discard()
	}
	if err := res.json(&v); err != nil {
		return zero, err
	}
	return v, nil
}

// doText sends the call and returns the response as text.
func doText(ctx context.Context, r *call) (string, error) {
	res, err := success(ctx, r, "")
	if err != nil {
		return "", err
	}
	return res.text()
}

// doEmpty sends the call and ignores what a success says.
func doEmpty(ctx context.Context, r *call) error {
	res, err := success(ctx, r, "")
	if err != nil {
		return err
	}
	return res.discard()
}

// doStream sends the call and returns the response's body, which the caller closes.
func doStream(ctx context.Context, r *call) (*Stream, error) {
	res, err := success(ctx, r, "")
	if err != nil {
		return nil, err
	}
	return res.stream(), nil
}
