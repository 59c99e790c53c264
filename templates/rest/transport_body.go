package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A transport reads the body of a request only if a cost, a key or a variant needs it, and then
// once.

// readBody reads the body and returns a request with the same body. The second value is the body as
// JSON.
func (t *Transport) readBody(req *http.Request, route *transportRoute) (*http.Request, []byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, nil, nil
	}
	most := t.core.settings.transport.maxBody
	if req.ContentLength > most {
		return nil, nil, bodyTooLarge(most)
	}
	// The source of a body may block; closing it is the only remedy.
	stop := context.AfterFunc(req.Context(), func() { _ = req.Body.Close() })
	data, err := io.ReadAll(io.LimitReader(req.Body, most+1))
	if !stop() {
		return nil, nil, context.Cause(req.Context())
	}
	switch {
	case err != nil:
		return nil, nil, err
	case int64(len(data)) > most:
		return nil, nil, bodyTooLarge(most)
	}
	_ = req.Body.Close()
	out := req.WithContext(req.Context())
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	out.Body, _ = out.GetBody()
	plain, err := decompressed(req.Header, data, most)
	if err != nil {
		return nil, nil, err
	}
	return out, t.meaning(route, req.Header.Get("Content-Type"), plain), nil
}

func bodyTooLarge(most int64) error {
	return fmt.Errorf("the request costs what its body says, which has more than %d bytes; see WithMaxCountedBody", most)
}

// decompressed returns the body uncompressed.
func decompressed(header http.Header, data []byte, most int64) ([]byte, error) {
	if !compressed(header) {
		return data, nil
	}
	if coding := header.Get("Content-Encoding"); !strings.EqualFold(coding, "gzip") {
		return nil, fmt.Errorf("the request costs what its body says, which is encoded as %q", coding)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(z, most+1))
	}
	if err != nil {
		return nil, fmt.Errorf("the request costs what its body says, which cannot be read: %w", err)
	}
	if int64(len(data)) > most {
		return nil, bodyTooLarge(most)
	}
	return data, nil
}

// meaning converts a body to JSON, as the API's server reads it: a form becomes an object, whose
// fields are typed by their schemas and encodings. A form that the spec lacks, or that does not fit
// its schemas, is read without them. An unreadable body has no JSON, and costs 1.
func (t *Transport) meaning(route *transportRoute, header string, data []byte) []byte {
	body := route.bodyOf(header)
	media, params, err := mime.ParseMediaType(header)
	if err != nil {
		media = ""
	}
	switch {
	case body != nil && (body.Kind == BodyText || body.Kind == BodyBinary):
		return nil
	case body != nil && body.Kind == BodyForm, media == "application/x-www-form-urlencoded":
		if body != nil && body.Kind == BodyForm {
			if object, err := t.forms.formBody(body, string(data), new(int)); err == nil {
				return object
			}
		}
		form, err := url.ParseQuery(string(data))
		if err != nil {
			return nil
		}
		return looseForm(form)
	case media == "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(data), params["boundary"]).ReadForm(int64(len(data)))
		if err != nil {
			return nil
		}
		defer func() { _ = form.RemoveAll() }()
		if body != nil && t.forms.namedFields(body, form, form.Value) == nil {
			if object, err := t.forms.formObject(body.Schema, form.Value, body, nil, new(int)); err == nil {
				return object
			}
		}
		return looseForm(form.Value)
	}
	return data
}

// bodyOf returns the body of the route's operations, or of a variant, with a content type; nil if
// none has it.
func (r *transportRoute) bodyOf(header string) *Body {
	for _, op := range r.operations {
		if at := op.takes(header); at >= 0 {
			return op.body(at)
		}
	}
	return nil
}

// looseForm returns a form without schemas as a JSON object: a repeated field is a list, and a text
// that is a number, a list or an object in JSON becomes that value.
func looseForm(form url.Values) []byte {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	out := []byte{'{'}
	for _, name := range names {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(out, quote(name)...), ':')
		if values := form[name]; len(values) == 1 {
			out = append(out, looseScalar(values[0])...)
			continue
		}
		out = append(out, '[')
		for i, text := range form[name] {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, looseScalar(text)...)
		}
		out = append(out, ']')
	}
	return append(out, '}')
}

func looseScalar(text string) []byte {
	switch value := scanPointer([]byte(text), ""); value.kind {
	case jsonNumber, jsonArray, jsonObject, jsonBool:
		if len(value.raw) == len(text) {
			return value.raw
		}
	}
	return quote(text)
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// replayable reports whether a request can be sent twice.
func replayable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// again returns a copy of a request for another attempt.
func again(req *http.Request) (*http.Request, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	out := req.WithContext(req.Context())
	out.Body = body
	return out, nil
}

// failingReader ends a truncated body with its error.
type failingReader struct{ err error }

// Read fails.
func (r failingReader) Read([]byte) (int, error) { return 0, r.err }
