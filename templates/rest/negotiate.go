package rest

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// offer is an answer in another media type than the usual one, and the handler that gives it.
type offer struct {
	media  string
	handle func(x *Exchange) error
}

// HandleBody sets the handler of another of the operation's media types, counted from 1. Requests
// with one that has no handler are answered 415.
func (s *Server) HandleBody(op, n int, f func(x *Exchange) error) {
	v := s.variant(op)
	if v.bodies == nil {
		v.bodies = make(map[int]func(x *Exchange) error)
	}
	v.bodies[n] = f
}

// HandleAnswer sets the handler that answers in another media type, for requests that prefer it.
func (s *Server) HandleAnswer(op int, media string, f func(x *Exchange) error) {
	v := s.variant(op)
	v.offers = append(v.offers, offer{media, f})
}

// variant returns the place of an operation's handlers.
func (s *Server) variant(op int) *variant {
	variants := s.routes[s.places[op]].variants
	for i := range variants {
		if variants[i].op == op {
			return &variants[i]
		}
	}
	return nil
}

// negotiated calls the handler for the media type of the body or, if that is one of those that the
// operation's own method takes, for the answer that the request prefers.
func (x *Exchange) negotiated(chosen *variant) error {
	if f := chosen.bodies[x.media]; f != nil {
		return x.call(f)
	}
	if len(chosen.offers) == 0 {
		return x.call(chosen.handle)
	}
	x.w.Header().Add("Vary", "Accept")
	op := x.view.op
	accepted := acceptedOf(x.r.Header)
	best, handle := 0.0, chosen.handle
	for _, media := range op.Answers {
		best = max(best, accepted.weight(media))
	}
	for _, o := range chosen.offers {
		if q := accepted.weight(o.media); q > best {
			best, handle = q, o.handle
		}
	}
	if best == 0 && op.Unaccepted {
		return &APIError{StatusCode: http.StatusNotAcceptable}
	}
	return x.call(handle)
}

// Type sets the media type of the answer: of several, which are one answer to the handler, the one
// that the request prefers.
func (x *Exchange) Type(media ...string) *Exchange {
	x.sentAs = media[0]
	if len(media) == 1 {
		return x
	}
	accepted := acceptedOf(x.r.Header)
	best := accepted.weight(media[0])
	for _, m := range media[1:] {
		if q := accepted.weight(m); q > best {
			best, x.sentAs = q, m
		}
	}
	return x
}

// typeOr returns the media type of the answer, or a usual one.
func (x *Exchange) typeOr(usual string) string {
	if x.sentAs == "" || strings.Contains(x.sentAs, "*") {
		return usual
	}
	return x.sentAs
}

// accepted are the ranges of media types in the Accept headers of a request.
type accepted []acceptedRange

type acceptedRange struct {
	media  string
	params map[string]string
	q      float64
}

// acceptedOf reads the Accept headers. Without any, everything is accepted.
func acceptedOf(header http.Header) accepted {
	var out accepted
	for _, value := range header["Accept"] {
		for part := range strings.SplitSeq(value, ",") {
			media, params, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			q := quality(params["q"])
			delete(params, "q")
			delete(params, "charset")
			out = append(out, acceptedRange{media, params, q})
		}
	}
	if out == nil {
		out = accepted{{media: "*/*", q: 1}}
	}
	return out
}

// weight returns how much a request prefers a media type: as the most exact of the ranges says that
// have it; 0 if none has.
func (a accepted) weight(media string) float64 {
	name, params, err := mime.ParseMediaType(media)
	if err != nil {
		name = media
	}
	q, exact := 0.0, 0
	for _, r := range a {
		n := r.has(name, params)
		if n > exact || n > 0 && n == exact && r.q > q {
			q, exact = r.q, n
		}
	}
	return q
}

// has says how exactly a range has a media type; 0 if it has not. An offered range, such as
// image/*, is in a range if some type of it is.
func (r *acceptedRange) has(name string, params map[string]string) int {
	for p, value := range r.params {
		if !strings.EqualFold(params[p], value) {
			return 0
		}
	}
	prefix, ranged := strings.CutSuffix(r.media, "*")
	offered, wide := strings.CutSuffix(name, "*")
	switch {
	case r.media == name || wide && strings.HasPrefix(r.media, strings.TrimPrefix(offered, "*/")):
		return fitsExactly + len(r.params)
	case r.media == "*/*":
		return fitsAny
	case ranged && strings.HasPrefix(name, prefix):
		return fitsRange
	}
	return 0
}

// quality reads the weight of a media type; an invalid one is 0.
func quality(text string) float64 {
	if text == "" {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
