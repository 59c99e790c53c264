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

// serverSettings has the values of a server's options.
type serverSettings struct {
	settings
	auth       authFunc
	open       bool
	signature  func(r *http.Request, body []byte) error
	hookName   func(r *http.Request, body []byte) string
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
	otherPath  bool // basePath is not that of the spec
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
// Public operations have it called too, without schemes, since a caller may be known all the same.
// Where variants of an operation differ in the body only, the hook is given the first one's ID. A
// server whose spec has security needs a hook, or WithoutAuth.
func WithAuth(hook func(ctx context.Context, r *http.Request, operationID string, schemes [][]string) (context.Context, error)) ServerOption {
	return serverOption(func(s *serverSettings) error { s.auth = hook; return nil })
}

// WithoutAuth serves operations that require credentials without checking them, for a server behind
// a proxy that does. Limits per credential then count by unchecked values. A spec with limits per
// identity still needs a hook; for tests, use WithAuth with one that returns a fixed identity:
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
// first one is the outermost. It must not return before its next has: the request's body and files
// are given up then.
func WithHandlerMiddleware(middleware ...func(ctx context.Context, operationID string, next func(ctx context.Context) error) error) ServerOption {
	return serverOption(func(s *serverSettings) error { s.around = append(s.around, middleware...); return nil })
}

// WithEnforcer sets the Enforcer, for example a store that several processes share. By default a
// server counts in its own memory.
func WithEnforcer(enforcer ratelimit.Enforcer) ServerOption {
	return serverOption(func(s *serverSettings) error {
		if enforcer == nil {
			return errors.New("WithEnforcer: nil enforcer")
		}
		s.enforcer = enforcer
		return nil
	})
}

// WithMaxBody bounds a body that is read into memory; 1 MiB by default. The work of checking a
// request is bounded by its size too: values whose alternatives multiply are a 400 that says "too
// complicated".
func WithMaxBody(bytes int64) ServerOption {
	return serverOption(func(s *serverSettings) error { s.maxBody = bytes; return positive("WithMaxBody", bytes) })
}

// WithMaxUpload bounds a multipart form or a binary body; 32 MiB by default.
func WithMaxUpload(bytes int64) ServerOption {
	return serverOption(func(s *serverSettings) error { s.maxUpload = bytes; return positive("WithMaxUpload", bytes) })
}

func positive(option string, n int64) error {
	if n <= 0 {
		return errors.New(option + ": the bound must be positive")
	}
	return nil
}

// WithRateLimitHeaders selects the limits in the headers of a success: true for every limit in use,
// false for none. By default it is the tightest limit. A 429 always names the limits that it
// violates.
func WithRateLimitHeaders(on bool) ServerOption {
	return serverOption(func(s *serverSettings) error { s.allHeaders, s.noHeaders = on, !on; return nil })
}

// WithTrustedProxies sets the peers whose X-Forwarded-For is trusted, for limits per client
// address.
func WithTrustedProxies(proxies []netip.Prefix) ServerOption {
	return serverOption(func(s *serverSettings) error { s.proxies = append([]netip.Prefix(nil), proxies...); return nil })
}

// WithIPv6Prefix sets how many bits of an IPv6 address identify a client, for limits per client
// address; by default the spec's value, or 64. 128 counts by single address, which does not limit a
// client that has a whole network.
func WithIPv6Prefix(bits int) ServerOption {
	return serverOption(func(s *serverSettings) error {
		if bits < 1 || bits > 128 {
			return errors.New("WithIPv6Prefix: an address has 128 bits")
		}
		s.prefix = bits
		return nil
	})
}

// WithErrorLog sets the function that receives every error whose details a caller must not see:
// errors of handlers other than *APIError, panics, stores that do not answer, hooks without an
// identity or with an unknown plan. By default they go to log/slog's default logger at level error,
// or debug if the caller has gone. A nil function silences them.
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
		s.basePath, s.otherPath = path, true
		return nil
	})
}
