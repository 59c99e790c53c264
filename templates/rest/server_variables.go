package rest

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// ServerURL is an address in the spec at which the API, or some of its operations, is served. Names
// in braces are variables.
type ServerURL struct {
	URL       string
	Variables []ServerVariable
	Of        string // the Server of operations with one of their own; "" for the API's
}

// ServerVariable is a part of a ServerURL.
type ServerVariable struct {
	Name, Default string
	Enum          []string // empty allows every value
}

// WithServerVariable sets a variable of the spec's server, by its name there: of the URL that a
// client calls, and of the path that a server serves. A value that the spec does not allow is an
// error of the constructor, and so is a variable that the server in use does not have.
func WithServerVariable(name, value string) Option {
	return option(func(s *settings) {
		if s.variables == nil {
			s.variables = make(map[string]string)
		}
		s.variables[name] = value
	})
}

// expand puts values, or else defaults, into the URL.
func (s *ServerURL) expand(values map[string]string) (string, error) {
	pairs := make([]string, 0, 2*len(s.Variables))
	scheme, rest, absolute := strings.Cut(s.URL, "://")
	host, _, _ := strings.Cut(rest, "/")
	if absolute {
		host = scheme + host
	}
	for i := range s.Variables {
		v := &s.Variables[i]
		value, given := values[v.Name]
		if !given {
			value = v.Default
		} else if err := v.allows(value, strings.Contains(host, "{"+v.Name+"}")); err != nil {
			return "", fmt.Errorf("WithServerVariable: %s: %w", v.Name, err)
		}
		pairs = append(pairs, "{"+v.Name+"}", value)
	}
	text := strings.NewReplacer(pairs...).Replace(s.URL)
	if len(values) == 0 {
		return text, nil
	}
	if usual, err := s.expand(nil); err == nil && oddPath(text) && !oddPath(usual) {
		return "", fmt.Errorf("WithServerVariable: %q has an empty segment, or one of dots", text)
	}
	return text, nil
}

// oddPath reports whether the path of a server has an empty segment, or one of dots, which leads
// elsewhere. A slash at its end does not count.
func oddPath(text string) bool {
	if _, rest, absolute := strings.Cut(text, "://"); absolute {
		_, text, _ = strings.Cut(rest, "/")
		text = "/" + text
	}
	text = strings.TrimSuffix(text, "/")
	for i, segment := range strings.Split(text, "/") {
		plain := unescapePath(segment)
		if i > 0 && plain == "" || plain == "." || plain == ".." {
			return true
		}
	}
	return false
}

// allows checks a value. It cannot change which parts of the URL others are.
func (v *ServerVariable) allows(value string, inHost bool) error {
	if len(v.Enum) > 0 {
		if !slices.Contains(v.Enum, value) {
			return fmt.Errorf("%q is not one of %q", value, v.Enum)
		}
		return nil
	}
	if value == "" && v.Default != "" {
		return errors.New("an empty value would leave a part of the URL out")
	}
	odd := func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`?#@\{}`, c) }
	if strings.ContainsFunc(value, odd) || inHost && strings.Contains(value, "/") {
		return fmt.Errorf("%q is not allowed in that place of a URL", value)
	}
	return nil
}

// serverOf returns the server of the API that a base URL is, in the spec's spelling. Without one it
// is the first.
func serverOf(servers []ServerURL, base string) *ServerURL {
	for i := range servers {
		if s := &servers[i]; s.Of == "" && (base == "" || strings.TrimRight(base, "/") == s.URL) {
			return s
		}
	}
	return nil
}

// ownServer returns the server of operations that have one of their own.
func ownServer(servers []ServerURL, of string) *ServerURL {
	for i := range servers {
		if s := &servers[i]; s.Of != "" && s.Of == of {
			return s
		}
	}
	return nil
}

// has reports whether the URL has a variable.
func (s *ServerURL) has(name string) bool {
	named := func(v ServerVariable) bool { return v.Name == name }
	return s != nil && slices.ContainsFunc(s.Variables, named)
}

// hasAny reports whether the URL has one of the variables.
func (s *ServerURL) hasAny(values map[string]string) bool {
	for name := range values {
		if s.has(name) {
			return true
		}
	}
	return false
}

// expandOwn puts values into the URL of an operation's own server.
func expandOwn(servers []ServerURL, of string, values map[string]string) (string, error) {
	if s := ownServer(servers, of); s != nil && len(values) > 0 {
		return s.expand(values)
	}
	return of, nil
}

// expandBase returns the base URL of a client, and which server of the spec it is; nil for another.
func (c *Client) expandBase(text string) (string, *ServerURL, error) {
	if text == "" && c.config.DefaultURL != "" && len(c.settings.variables) == 0 {
		return c.config.DefaultURL, nil, nil
	}
	s := serverOf(c.config.Servers, text)
	if s == nil {
		return text, nil, nil
	}
	base, err := s.expand(c.settings.variables)
	return base, s, err
}

// setVariables puts the values of variables into the paths that a server serves.
func (s *Server) setVariables() error {
	if len(s.variables) == 0 {
		return nil
	}
	used := serverOf(s.config.Servers, "")
	if err := checkVariables(s.config.Servers, used, s.variables); err != nil {
		return err
	}
	if used.hasAny(s.variables) && !s.otherPath {
		path, err := serverPath(used, s.variables)
		if err != nil {
			return err
		}
		s.basePath = path
	}
	s.config.Operations = slices.Clone(s.config.Operations)
	for i := range s.config.Operations {
		op := &s.config.Operations[i]
		if op.Server == "" {
			continue
		}
		own, err := expandOwn(s.config.Servers, op.Server, s.variables)
		if err != nil {
			return err
		}
		op.Server = own
	}
	return nil
}

// checkVariables refuses variables that no server in use has: used is that of the API, nil if it is
// none of the spec's.
func checkVariables(servers []ServerURL, used *ServerURL, values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		own := func(s ServerURL) bool { return s.Of != "" && ownServer(servers, s.Of).has(name) }
		if used.has(name) || slices.ContainsFunc(servers, own) {
			continue
		}
		where := "the base URL is not a server of the spec, so it"
		if used != nil {
			where = "the server " + used.URL
		}
		return fmt.Errorf("WithServerVariable: %s has no variable %q", where, name)
	}
	return nil
}

var errNoPath = errors.New("WithServerVariable: the server's URL has no usable path")

// serverPath returns the path of a server with values of its variables.
func serverPath(s *ServerURL, values map[string]string) (string, error) {
	text, err := s.expand(values)
	if err != nil {
		return "", err
	}
	if scheme, rest, absolute := strings.Cut(text, "://"); absolute && scheme != "" {
		_, rest, _ = strings.Cut(rest, "/")
		text = "/" + rest
	}
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil {
		return "", errNoPath
	}
	return u.EscapedPath(), nil
}
