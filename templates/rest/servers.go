package rest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// An address is where requests are sent to: a base URL without a slash at its end.
type address struct {
	base  string
	url   *url.URL
	path  string // of url
	plain bool   // a plain path behind base makes a URL that is url with path before it
}

// newAddress finds out how paths are put behind a base URL.
func newAddress(base string, u *url.URL) address {
	a := address{base: base, url: u, path: strings.TrimRight(u.Path, "/")}
	whole, err := url.Parse(base + "/a")
	joined := *u
	joined.Path = a.path + "/a"
	a.plain = err == nil && u.RawPath == "" && plainPath(joined.Path) && whole.Path == joined.Path && whole.String() == joined.String()
	return a
}

// WithServerURL makes the operations whose own server in the spec is server call url instead. Both
// are base URLs. Without it these operations call that server when the client was made for any
// server of the spec, as OpenAPI has it, and else the host of the client's base URL, below the path
// of their own server.
func WithServerURL(server, url string) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if url == "" {
			return errors.New("WithServerURL: no URL")
		}
		if s.servers == nil {
			s.servers = make(map[string]string)
		}
		s.servers[strings.TrimRight(server, "/")] = url
		return nil
	})
}

// setServers finds the addresses of operations that have a server of their own.
func (c *Client) setServers() error {
	used := make(map[string]bool)
	for i := range c.config.Operations {
		op := &c.config.Operations[i]
		if op.Server == "" {
			continue
		}
		to, given := c.settings.servers[strings.TrimRight(op.Server, "/")]
		used[strings.TrimRight(op.Server, "/")] = true
		if !given {
			var err error
			if to, err = expandOwn(c.config.Servers, op.Server, c.settings.variables); err != nil {
				return err
			}
		}
		a, err := parseAddress(c.baseURL, to, c.moved && !given)
		if err != nil {
			return err
		}
		if c.own == nil {
			c.own = make(map[*Operation]address)
		}
		c.own[op] = a
	}
	for server := range c.settings.servers {
		if !used[server] {
			return fmt.Errorf("WithServerURL: no operation has the server %q of its own", server)
		}
	}
	return nil
}

// parseAddress reads the URL of a server. A path alone is below the host of base, and so is any
// other when moved.
func parseAddress(base *url.URL, text string, moved bool) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return address{}, fmt.Errorf("server: %w", err)
	}
	if u.Host == "" || moved {
		u.Scheme, u.Host, u.User = base.Scheme, base.Host, base.User
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return address{}, fmt.Errorf("the server %q is not an absolute http or https URL", text)
	}
	return newAddress(strings.TrimRight(u.String(), "/"), u), nil
}

// address returns where an operation is called.
func (c *Client) address(op *Operation) address {
	if c.own == nil {
		return c.to
	}
	if own, ok := c.own[op]; ok {
		return own
	}
	return c.to
}
