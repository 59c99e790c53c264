package rest

import (
	"context"
	"net/http"
	"net/url"
)

// request builds the HTTP request of the call. It can be built again only if the payload can be
// replayed.
func (r *Call) request(ctx context.Context, grants []grant) (*http.Request, error) {
	if (r.op.Redirects || r.to != nil) && !perCallOf(ctx).stay {
		ctx = WithoutRedirects(ctx)
	}
	u, err := r.url()
	if err != nil {
		return nil, err
	}
	req := (&http.Request{
		Method: r.op.Method, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: r.headers(),
	}).WithContext(ctx)
	if err := perCallOf(ctx).addHeaders(req); err != nil {
		return nil, err
	}
	r.decorate(req, grants)
	text, err := r.toSign()
	if err != nil {
		return nil, err
	}
	if r.payload != nil {
		if err := r.payload.attach(req); err != nil {
			return nil, err
		}
	}
	if sign := r.core.settings.sign; sign != nil {
		if err := sign(req, text); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// url builds the request's URL. Only a URL with encoded parts has to be parsed again.
func (r *Call) url() (*url.URL, error) {
	if r.to != nil {
		u := *r.to
		u.RawQuery = joinQuery(u.RawQuery, string(r.query))
		return &u, nil
	}
	to := r.core.address(r.op)
	var space [128]byte
	path, query := r.target(append(space[:0], to.path...))
	if to.plain && plainPath(path) {
		u := r.spare
		if r.spare = nil; u == nil { // a transport may still read an earlier request's URL
			u = new(url.URL)
		}
		*u = *to.url
		u.Path, u.RawQuery = string(path), query
		return u, nil
	}
	u, err := url.Parse(to.base + string(path[len(to.path):]))
	if err != nil {
		return nil, err
	}
	u.RawQuery = query
	return u, nil
}

// headers returns the call's headers, with room for those that are usually added.
func (r *Call) headers() http.Header {
	header := make(http.Header, len(r.header)+2)
	if len(r.header) == 0 {
		return header
	}
	values := make([]string, len(r.header))
	for i := range r.header {
		values[i] = r.header[i].value
		header[r.header[i].name] = values[i : i+1 : i+1]
	}
	return header
}

func (r *Call) decorate(req *http.Request, grants []grant) {
	var values [3]string
	agent, header := r.core.settings.userAgent, req.Header
	first := func(name string) string {
		if lines := header[name]; len(lines) > 0 {
			return lines[0]
		}
		return ""
	}
	if agent != "" && first("User-Agent") == "" {
		values[0] = agent
		header["User-Agent"] = values[:1:1]
	}
	if r.accept != "" && first("Accept") == "" {
		values[1] = r.accept
		header["Accept"] = values[1:2:2]
	}
	if r.cookie != "" {
		values[2] = r.cookie
		header["Cookie"] = values[2:]
	}
	for i := range grants {
		grants[i].apply(req)
	}
}

func joinQuery(a, b string) string { return joinWith(a, "&", b) }

func joinCookie(a, b string) string { return joinWith(a, "; ", b) }

func joinWith(a, sep, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + sep + b
}
