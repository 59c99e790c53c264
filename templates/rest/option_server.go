package rest

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

type authFunc = func(ctx context.Context, r *http.Request, operationID string, schemes [][]string) (context.Context, error)

type handlerMiddleware = func(ctx context.Context, operationID string, next func(ctx context.Context) error) error

// serverSettings is what the options of a server say.
type serverSettings struct {
	settings
	auth       authFunc
	open       bool
	middleware []func(http.Handler) http.Handler
	around     []handlerMiddleware
	enforcer   ratelimit.Enforcer
	maxBody    int64
	maxUpload  int64
	allHeaders bool
	noHeaders  bool
	proxies    []netip.Prefix
	prefix     int // of IPv6 addresses; 0 is the spec's
	logError   func(ctx context.Context, err error)
	silent     bool // nothing is logged
	basePath   string
	exempt     func(r *http.Request, operationID string) bool
}

type serverOption func(*serverSettings) error

func (o serverOption) applyToServer(s *serverSettings) error { return o(s) }

// WithAuth sets the hook that authenticates a request, before its body is read and before limits,
// but for those that need the client's address alone: they come first, so that guesses are limited
// too. An *APIError that it returns is the answer; another error is answered 401, which names the
// schemes that the spec has for the operation. The context it returns is the handler's. It names
// the caller for limits per identity, and the plan where callers have some:
//
//	user, err := userOf(r.Header.Get("Authorization"))
//	return WithIdentity(ctx, Identity{Key: user.ID, Plan: user.Plan}), err
//
// Where variants of an operation differ in the body only, the hook is given the first one's ID. A
// server whose spec has security needs a hook, or WithoutAuth.
func WithAuth(hook func(ctx context.Context, r *http.Request, operationID string, schemes [][]string) (context.Context, error)) ServerOption {
	return serverOption(func(s *serverSettings) error { s.auth = hook; return nil })
}

// WithoutAuth serves operations that need credentials to every caller, for a server behind one that
// has checked them. Limits per credential then count whatever a caller writes there. A spec with
// limits per identity needs a hook all the same; for tests, WithAuth with one that names a fixed
// identity:
//
//	return WithIdentity(ctx, Identity{Key: "test"}), nil
func WithoutAuth() ServerOption {
	return serverOption(func(s *serverSettings) error { s.open = true; return nil })
}

// WithMiddleware wraps the whole server; the first one is the outermost.
func WithMiddleware(middleware ...func(http.Handler) http.Handler) ServerOption {
	return serverOption(func(s *serverSettings) error { s.middleware = append(s.middleware, middleware...); return nil })
}

// WithHandlerMiddleware wraps the handlers, inside of authentication, validation and limits; the
// first one is the outermost.
func WithHandlerMiddleware(middleware ...func(ctx context.Context, operationID string, next func(ctx context.Context) error) error) ServerOption {
	return serverOption(func(s *serverSettings) error { s.around = append(s.around, middleware...); return nil })
}

// WithEnforcer sets what counts requests, for instance a store that several processes share. A
// server counts in its own memory unless it is given one.
func WithEnforcer(enforcer ratelimit.Enforcer) ServerOption {
	return serverOption(func(s *serverSettings) error {
		if enforcer == nil {
			return errors.New("WithEnforcer: nil enforcer")
		}
		s.enforcer = enforcer
		return nil
	})
}

// WithMaxBody bounds a body that is read into memory; 1 MiB unless set. What it takes to check a
// request is bounded too, by its size: values whose alternatives multiply are a 400 that says "too
// complicated".
func WithMaxBody(bytes int64) ServerOption {
	return serverOption(func(s *serverSettings) error { s.maxBody = bytes; return positive("WithMaxBody", bytes) })
}

// WithMaxUpload bounds a multipart form or a binary body; 32 MiB unless set.
func WithMaxUpload(bytes int64) ServerOption {
	return serverOption(func(s *serverSettings) error { s.maxUpload = bytes; return positive("WithMaxUpload", bytes) })
}

func positive(option string, n int64) error {
	if n <= 0 {
		return errors.New(option + ": the bound must be positive")
	}
	return nil
}

// WithRateLimitHeaders says what a success carries: true for every limit in use, false for none.
// Without this option it is the tightest limit. A 429 always names the limits that it violates.
func WithRateLimitHeaders(on bool) ServerOption {
	return serverOption(func(s *serverSettings) error { s.allHeaders, s.noHeaders = on, !on; return nil })
}

// WithTrustedProxies names the peers whose X-Forwarded-For is believed, for limits per client
// address.
func WithTrustedProxies(proxies []netip.Prefix) ServerOption {
	return serverOption(func(s *serverSettings) error { s.proxies = append([]netip.Prefix(nil), proxies...); return nil })
}

// WithIPv6Prefix says how many bits of an IPv6 address name a client, for limits per client
// address; what the spec says unless set, which is 64 unless it says otherwise. 128 counts by
// single address, of which one network has more than can be counted.
func WithIPv6Prefix(bits int) ServerOption {
	return serverOption(func(s *serverSettings) error {
		if bits < 1 || bits > 128 {
			return errors.New("WithIPv6Prefix: an address has 128 bits")
		}
		s.prefix = bits
		return nil
	})
}

// WithErrorLog is given every error whose details a caller must not see: those of handlers that are
// no *APIError, panics, stores that do not answer, hooks that name no identity or an unknown plan.
// Without this option they go to log/slog's default logger at level error, and at level debug when
// the caller has gone. A nil function silences them.
func WithErrorLog(log func(ctx context.Context, err error)) ServerOption {
	return serverOption(func(s *serverSettings) error { s.logError, s.silent = log, log == nil; return nil })
}

// WithBasePath serves the API under a path such as "/v1", or "" for none, instead of that of the
// spec's first server.
func WithBasePath(path string) ServerOption {
	return serverOption(func(s *serverSettings) error {
		for len(path) > 0 && path[len(path)-1] == '/' {
			path = path[:len(path)-1]
		}
		if path != "" && path[0] != '/' {
			return errors.New("WithBasePath: the path must begin with a slash")
		}
		s.basePath = path
		return nil
	})
}
