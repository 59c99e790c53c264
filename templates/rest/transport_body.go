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

// A transport reads the body of a request only where a cost, a key or a variant asks for it, and
// then once.

// readBody reads the body and makes a request that has it again. The second value is what the body
// means as JSON.
func (t *Transport) readBody(req *http.Request, route *transportRoute) (*http.Request, []byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, nil, nil
	}
	most := t.core.settings.transport.maxBody
	if req.ContentLength > most {
		return nil, nil, bodyTooLarge(most)
	}
	// What feeds a body may hang; to close it is all that can be done about that.
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

// decompressed returns the body as it was before a client compressed it.
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

// meaning returns what a body means as JSON, as the API's server reads it: a form is the object of
// its fields, which their schemas and encodings make lists and numbers. A form that the spec lacks,
// or that its schemas do not fit, is read without them. A body that cannot be read at all means
// nothing, and counts as one.
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
			if object, err := t.forms.formBody(body, string(data)); err == nil {
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
			if object, err := t.forms.formObject(body.Schema, form.Value, body, nil); err == nil {
				return object
			}
		}
		return looseForm(form.Value)
	}
	return data
}

// bodyOf returns the body of the route's operations, or of a variant, that has a content type; nil
// when none has.
func (r *transportRoute) bodyOf(header string) *Body {
	for _, op := range r.operations {
		if op.Body.Kind != BodyNone && acceptsMedia(op, header) {
			return &op.Body
		}
	}
	return nil
}

// looseForm returns a form as a JSON object where no schema says what its fields are: a field that
// stands there several times is a list, and a text that is a number, a list or an object in JSON is
// that.
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

// again makes a request that can be sent after another of it was.
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

// failingReader ends a body that broke off.
type failingReader struct{ err error }

// Read fails.
func (r failingReader) Read([]byte) (int, error) { return 0, r.err }
