package rest

import (
	"context"
	"net/http"
	"net/url"
)

// request makes an HTTP request of the call. It can be made again only if the payload can be
// replayed.
func (r *Call) request(ctx context.Context, grants []grant) (*http.Request, error) {
	if r.op.Redirects {
		ctx = WithoutRedirects(ctx)
	}
	path, query := r.target()
	u, err := url.Parse(r.core.address(r.op).base + path)
	if err != nil {
		return nil, err
	}
	u.RawQuery = query
	req, err := http.NewRequestWithContext(ctx, r.op.Method, "", nil)
	if err != nil {
		return nil, err
	}
	req.URL, req.Host = u, u.Host
	if r.header != nil {
		req.Header = r.header.Clone()
	}
	if err := perCallOf(ctx).addHeaders(req); err != nil {
		return nil, err
	}
	r.decorate(req, grants)
	if r.payload != nil {
		if err := r.payload.attach(req); err != nil {
			return nil, err
		}
	}
	return req, nil
}

func (r *Call) decorate(req *http.Request, grants []grant) {
	if agent := r.core.settings.userAgent; agent != "" && req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", agent)
	}
	if r.accept != "" && req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", r.accept)
	}
	if r.cookie != "" {
		req.Header.Set("Cookie", r.cookie)
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
