package rest

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// An operation may take and give several media types. A body says what it is in Content-Type; of
// the answers the server picks one by Accept.

// body returns the description of one of the operation's media types; the first is 0.
func (o *Operation) body(at int) *Body {
	if at == 0 {
		return &o.Body
	}
	return &o.Bodies[at-1]
}

// body returns the description of the request's body.
func (x *Exchange) body() *Body { return x.view.described() }

// How well a body takes a content type.
const (
	fitsNot = iota
	fitsLoosely
	fitsAny
	fitsRange
	fitsExactly // and one more for each parameter
)

// takes returns which of the operation's media types has a content type; -1 if none has.
func (o *Operation) takes(header string) int {
	if len(o.Bodies) == 0 {
		if o.Body.Kind != BodyNone && acceptsMedia(&o.Body, header) {
			return 0
		}
		return -1
	}
	best, at := fitsNot, -1
	for i := range 1 + len(o.Bodies) {
		if n := o.body(i).fit(header); n > best {
			best, at = n, i
		}
	}
	return at
}

// fit says how well the body takes a content type. Where two media types differ only in their
// parameters, those decide.
func (b *Body) fit(header string) int {
	if !acceptsMedia(b, header) {
		return fitsNot
	}
	got, params, err := mime.ParseMediaType(header)
	if err != nil { // there is none
		return fitsLoosely
	}
	want, needed, err := mime.ParseMediaType(b.Media)
	if err != nil {
		return fitsLoosely
	}
	switch {
	case want == got:
		for name, value := range needed {
			if name != "charset" && !strings.EqualFold(params[name], value) {
				return fitsLoosely
			}
		}
		return fitsExactly + len(needed)
	case want == "*/*":
		return fitsAny
	case strings.HasSuffix(want, "*"):
		return fitsRange
	}
	return fitsLoosely
}

// reads reports whether the server's handler can take one of the operation's media types. A
// middleware reads them all.
func (v *variant) reads(op *Operation, at int) bool {
	return v.handle == nil || !op.body(at).Own || v.bodies[at] != nil
}

// settle notes the variant that was chosen, and which media type its body has.
func (x *Exchange) settle(chosen *variant) {
	x.serves(chosen.op)
	if !x.of.choice {
		return
	}
	op := x.view.op
	if x.media = max(0, op.takes(x.r.Header.Get("Content-Type"))); x.assumed {
		x.media = max(0, op.json())
	}
	x.view.of = op.body(x.media)
}

// unsupported refuses a media type and names those that the request may have.
func (x *Exchange) unsupported(route *route, chosen *variant) error {
	var known []string
	for i := range route.variants {
		v := &route.variants[i]
		if chosen != nil && v.op != chosen.op {
			continue
		}
		op := &x.server.config.Operations[v.op]
		for at := range 1 + len(op.Bodies) {
			if media := op.body(at).Media; media != "" && v.reads(op, at) && !slices.Contains(known, media) {
				known = append(known, media)
			}
		}
	}
	e := &APIError{StatusCode: http.StatusUnsupportedMediaType}
	if len(known) == 0 {
		return e
	}
	list := strings.Join(known, ", ")
	e.Message, e.Header = "the body must be of type "+list, http.Header{"Accept": {list}}
	if compressed(x.r.Header) {
		e.Message = "a compressed body is not read"
		e.Header = http.Header{"Accept-Encoding": {"identity"}}
	}
	return e
}

// json returns which of the operation's media types is JSON; -1 if none is.
func (o *Operation) json() int {
	for at := range 1 + len(o.Bodies) {
		if o.body(at).Kind == BodyJSON {
			return at
		}
	}
	return -1
}

// assumed returns the body that is read of an undeclared media type as JSON, for APIs whose clients
// send any.
func (s *Server) assumed(route *route, chosen *variant) *Body {
	for i := range route.variants {
		v := &route.variants[i]
		op := &s.config.Operations[v.op]
		if at := op.json(); s.config.AssumeJSON && at >= 0 && (chosen == nil || v.op == chosen.op) {
			return op.body(at)
		}
	}
	return nil
}

// takesMedia reports whether an operation takes the body's media type, or one that was read as JSON
// under another.
func (x *Exchange) takesMedia(op *Operation, header string) bool {
	return x.assumed && op.json() >= 0 || op.Body.Kind == BodyNone || op.takes(header) >= 0
}

// acceptsMedia reports whether a content type is one that a body may have. A request without one is
// assumed to be as declared.
func acceptsMedia(b *Body, header string) bool {
	switch {
	case header == "":
		return b.Kind != BodyMultipart
	case b.Kind == BodyJSON && (header == mediaJSON || header == mediaJSON+"; charset=utf-8"):
		return true
	}
	got, _, err := mime.ParseMediaType(header)
	if err != nil {
		return false
	}
	want, _, err := mime.ParseMediaType(b.Media)
	if err != nil {
		want = ""
	}
	switch b.Kind {
	case BodyNone:
		return true
	case BodyJSON:
		return got == want || got == "application/json" || strings.HasSuffix(got, "+json")
	case BodyForm:
		return got == "application/x-www-form-urlencoded"
	case BodyMultipart:
		return got == "multipart/form-data"
	}
	prefix, ranged := strings.CutSuffix(want, "*")
	return got == want || want == "" || want == "*/*" || ranged && strings.HasPrefix(got, prefix)
}

// BodyType sends another of the operation's media types, counted from 1, in the place of the first.
// It comes before the body.
func (r *Call) BodyType(n int) { r.body = r.op.body(n) }

// Accept asks for an answer of a media type.
func (r *Call) Accept(media string) { r.accept = media }

type mediaTypeKey struct{}

// RequestMediaType returns the media type of a handler's request: that of the spec which the body
// has, or the request's Content-Type where the spec has a range, such as image/*; "" in other
// contexts.
func RequestMediaType(ctx context.Context) string {
	media, _ := ctx.Value(mediaTypeKey{}).(string)
	return media
}

// mediaType returns what RequestMediaType is for the request.
func (x *Exchange) mediaType() *string {
	if !x.of.choice {
		return &x.of.media
	}
	media := x.body().Media
	if strings.Contains(media, "*") {
		media = x.r.Header.Get("Content-Type")
	}
	return &media
}
