package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Webhooks receives the requests that an API sends: its webhooks, and the callbacks of its
// operations. It is an http.Handler for an address that gets all of them, and has one for each
// that has an address of its own.
type Webhooks struct {
	server  *Server
	handler http.Handler // of ServeHTTP, with the middleware around it
}

// NewWebhooks checks the options, so that a wrong one is an error here. Whether a request comes
// from the API has to be checked by WithSignature or WithAuth, or before, as WithoutAuth says.
func NewWebhooks(config ServerConfig, options []ServerOption) (*Webhooks, error) {
	s, err := newSettings(config, options)
	if err != nil {
		return nil, err
	}
	if s.auth == nil && s.signature == nil && !s.open {
		return nil, errors.New("webhooks can be sent by others than the API: give WithSignature a hook that verifies them, " +
			"or WithoutAuth where something in front does")
	}
	if s.signature != nil {
		s.open = true
	}
	if err := s.checkAuth(); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	return &Webhooks{s, s.wrapped(func(w http.ResponseWriter, r *http.Request) { s.answerWith(w, r, (*Exchange).received) })}, nil
}

// Handle sets the handler of a webhook.
func (h *Webhooks) Handle(webhook int, f func(x *Exchange) error) { h.server.Handle(webhook, f) }

// Only returns a handler for an address that gets one webhook, by its constant.
func (h *Webhooks) Only(webhook int) http.Handler {
	s := h.server
	method := s.config.Operations[webhook].Method
	return s.wrapped(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			s.answerWith(w, r, func(x *Exchange) error {
				x.w.Header().Set("Allow", method)
				return &APIError{StatusCode: http.StatusMethodNotAllowed}
			})
			return
		}
		s.answerWith(w, r, func(x *Exchange) error { return x.serveOnly(webhook) })
	})
}

// ServeHTTP receives a webhook at an address that gets all of them. It is the one that has the
// request's method and whose schema accepts the body; a property such as type tells them apart. A
// body that fits several is answered 400, and the log says so, unless WithWebhookName is set. The
// hook of WithAuth is called before the body is read, so with the first webhook that has the
// method; again only if the one that it is has other security.
func (h *Webhooks) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handler.ServeHTTP(w, r) }

// answerWith answers a request by a function instead of by its path.
func (s *Server) answerWith(w http.ResponseWriter, r *http.Request, f func(x *Exchange) error) {
	s.answer(w, r, func(x *Exchange) error {
		x.view.rawQuery, x.view.header = r.URL.RawQuery, r.Header
		x.view.op = nil // which was that of an earlier request
		x.setPath(x.values[:0])
		return f(x)
	})
}

// received serves the webhook that the request is.
func (x *Exchange) received() error {
	at, err := x.webhook()
	if err != nil {
		return err
	}
	return x.serveOnly(at)
}

// serveOnly serves an operation, whatever the path.
func (x *Exchange) serveOnly(op int) error { return x.serve(&x.server.routes[x.server.places[op]]) }

// webhook finds which webhook a request is. It reads nothing of a body whose sender is not known:
// the hooks come first, that of WithAuth with the first webhook that the request may be.
func (x *Exchange) webhook() (int, error) {
	s := x.server
	var candidates []int
	for i := range s.config.Operations {
		if s.config.Operations[i].Method == x.r.Method {
			candidates = append(candidates, i)
		}
	}
	switch len(candidates) {
	case 0:
		var allow []string
		for i := range s.config.Operations {
			allow = append(allow, s.config.Operations[i].Method)
		}
		slices.Sort(allow)
		x.w.Header().Set("Allow", strings.Join(slices.Compact(allow), ", "))
		return 0, &APIError{StatusCode: http.StatusMethodNotAllowed}
	case 1:
		if s.hookName == nil {
			return candidates[0], nil
		}
	}
	if s.auth != nil {
		x.serves(candidates[0])
		if err := x.authenticate(); err != nil {
			return 0, err
		}
		x.asked, x.view.op = x.view.op, nil // which one it is, is not known yet
	}
	if err := x.verify(); err != nil {
		return 0, err
	}
	data, err := x.whole()
	if err != nil {
		return 0, err
	}
	if s.hookName != nil {
		if id := s.hookName(x.r, data); id != "" {
			return x.webhookNamed(id)
		}
	}
	return x.webhookFor(candidates, data)
}

// webhookFor finds the webhook whose schema accepts the body. Of several it is none: a guess would
// drop what only the other one has.
func (x *Exchange) webhookFor(candidates []int, data []byte) (int, error) {
	s := x.server
	media := x.r.Header.Get("Content-Type")
	known := false
	var fit []int
	var names []string
	var wrong []notTaken
	sound := sync.OnceValue(func() error { return checkText(data) })
	spent := -effortByte * len(data) // by the checks of all candidates
	for _, i := range candidates {
		op := &s.config.Operations[i]
		switch at := op.takes(media); {
		case op.Body.Kind == BodyNone && len(data) > 0, op.Body.Kind != BodyNone && at < 0:
			continue
		case op.Body.Kind != BodyNone:
			known = true
			if body := op.body(at); body.Kind == BodyJSON {
				if err := sound(); err != nil {
					wrong = append(wrong, notTaken{err: err})
					continue
				}
				has, err := s.constants(nil, body.Schema, data, 0)
				if err == nil {
					err = s.checkWithin(body.Schema, scanPointer(data, ""), "body", &spent)
				}
				if spent > effortBase { // whether this one or another fits is not known
					return 0, badRequest("body: too complicated")
				}
				if err != nil {
					wrong = append(wrong, notTaken{err, has})
					continue
				}
			}
		}
		fit, names = append(fit, i), append(names, op.ID)
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1:
		text := "the body fits several webhooks: " + strings.Join(names, ", ")
		x.log(errors.New(text + "; give WithWebhookName a hook that tells which one it is, or each an address by Only"))
		return 0, badRequest(text)
	case !known:
		return 0, &APIError{StatusCode: http.StatusUnsupportedMediaType}
	}
	return 0, closest(wrong)
}

// notTaken is why a webhook does not take a body, and the names of its constants that the body has.
type notTaken struct {
	err       error
	constants []string
}

// closest returns why a webhook does not take the body, if it is the only one of which the body has
// a constant, such as its type, that no other webhook has.
func closest(all []notTaken) error {
	var found error
	for i, r := range all {
		own := slices.ContainsFunc(r.constants, func(name string) bool {
			for j, other := range all {
				if i != j && slices.Contains(other.constants, name) {
					return false
				}
			}
			return true
		})
		if own && found != nil {
			found = nil
			break
		}
		if own {
			found = r.err
		}
	}
	if found == nil {
		return badRequest("the body is none of the webhooks that this address knows")
	}
	return found
}

// mostConstant bounds a body, and a value, in which constants are looked for.
const mostConstant = 64 << 10

// constants appends the names of the properties with listed values of which the body has one. The
// error tells of a property that has another value.
func (s *Server) constants(names []string, schema int, data []byte, depth int) (_ []string, other error) {
	if schema == 0 || len(data) > mostConstant {
		return names, nil
	}
	at := &s.config.Schemas[schema]
	for _, p := range at.Properties {
		allowed := s.config.Schemas[p.Schema].Enum
		if len(allowed) == 0 {
			continue
		}
		value := scanPointer(data, "/"+nameToken.Replace(p.Name))
		switch {
		case slices.ContainsFunc(allowed, func(text string) bool { return sameValue(value, text) }):
			names = append(names, p.Name)
		case value.kind != jsonMissing && value.kind != jsonInvalid:
			f := wrong("not one of the allowed values").under(p.Name)
			other = badRequest("body" + f.pointer + ": " + f.what)
		}
	}
	for _, part := range at.AllOf {
		if depth < jsonDepth {
			var err error
			if names, err = s.constants(names, part, data, depth+1); err != nil {
				other = err
			}
		}
	}
	return names, other
}

// webhookNamed returns the webhook that the hook of WithWebhookName named.
func (x *Exchange) webhookNamed(id string) (int, error) {
	s := x.server
	for i := range s.config.Operations {
		if op := &s.config.Operations[i]; op.ID == id && op.Method == x.r.Method {
			return i, nil
		}
	}
	return 0, &APIError{StatusCode: http.StatusNotFound, Message: "the webhook is not known here"}
}

// WithWebhookName sets a hook that tells which webhook a request is, where one address gets several
// that their schemas do not tell apart: it returns the name in the spec, or the operationId if it
// has one. Unknown names are answered 404; with "" the schemas decide.
//
//	func(r *http.Request, _ []byte) string { return r.Header.Get("X-Event") }
func WithWebhookName(name func(r *http.Request, body []byte) string) ServerOption {
	return serverOption(func(s *serverSettings) error {
		if name == nil {
			return errors.New("WithWebhookName: nil hook")
		}
		s.hookName = name
		return nil
	})
}

// refuseWebhookName refuses WithWebhookName where no webhooks are received.
func (s *serverSettings) refuseWebhookName() error {
	if s.hookName != nil {
		return errors.New("WithWebhookName is for webhooks; the path tells a server's operations apart")
	}
	return nil
}

// whole reads the body and puts it back, for what has to see it as it was sent.
func (x *Exchange) whole() ([]byte, error) {
	if x.r.Body == nil || x.r.Body == http.NoBody {
		return nil, nil
	}
	bound := x.server.maxBody
	if x.r.ContentLength > bound {
		return nil, &APIError{StatusCode: http.StatusRequestEntityTooLarge}
	}
	data, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, bound))
	if err != nil {
		return nil, readError(err)
	}
	x.r = x.r.WithContext(x.r.Context())
	x.r.Body, x.r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	if len(data) == 0 {
		x.r.Body = http.NoBody
	}
	return data, nil
}

// WithSignature sets a hook that verifies a request by its body as it was sent, before that is
// decoded. A server has decided the limits that need the caller's address alone by then, and so has
// a webhook at an address of its own; at one that gets several webhooks these limits come after,
// since they belong to one of them. An *APIError that the hook returns is the answer; another error
// is answered 401. WithMaxBody bounds what is read.
//
//	mac := hmac.New(sha256.New, secret)
//	mac.Write(body)
//	if !hmac.Equal(mac.Sum(nil), sent) {
//		return errors.New("wrong signature")
//	}
func WithSignature(verify func(r *http.Request, body []byte) error) ServerOption {
	return serverOption(func(s *serverSettings) error {
		if verify == nil {
			return errors.New("WithSignature: nil hook")
		}
		s.signature = verify
		return nil
	})
}

// verify calls the hook of WithSignature.
func (x *Exchange) verify() error {
	if x.server.signature == nil || x.verified {
		return nil
	}
	data, err := x.whole()
	if err != nil {
		return err
	}
	if err := x.server.signature(x.r, data); err != nil {
		return x.authError(err)
	}
	x.verified = true
	return nil
}

// WithSigner sets a hook that signs each request that a client sends: it sets headers, made from
// the body as it is sent. It is called again before each retry; a redirect that keeps the body, and
// a request that net/http repeats on a new connection, have the headers that it set before. A body
// that can be read only once is an error.
func WithSigner(sign func(r *http.Request, body []byte) error) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if sign == nil {
			return errors.New("WithSigner: nil hook")
		}
		s.sign = sign
		return nil
	})
}

// toSign returns the body that the hook of WithSigner signs; nil if there is no hook or no body.
func (r *Call) toSign() ([]byte, error) {
	if r.core.settings.sign == nil || r.payload == nil {
		return nil, nil
	}
	if !r.payload.replay {
		return nil, errors.New("the body can be read only once, so it cannot be signed")
	}
	content, err := r.payload.open() // net/http may be sending it still, for the request before
	if err != nil {
		return nil, err
	}
	return io.ReadAll(content)
}
