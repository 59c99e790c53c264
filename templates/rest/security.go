package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// grant is one credential that a request carries.
type grant struct {
	credential *Credential
	source     TokenSource
	value      string
}

// setSources maps the API's security schemes to the sources that the options gave.
func (c *Client) setSources() error {
	s := &c.settings
	c.sources = make(map[string]TokenSource)
	token := s.token
	if s.fetch != nil {
		if token != nil {
			return errors.New("two sources of the token: WithToken and a token request")
		}
		cache := &tokenCache{clock: c.clock}
		cache.fetch = func(ctx context.Context) (string, time.Duration, error) {
			bare := *c
			bare.sources = maps.Clone(c.sources)
			maps.DeleteFunc(bare.sources, func(_ string, source TokenSource) bool { return source == TokenSource(cache) })
			return s.fetch(ctx, &bare)
		}
		token = cache
	}
	used := token == nil
	known := make(map[string]bool)
	for _, cr := range c.config.Credentials {
		known[cr.Scheme] = true
		if token != nil && cr.Prefix == "Bearer " {
			c.sources[cr.Scheme], used = token, true
		}
	}
	if !used {
		return errors.New("a token was given, but no security scheme of this API takes one")
	}
	if err := c.setOAuth(); err != nil {
		return err
	}
	for scheme, source := range s.tokens {
		if !known[scheme] {
			return fmt.Errorf("WithCredential: the API has no security scheme %q that takes a value", scheme)
		}
		c.sources[scheme] = source
	}
	return nil
}

// grants gets the credentials of a request: those of the first alternative for which all sources
// are set. Without such an alternative, the request is sent without credentials and the server
// answers 401. It runs before the limits admit the request, because a fetch of a token may itself
// need the same limits.
func (c *Client) grants(ctx context.Context, op *Operation) ([]grant, error) {
	for _, schemes := range op.Security {
		chosen := c.alternative(schemes)
		for i := range chosen {
			value, err := chosen[i].source.Token(ctx)
			if err == nil && !headerSafe(value) {
				err = errors.New("it holds a control character, perhaps a line break at its end")
			}
			if err != nil {
				return nil, fmt.Errorf("credential %s: %w", chosen[i].credential.Scheme, err)
			}
			chosen[i].value = value
		}
		if len(chosen) > 0 {
			return chosen, nil
		}
	}
	return nil, nil
}

// alternative returns a grant for each scheme, or nothing if one has no source. A scheme that is
// not in the table has no value to send (client certificates) and is left to the transport.
func (c *Client) alternative(schemes []string) []grant {
	var list []grant
	for _, scheme := range schemes {
		for i := range c.config.Credentials {
			cr := &c.config.Credentials[i]
			if cr.Scheme != scheme {
				continue
			}
			source := c.sources[scheme]
			if source == nil {
				return nil
			}
			list = append(list, grant{credential: cr, source: source})
		}
	}
	return list
}

// apply puts the credential into the request.
func (g *grant) apply(req *http.Request) {
	value := g.credential.Prefix + g.value
	switch g.credential.In {
	case InQuery:
		req.URL.RawQuery = joinQuery(req.URL.RawQuery, url.QueryEscape(g.credential.Name)+"="+url.QueryEscape(value))
	case InCookie:
		req.Header.Set("Cookie", joinCookie(req.Header.Get("Cookie"), g.credential.Name+"="+value))
	default:
		req.Header.Set(g.credential.Name, value)
	}
}

// drop tells the sources that the server refused their values, and reports whether a retry may
// help.
func drop(grants []grant) bool {
	again := false
	for _, g := range grants {
		if d, ok := g.source.(interface{ Drop(token string) }); ok {
			d.Drop(g.value)
			again = true
		}
	}
	return again
}

// guardRedirects returns a copy of client that sends no credential on to another host. net/http
// removes Authorization and Cookie there, but it keeps them for subdomains, keeps an API key in any
// other header, and puts an API key of the query into Referer. A redirect to the same host waits
// for a permit of its own.
func guardRedirects(client *http.Client, credentials []Credential) *http.Client {
	guarded := *client
	policy := client.CheckRedirect
	guarded.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if perCallOf(via[0].Context()).stay {
			return http.ErrUseLastResponse
		}
		if strays(req, via) {
			for _, cr := range credentials {
				if cr.In == InHeader {
					req.Header.Del(cr.Name)
				}
			}
			for _, name := range [...]string{"Authorization", "Cookie", "Referer"} {
				req.Header.Del(name)
			}
		}
		if policy != nil {
			if err := policy(req, via); err != nil {
				return err
			}
		} else if len(via) >= 10 {
			return errors.New("stopped after 10 redirects")
		}
		return follow(req, via)
	}
	return &guarded
}

// strays reports whether any hop left the first request's host, or https; coming back does not undo
// that.
func strays(req *http.Request, via []*http.Request) bool {
	home := via[0].URL
	away := func(u *url.URL) bool {
		return u.Scheme != home.Scheme && u.Scheme != "https" || !strings.EqualFold(u.Host, home.Host)
	}
	for _, r := range via[1:] {
		if away(r.URL) {
			return true
		}
	}
	return away(req.URL)
}
