package rest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// mostSites is how many addresses of one server are listed; beyond it a pattern matches them.
const mostSites = 64

// addresses returns the URLs that the values of the variables make; nil if they are too many, or if
// a variable may be any text.
func (s *ServerURL) addresses(values map[string]string) []string {
	out := []string{s.URL}
	for i := range s.Variables {
		v := &s.Variables[i]
		choices := v.choices(values)
		if len(choices) == 0 || len(out)*len(choices) > mostSites {
			return nil
		}
		next := make([]string, 0, len(out)*len(choices))
		for _, text := range out {
			for _, value := range choices {
				next = append(next, strings.ReplaceAll(text, "{"+v.Name+"}", value))
			}
		}
		out = next
	}
	return out
}

// choices returns the values of a variable; none if it may be any text. An option fixes such a one.
func (v *ServerVariable) choices(values map[string]string) []string {
	if len(v.Enum) > 0 {
		return v.Enum
	}
	if value, given := values[v.Name]; given && v.allows(value, false) == nil {
		return []string{value}
	}
	return nil
}

// serverPattern is a server with more addresses than are listed.
type serverPattern struct {
	host   *regexp.Regexp // of hostOf
	path   *regexp.Regexp // of the beginning of a path
	router *router
}

var braced = regexp.MustCompile(`\{[^{}]*\}`)

// pattern returns what matches every address of the server. A variable without an enum is any text
// of a label of the host, or of a segment of the path; one that is the whole host is any host.
func (s *ServerURL) pattern(base *url.URL, values map[string]string) (p serverPattern, err error) {
	scheme, rest, absolute := strings.Cut(s.URL, "://")
	host, path := regexp.QuoteMeta(hostOf(base)), s.URL
	if absolute {
		name, below, _ := strings.Cut(rest, "/")
		path = "/" + below
		host = s.expression(name, values, true)
		if !portAtEnd.MatchString(name) { // a value may have one
			ports := ":443|:80"
			switch strings.ToLower(scheme) {
			case "https":
				ports = ":443"
			case "http":
				ports = ":80"
			}
			host += "(?:" + ports + ")?"
		}
	}
	if p.host, err = regexp.Compile("^(?i:" + host + ")$"); err != nil {
		return p, err
	}
	if p.path, err = regexp.Compile("^" + s.expression(strings.TrimRight(path, "/"), values, false)); err == nil {
		p.path.Longest() // of v1 and v1beta, whichever the path has
	}
	return p, err
}

// portAtEnd finds the port of a host in a template.
var portAtEnd = regexp.MustCompile(`:(\d+|\{[^{}]*\})$`)

// expression returns a part of the template as a regular expression.
func (s *ServerURL) expression(part string, values map[string]string, host bool) string {
	var out strings.Builder
	for part != "" {
		at := braced.FindStringIndex(part)
		if at == nil {
			at = []int{len(part), len(part)}
		}
		out.WriteString(regexp.QuoteMeta(part[:at[0]]))
		if name := part[at[0]:at[1]]; name != "" {
			out.WriteString(s.valueOf(name, values, host, at[0] == 0 && (at[1] == len(part) || part[at[1]] == ':')))
		}
		part = part[at[1]:]
	}
	return out.String()
}

// valueOf returns the values of a variable as a regular expression.
func (s *ServerURL) valueOf(braced string, values map[string]string, host, whole bool) string {
	i := slices.IndexFunc(s.Variables, func(v ServerVariable) bool { return "{"+v.Name+"}" == braced })
	if i < 0 {
		return regexp.QuoteMeta(braced)
	}
	v := &s.Variables[i]
	if choices := v.choices(values); len(choices) > 0 {
		quoted := make([]string, 0, len(choices)+1)
		for _, c := range append(slices.Clip(choices), v.Default) {
			quoted = append(quoted, regexp.QuoteMeta(c))
		}
		return "(?:" + strings.Join(quoted, "|") + ")"
	}
	switch {
	case host && (whole || strings.Contains(v.Default, ":")):
		return "[^/]+"
	case host && strings.Contains(v.Default, "."):
		return "[^/:]+"
	case host:
		return "[^/:.]+"
	case v.Default == "":
		return "[^/]*"
	}
	return "[^/]+" + strings.Repeat("/[^/]+", strings.Count(strings.Trim(v.Default, "/"), "/"))
}

// isServer reports whether a URL is a server of the spec with other values of its variables. One
// with a variable that may be any text does not count: a program's own address may be of its form.
func (c *Client) isServer(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	for i := range c.config.Servers {
		s := &c.config.Servers[i]
		free := func(v ServerVariable) bool { return len(v.Enum) == 0 }
		if s.Of != "" || s.URL == "" || !strings.Contains(s.URL, "://") || slices.ContainsFunc(s.Variables, free) {
			continue
		}
		p, err := s.pattern(u, nil)
		if path := strings.TrimRight(rawPath(u), "/"); err == nil && p.host.MatchString(hostOf(u)) && p.path.FindString(path) == path {
			return true
		}
	}
	return false
}

// addServers adds the servers of the spec that are not called by default, so that a request to any
// of them is counted: those of the API share the router of the first.
func (t *Transport) addServers(first *site) {
	c := t.core
	for i := range c.config.Servers {
		s := &c.config.Servers[i]
		var own []*Operation
		for j := range c.config.Operations {
			if op := &c.config.Operations[j]; op.Server == s.Of {
				own = append(own, op)
			}
		}
		if s.URL == "" || len(own) == 0 {
			continue
		}
		texts := s.addresses(c.settings.variables)
		for _, text := range texts {
			a, err := parseAddress(c.baseURL, text, false)
			if err != nil {
				continue // no request can be sent there
			}
			n := len(t.sites)
			at := t.site(a.url)
			if s.Of == "" && len(t.sites) > n {
				at.router = first.router
			}
			for _, op := range own {
				if s.Of != "" || at.router != first.router {
					t.add(at, op)
				}
			}
		}
		if len(texts) > 0 {
			continue
		}
		p, err := s.pattern(c.baseURL, c.settings.variables)
		if err != nil {
			continue
		}
		if p.router = first.router; s.Of != "" {
			at := &site{router: new(router)}
			for _, op := range own {
				t.add(at, op)
			}
			p.router = at.router
		}
		t.patterns = append(t.patterns, p)
	}
}

// matchPattern is match for servers with more addresses than are listed.
func (t *Transport) matchPattern(req *http.Request, method string, m *match) bool {
	host := hostOf(req.URL)
	for i := range t.patterns {
		p := &t.patterns[i]
		if !p.host.MatchString(host) {
			continue
		}
		path := rawPath(req.URL)
		at := p.path.FindStringIndex(path)
		if at == nil {
			continue
		}
		if t.lookup(p.router, method, path[at[1]:], req.URL.RawPath == "" && plainPath(path), req, m) {
			return true
		}
	}
	return false
}
