package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
)

// payload is a request body that has not been sent yet.
type payload struct {
	contentType string
	length      int64  // -1 when unknown
	json        []byte // the body as JSON, for costs and keys; nil for texts and bytes
	replay      bool   // open may be called again
	form        bool   // of parts, whose boundary is in the content type
	content     func() (io.Reader, error)

	mu   sync.Mutex
	last *upload
}

// JSON sets the body to v as JSON. A nil list or map that is required is an empty one.
func (r *Call) JSON(v any) {
	if absent(v) && (v == nil || !r.body.Required || !nilable(reflect.TypeOf(v))) {
		return
	}
	text, err := marshal(v)
	if err != nil {
		r.fail(fmt.Errorf("request body: %w", err))
		return
	}
	r.payload = textPayload(r.media("application/json"), text)
	r.payload.json = text
}

// Form sets the body to the members of v as a form. A list repeats its name, an object is JSON
// text.
func (r *Call) Form(v any) {
	if absent(v) {
		return
	}
	text, fields, err := r.body.formFields(v)
	if err != nil {
		r.fail(fmt.Errorf("request body: %w", err))
		return
	}
	query := ""
	for _, f := range fields {
		if !f.escaped {
			f.name, f.value = escape(f.name), escape(f.value)
		}
		query = joinQuery(query, f.name+"="+f.value)
	}
	r.payload = textPayload(r.media("application/x-www-form-urlencoded"), []byte(query))
	r.payload.json = text
}

// Text sets the body to s.
func (r *Call) Text(s string) {
	r.payload = textPayload(r.media("text/plain; charset=utf-8"), []byte(s))
}

// Binary sets the body to the content of a reader, which is not closed. A seekable one is read from
// its current position, and again at a retry. It may be read for a moment after the call has
// returned, if the server answered early.
func (r *Call) Binary(content io.Reader) {
	if absent(content) {
		return
	}
	s := measure(content, -1)
	r.payload = &payload{
		contentType: r.bytesMedia(),
		length:      s.length,
		replay:      s.seeker != nil,
		content:     s.open,
	}
}

// media returns the operation's media type, or usual if that is a range or missing.
func (r *Call) media(usual string) string {
	if m := r.body.Media; m != "" && !strings.Contains(m, "*") {
		return m
	}
	return usual
}

// bytesMedia returns the media type of bytes; "" if the caller has to say which one of a range of
// others they are.
func (r *Call) bytesMedia() string {
	kind, ranged := strings.CutSuffix(r.body.Media, "/*")
	if ranged && r.body != &r.op.Body && kind != "*" && kind != "application" {
		return ""
	}
	return r.media(mediaBytes)
}

func textPayload(media string, text []byte) *payload {
	return &payload{
		contentType: media,
		length:      int64(len(text)),
		replay:      true,
		content:     func() (io.Reader, error) { return bytes.NewReader(text), nil },
	}
}

// attach makes the payload the body of req.
func (p *payload) attach(req *http.Request) error {
	switch said := req.Header.Get("Content-Type"); {
	case said != "" && !p.form:
	case p.contentType == "":
		return errors.New(`the spec has a range of media types for the body; name one by WithHeader(ctx, "Content-Type", …)`)
	default:
		req.Header.Set("Content-Type", p.contentType)
	}
	if p.length == 0 {
		req.Body = http.NoBody
		return nil
	}
	body, err := p.open()
	if err != nil {
		return err
	}
	req.Body, req.ContentLength = body, p.length
	if p.replay {
		req.GetBody = p.open // for redirects that keep the method, and for dead connections
	}
	return nil
}

// open starts reading the content from its beginning. net/http may still be reading an earlier
// upload of the same reader, since a server can answer before it has read everything; open ends
// that upload first.
func (p *payload) open() (io.ReadCloser, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != nil {
		p.last.Close()
	}
	content, err := p.content()
	if err != nil {
		return nil, err
	}
	p.last = &upload{content: content}
	return p.last, nil
}
