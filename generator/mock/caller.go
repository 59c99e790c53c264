package mock

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/templates/rest"
)

// identify names the caller of a request: any credential is accepted, and none too.
func (s *Server) identify(
	ctx context.Context, r *http.Request, _ string, _ [][]string,
) (context.Context, error) {
	name := s.caller(r)
	return rest.WithIdentity(ctx, rest.Identity{Key: name, Plan: s.options.Plans[name]}), nil
}

// caller returns the user of a Basic Authorization or the token of another; else the value of the
// first API key of the spec that the request has; else the client's address.
func (s *Server) caller(r *http.Request) string {
	if user, _, ok := r.BasicAuth(); ok && user != "" {
		return user
	}
	if text := strings.TrimSpace(r.Header.Get("Authorization")); text != "" {
		if _, token, ok := strings.Cut(text, " "); ok {
			return strings.TrimSpace(token)
		}
		return text
	}
	for _, c := range s.callers {
		if value := apiKey(r, c); value != "" {
			return value
		}
	}
	return address(r)
}

func apiKey(r *http.Request, c rest.Credential) string {
	switch c.In {
	case rest.InQuery:
		return r.URL.Query().Get(c.Name)
	case rest.InCookie:
		if cookie, err := r.Cookie(c.Name); err == nil {
			return cookie.Value
		}
		return ""
	}
	return r.Header.Get(c.Name)
}

// address returns the client's address: the peer's, or the last of X-Forwarded-For that is not on
// this machine, as limits for each client have it.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	peer, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	peer = peer.Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := hopAddress(strings.TrimSpace(hop))
		if err != nil || !peer.IsLoopback() {
			break
		}
		peer = next.Unmap().WithZone("")
	}
	return peer.String()
}

// hopAddress reads an address that may have a port, or brackets.
func hopAddress(hop string) (netip.Addr, error) {
	if pair, err := netip.ParseAddrPort(hop); err == nil {
		return pair.Addr(), nil
	}
	return netip.ParseAddr(strings.Trim(hop, "[]"))
}
