package rest

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// site is a host, and a path on it, that serves operations of the API.
type site struct {
	host   string // in lower case, with its port
	path   string
	router *router
}

// transportRoute is a method and path template with the operations that share it.
type transportRoute struct {
	operations []*Operation
	body       bool // whether a cost, a key or a variant needs the body
	credential bool // whether a key needs the credential
}

// match is a request's place in the API.
type match struct {
	route   int
	view    view
	values  [4]string
	changed bool // a redirect changed the method
}

// first returns the operation to name before the variant is known.
func (m *match) first(t *Transport) *Operation { return t.routes[m.route].operations[0] }

// addSites adds the operations to the routers of the sites that serve them: the bases, or a server
// of their own.
func (t *Transport) addSites() error {
	bases, outside := []address{t.core.to}, t.core.moved
	for _, text := range t.core.settings.transport.bases[min(1, len(t.core.settings.transport.bases)):] {
		text, known, err := t.core.expandBase(text)
		if err != nil {
			return err
		}
		outside = outside || known == nil && !t.core.isServer(text)
		a, err := parseAddress(t.core.baseURL, text, false)
		if err != nil {
			return err
		}
		bases = append(bases, a)
	}
	for i := range t.core.config.Operations {
		op := &t.core.config.Operations[i]
		if own, ok := t.core.own[op]; ok {
			t.add(t.site(own.url), op)
			continue
		}
		for _, base := range bases {
			t.add(t.site(base.url), op)
		}
	}
	if !outside {
		t.addServers(t.site(t.core.to.url))
	}
	for _, s := range t.sites {
		s.router.seal()
	}
	for i := range t.patterns {
		t.patterns[i].router.seal()
	}
	return nil
}

func (t *Transport) site(u *url.URL) *site {
	host, path := hostOf(u), strings.TrimRight(rawPath(u), "/")
	for _, s := range t.sites {
		if s.host == host && s.path == path {
			return s
		}
	}
	s := &site{host: host, path: path, router: new(router)}
	t.sites = append(t.sites, s)
	return s
}

func (t *Transport) add(s *site, op *Operation) {
	at := s.router.add(op.Method, pathOf(op), len(t.routes))
	if at == len(t.routes) {
		t.routes = append(t.routes, transportRoute{})
	}
	r := &t.routes[at]
	if slices.Contains(r.operations, op) {
		return
	}
	r.operations = slices.Insert(r.operations, place(op, len(r.operations), func(i int) *Operation { return r.operations[i] }), op)
	r.body = r.body || op.readsBody()
	r.credential = r.credential || op.counts(DimCredential) >= 0
}

// hostOf returns the host of a URL as one string for all its spellings.
func hostOf(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		if port = "443"; u.Scheme == "http" {
			port = "80"
		}
	}
	return net.JoinHostPort(host, port)
}

// readsBody reports whether the operation's cost, key or variant depends on the body.
func (op *Operation) readsBody() bool {
	if op.When != TestAlways && op.WhenExpr.In == InBody {
		return true
	}
	for i := range op.Rates {
		r := &op.Rates[i]
		if r.Count != nil && r.Count.In == InBody {
			return true
		}
		for j := range r.Key {
			if r.Key[j].Kind == DimExpr && r.Key[j].Expr.In == InBody {
				return true
			}
		}
	}
	return false
}

// find finds the operation that the request calls. A redirect to a URL of the API without an
// operation counts as the request that was redirected, if that is known.
func (t *Transport) find(req *http.Request, m *match) bool {
	if t.match(req, m) {
		return true
	}
	if req.Response == nil || !t.serves(req.URL) {
		return false
	}
	for from := req.Response.Request; from != nil; from = from.Response.Request {
		if strings.EqualFold(from.URL.Host, req.URL.Host) && t.match(from, m) {
			m.changed = from.Method != req.Method
			return true
		}
		if from.Response == nil {
			return false
		}
	}
	return false
}

// serves reports whether a URL is at the host of a server.
func (t *Transport) serves(u *url.URL) bool {
	return slices.ContainsFunc(t.sites, func(s *site) bool { return s.serves(u) }) ||
		slices.ContainsFunc(t.patterns, func(p serverPattern) bool { return p.host.MatchString(hostOf(u)) })
}

// serves reports whether a URL is at the site's host.
func (s *site) serves(u *url.URL) bool {
	if u.Host == s.host {
		return true
	}
	port := ":443"
	if u.Scheme == "http" {
		port = ":80"
	}
	if len(u.Host)+len(port) == len(s.host) && s.host[:len(u.Host)] == u.Host && s.host[len(u.Host):] == port {
		return true
	}
	return hostOf(u) == s.host
}

func (t *Transport) match(req *http.Request, m *match) bool {
	path, method, plain := "", req.Method, false
	if method == "" {
		method = http.MethodGet
	}
	for _, s := range t.sites {
		if !s.serves(req.URL) {
			continue
		}
		if path == "" {
			path = rawPath(req.URL)
			plain = req.URL.RawPath == "" && plainPath(path)
		}
		rest, ok := cutPath(s.path, path)
		if !ok {
			continue
		}
		if t.lookup(s.router, method, rest, plain, req, m) {
			return true
		}
	}
	return len(t.patterns) > 0 && t.matchPattern(req, method, m)
}

// lookup finds the route of a path below a server.
func (t *Transport) lookup(r *router, method, path string, plain bool, req *http.Request, m *match) bool {
	at, values := r.lookup(method, path, plain, m.values[:0])
	if at < 0 && len(path) > 1 && path[len(path)-1] == '/' {
		at, values = r.lookup(method, path[:len(path)-1], plain, m.values[:0])
	}
	if at < 0 {
		return false
	}
	m.route = at
	m.view.path, m.view.rawQuery, m.view.header = values, req.URL.RawQuery, req.Header
	return true
}

// choose finds the first operation of the route that the request matches; nil if it matches none.
func (t *Transport) choose(m *match) *Operation {
	for _, op := range t.routes[m.route].operations {
		if m.view.matches(op) {
			return op
		}
	}
	return nil
}

// sentCredentials returns the credential of each alternative that the request satisfies: a server
// does not know before which of them it accepts, and counts all. A generated client sends one.
func (v *view) sentCredentials(credentials []Credential) (first string, others []string) {
	for _, schemes := range v.op.Security {
		value := v.alternative(schemes, credentials)
		switch {
		case value == "" || value == first || slices.Contains(others, value):
		case first == "":
			first = value
		default:
			others = append(others, value)
		}
	}
	return first, others
}

// alternative returns the first credential of an alternative; "" unless the request has all of
// them.
func (v *view) alternative(schemes []string, credentials []Credential) string {
	first := ""
	for _, scheme := range schemes {
		known, value := false, ""
		for i := range credentials {
			if c := &credentials[i]; c.Scheme == scheme {
				known = true
				if value = c.valueIn(v); value != "" {
					break
				}
			}
		}
		if known && value == "" {
			return ""
		}
		if first == "" {
			first = value
		}
	}
	return first
}

// appendCredential adds what the request costs in the limits that are keyed by credential.
func (v *view) appendCredential(out []ratelimit.Charge, limits []ratelimit.Limit) ([]ratelimit.Charge, error) {
	part := *v.op
	part.Rates = slices.DeleteFunc(slices.Clone(v.op.Rates), func(r Rate) bool {
		return !slices.ContainsFunc(r.Key, func(d Dimension) bool { return d.Kind == DimCredential })
	})
	of := *v
	of.op = &part
	return of.appendCharges(out, limits)
}

// valueIn returns the credential's value in a request, without its prefix; "" without a credential.
func (c *Credential) valueIn(v *view) string {
	value := strings.Trim(v.value(&Expr{In: c.In, Name: c.Name}), " \t")
	name := strings.TrimRight(c.Prefix, " ")
	if name == "" {
		return value
	}
	if len(value) <= len(name) || !strings.EqualFold(value[:len(name)], name) || value[len(name)] != ' ' && value[len(name)] != '\t' {
		return ""
	}
	return strings.Trim(value[len(name):], " \t")
}
