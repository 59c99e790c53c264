package runtime

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// call is one call of an operation while it is put together and sent. Its setters keep the first
// error, so that a generated method needs to check only once.
type call struct {
	core    *core
	op      *operation
	set     []bool   // which of op.params have a value
	paths   []string // escaped values of the path parameters
	query   string
	header  http.Header
	cookie  string
	payload *payload
	accept  string
	ready   bool // finish has run
	err     error
}

// path sets a path parameter, and its siblings one of the query, a header or a cookie.
// A nil pointer, slice or map and an empty list leave the parameter out.
func (r *call) path(name string, value any)        { r.param(inPath, name, value) }
func (r *call) queryParam(name string, value any)  { r.param(inQuery, name, value) }
func (r *call) headerParam(name string, value any) { r.param(inHeader, name, value) }
func (r *call) cookieParam(name string, value any) { r.param(inCookie, name, value) }

func (r *call) param(in place, name string, value any) {
	for i := range r.op.params {
		if p := &r.op.params[i]; p.in == in && p.name == name {
			if err := r.encode(i, p, value); err != nil {
				r.fail(fmt.Errorf("parameter %s: %w", name, err))
			}
			return
		}
	}
	r.fail(fmt.Errorf("unknown parameter %s", name))
}

// encode puts the value of the i-th parameter into the request.
func (r *call) encode(i int, p *param, value any) error {
	n, err := takeApart(value)
	if err != nil {
		return err
	}
	if n.kind == nodeNone {
		return nil
	}
	if p.style == styleJSON {
		text, err := marshal(value)
		if err != nil {
			return err
		}
		q := *p
		q.style, p, n = styleDefault, &q, node{kind: nodeText, text: string(text)}
	}
	if n.kind != nodeText && len(n.items) == 0 {
		return nil // an empty list has no spelling that servers read as one
	}
	switch p.in {
	case inPath:
		r.paths[i], err = encodePath(p, n)
	case inHeader:
		err = r.setHeader(p, n)
	default:
		err = r.addPairs(p, n)
	}
	r.set[i] = err == nil
	return err
}

func (r *call) setHeader(p *param, n node) error {
	text, err := encodeHeader(p, n)
	if err != nil {
		return err
	}
	if r.header == nil {
		r.header = make(http.Header)
	}
	r.header.Set(p.name, text)
	return nil
}

func (r *call) addPairs(p *param, n node) error {
	pairs, err := encodePairs(p, n)
	if err != nil {
		return err
	}
	for _, e := range pairs {
		if p.in == inCookie {
			r.cookie = joinCookie(r.cookie, escape(e.name)+"="+e.value)
		} else {
			r.query = joinQuery(r.query, escape(e.name)+"="+e.value)
		}
	}
	return nil
}

func (r *call) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// finish fills in the scope and reports what is wrong or missing. Nothing has been sent or counted
// then.
func (r *call) finish() error {
	if r.ready {
		return errors.New("the call was sent already")
	}
	r.ready = true
	for i := range r.op.params {
		p := &r.op.params[i]
		if value := r.core.config.scope[p.name]; value != "" && !r.set[i] {
			r.param(p.in, p.name, value)
		}
		if p.required && !r.set[i] {
			r.fail(fmt.Errorf("parameter %s: required, but not given", p.name))
		}
	}
	if r.op.body.required && r.payload == nil {
		r.fail(errors.New("the request body is required, but not given"))
	}
	return r.err
}

// target is the path with the values filled in, still escaped, and the query.
func (r *call) target() (path, query string) {
	var b strings.Builder
	rest, query, _ := strings.Cut(r.op.path, "?")
	for {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String(), joinQuery(query, r.query)
		}
		name, after, _ := strings.Cut(after, "}")
		for i := range r.paths {
			if r.op.params[i].name == name {
				b.WriteString(r.paths[i])
			}
		}
		rest = after
	}
}
