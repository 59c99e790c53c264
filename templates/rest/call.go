package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Call is one call of an operation, from its parameters to its answer. Setters keep the first
// error, so that a generated method checks only once.
type Call struct {
	core    *Client
	op      *Operation
	body    *Body    // of its media types the one that is sent
	set     []bool   // which of op.params have a value
	paths   []string // escaped values of the path parameters
	query   []byte
	header  []headerLine
	cookie  string
	payload *payload
	accept  string
	ready   bool // finish has run
	err     error
	to      *url.URL // instead of the API's, with the whole path
	spare   *url.URL // room for that of the first request
	flight  progress
	answer  Response
}

// headerLine is a header with its name as http.Header spells it.
type headerLine struct{ name, value string }

// callRoom is a call with space for the usual parameters, in one allocation.
type callRoom struct {
	Call
	set     [16]bool
	paths   [4]string
	query   [64]byte
	header  [2]headerLine
	url     url.URL
	charges [3]ratelimit.Charge
	sending sending
}

// Path sets a path parameter, and its siblings one of the query, a header or a cookie.
// A nil pointer, slice or map and an empty list leave the parameter out.
func (r *Call) Path(name string, value any)        { r.param(InPath, name, value) }
func (r *Call) QueryParam(name string, value any)  { r.param(InQuery, name, value) }
func (r *Call) HeaderParam(name string, value any) { r.param(InHeader, name, value) }
func (r *Call) CookieParam(name string, value any) { r.param(InCookie, name, value) }

func (r *Call) param(in Place, name string, value any) {
	for i := range r.op.Params {
		if p := &r.op.Params[i]; p.In == in && p.Name == name {
			r.putAny(i, value)
			return
		}
	}
	r.fail(fmt.Errorf("unknown parameter %s", name))
}

// encode puts the value of the i-th parameter into the request.
func (r *Call) encode(i int, p *Param, value any) error {
	n, err := takeApart(value)
	if err != nil {
		return err
	}
	if n.kind == nodeNone {
		return nil
	}
	if p.Style == StyleJSON {
		text, err := marshal(value)
		if err != nil {
			return err
		}
		q := *p
		q.Style, p, n = StyleDefault, &q, node{kind: nodeText, text: string(text)}
	}
	return r.place(i, p, n)
}

// place is encode for what has been taken apart.
func (r *Call) place(i int, p *Param, n node) (err error) {
	if n.kind != nodeText && len(n.items) == 0 {
		return nil // an empty list cannot be encoded so that servers read it as one
	}
	switch p.In {
	case InPath:
		r.paths[i], err = encodePath(p, n)
	case InHeader:
		err = r.setHeader(p, n)
	default:
		err = r.addPairs(p, n)
	}
	r.set[i] = err == nil
	return err
}

func (r *Call) setHeader(p *Param, n node) error {
	text, err := encodeHeader(p, n)
	if err != nil {
		return err
	}
	name := http.CanonicalHeaderKey(p.Name)
	for i := range r.header {
		if r.header[i].name == name {
			r.header[i].value = text
			return nil
		}
	}
	r.header = append(r.header, headerLine{name, text})
	return nil
}

func (r *Call) addPairs(p *Param, n node) error {
	if n.kind == nodeText && p.In == InQuery && p.Style == StyleDefault {
		if err := p.spellable(n); err != nil {
			return err
		}
		r.addQuery(p.Name, escape(n.text))
		return nil
	}
	pairs, err := encodePairs(p, n)
	if err != nil {
		return err
	}
	for _, e := range pairs {
		if p.In == InCookie {
			r.cookie = joinCookie(r.cookie, escape(e.name)+"="+e.value)
		} else {
			r.addQuery(e.name, e.value)
		}
	}
	return nil
}

// addQuery adds a pair whose value is escaped.
func (r *Call) addQuery(name, value string) {
	if len(r.query) > 0 {
		r.query = append(r.query, '&')
	}
	r.query = append(append(append(r.query, escape(name)...), '='), value...)
}

func (r *Call) failParam(name string, err error) { r.fail(fmt.Errorf("parameter %s: %w", name, err)) }

func (r *Call) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// finish fills in the scope and reports invalid or missing values. If it fails, nothing has been
// sent or counted.
func (r *Call) finish() error {
	if r.ready {
		return errors.New("the call was sent already")
	}
	r.ready = true
	for i := range r.op.Params {
		p := &r.op.Params[i]
		if value := r.core.config.Scope[p.Name]; value != "" && !r.set[i] {
			r.param(p.In, p.Name, value)
		}
		if p.Required && !r.set[i] {
			r.fail(fmt.Errorf("parameter %s: required, but not given", p.Name))
		}
	}
	if r.op.Body.Required && r.payload == nil {
		r.fail(errors.New("the request body is required, but not given"))
	}
	return r.err
}

// target appends the path with its values, still escaped, and returns the query.
func (r *Call) target(path []byte) (filled []byte, query string) {
	rest, query, _ := strings.Cut(r.op.Path, "?")
	for {
		before, after, found := strings.Cut(rest, "{")
		path = append(path, before...)
		if !found {
			return path, joinQuery(query, string(r.query))
		}
		name, after, _ := strings.Cut(after, "}")
		for i := range r.paths {
			if r.op.Params[i].Name == name {
				path = append(path, r.paths[i]...)
			}
		}
		rest = after
	}
}
