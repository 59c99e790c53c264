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
func (t *Transport) readBody(req *http.Request) (*http.Request, []byte, error) {
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
	meaning, err := bodyMeaning(req.Header, data, most)
	return out, meaning, err
}

func bodyTooLarge(most int64) error {
	return fmt.Errorf("the request costs what its body says, which has more than %d bytes; see WithMaxCountedBody", most)
}

// bodyMeaning is what a body means as JSON: a form is the object of its fields.
func bodyMeaning(header http.Header, data []byte, most int64) ([]byte, error) {
	switch coding := header.Get("Content-Encoding"); {
	case !compressed(header):
	case strings.EqualFold(coding, "gzip"):
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
	default:
		return nil, fmt.Errorf("the request costs what its body says, which is encoded as %q", coding)
	}
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return data, nil
	}
	switch media {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(data))
		if err != nil {
			return nil, nil // what the API will say of it counts as one
		}
		return looseForm(form), nil
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(data), params["boundary"]).ReadForm(most)
		if err != nil {
			return nil, nil
		}
		defer func() { _ = form.RemoveAll() }()
		return looseForm(form.Value), nil
	}
	return data, nil
}

// looseForm is a form as a JSON object where no schema says what its fields are: a field that
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
