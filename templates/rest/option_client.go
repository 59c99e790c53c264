package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// clientSettings has the values of a client's options.
type clientSettings struct {
	settings
	http        *http.Client
	limiter     ratelimit.Limiter
	share       float64
	adaptive    bool
	transit     time.Duration
	maxWait     time.Duration
	failFast    bool
	maxRetries  int
	maxResponse int64
	userAgent   string
	token       TokenSource            // for every scheme whose value is a bearer token
	tokens      map[string]TokenSource // by scheme
	transport   transportSettings
	sign        func(r *http.Request, body []byte) error
	servers     map[string]string // other base URLs for operations with a server of their own
	oauth       []*clientCredentials
	fetch       func(context.Context, *Client) (string, time.Duration, error)
}

func defaultSettings() clientSettings {
	return clientSettings{maxRetries: 3, maxResponse: 64 << 20}
}

type clientOption func(*clientSettings) error

func (o clientOption) applyToClient(s *clientSettings) error { return o(s) }

func (s *clientSettings) apply(options []ClientOption) error {
	for _, option := range options {
		if option == nil {
			continue
		}
		if err := option.applyToClient(s); err != nil {
			return err
		}
	}
	return nil
}

// WithHTTPClient sets the client that sends requests. Its redirect policy is kept, but credentials
// are never sent on to another host, and a redirect to the same host waits for the operation's
// limits again. The default has no timeout; use contexts.
func WithHTTPClient(client *http.Client) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if client == nil {
			return errors.New("WithHTTPClient: nil client")
		}
		s.http = client
		return nil
	})
}

// WithLimiter replaces the limiter, for example by one that several clients or processes share.
func WithLimiter(limiter ratelimit.Limiter) ClientOption {
	return clientOption(func(s *clientSettings) error { s.limiter = limiter; return nil })
}

// WithShare makes the client use only this part of every quota, above 0 and at most 1,
// for accounts that other programs use too.
func WithShare(share float64) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if !(share > 0 && share <= 1) {
			return fmt.Errorf("WithShare: %v is not above 0 and at most 1", share)
		}
		s.share = share
		return nil
	})
}

// WithAdaptiveShare makes the client use less of a quota when the API refuses requests that are
// within it, as happens when others spend the same quota, and take it back slowly.
func WithAdaptiveShare() ClientOption {
	return clientOption(func(s *clientSettings) error { s.adaptive = true; return nil })
}

// WithMaxRetryAfter bounds the wait that the client accepts from an answer, in Retry-After or in
// RateLimit: an hour unless set, or the longest window of a limit if that is longer. A call waits
// no longer than this before it is sent again; after a 429 that asked for more, one call then goes
// first and the others wait for its answer. Errors still have the server's value. A Pacer that is
// given by WithLimiter has a bound of its own for the 429.
func WithMaxRetryAfter(longest time.Duration) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if longest <= 0 {
			return fmt.Errorf("WithMaxRetryAfter: %v is not above 0", longest)
		}
		s.maxWait = longest
		return nil
	})
}

// WithTransit bounds how long a request may still be served after its connection broke, or, when
// the client gave it up, after the API has answered a request that was sent later. As long as the
// API answers nothing, it may have stalled: a request that was given up then counts for up to 6
// times as long. It counts until then, and a window more. The default of 10 seconds is long for
// most networks: where connections break often, a smaller one leaves more of the quota. It must
// cover what holds requests back on the way, such as a proxy's queue, and 6 times it how long an
// API may stall.
func WithTransit(transit time.Duration) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if transit <= 0 {
			return fmt.Errorf("WithTransit: %v is not above 0", transit)
		}
		s.transit = transit
		return nil
	})
}

// WithFailFast makes calls fail with ErrLimited instead of waiting for a limit. They do not wait to
// retry either.
func WithFailFast() ClientOption {
	return clientOption(func(s *clientSettings) error { s.failFast = true; return nil })
}

// WithMaxRetries sets how often one call may be retried: 3 by default, 0 for never. A 429 is
// retried for every method, a 503 and a broken or timed-out connection only for idempotent
// operations, and a body that cannot be read twice is never resent.
func WithMaxRetries(n int) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if n < 0 {
			return fmt.Errorf("WithMaxRetries: %d is negative", n)
		}
		s.maxRetries = n
		return nil
	})
}

// WithMaxResponse sets how many bytes of a JSON or text response are read before the call fails:
// 64 MiB unless set. Streams are not bounded.
func WithMaxResponse(bytes int64) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if bytes <= 0 {
			return fmt.Errorf("WithMaxResponse: %d is not positive", bytes)
		}
		s.maxResponse = bytes
		return nil
	})
}

// WithUserAgent sets the User-Agent header.
func WithUserAgent(agent string) ClientOption {
	return clientOption(func(s *clientSettings) error { s.userAgent = agent; return nil })
}

// WithToken sets the source of the token for every bearer, OAuth 2 and OpenID Connect scheme of the
// API.
func WithToken(source TokenSource) ClientOption {
	return clientOption(func(s *clientSettings) error { s.token = source; return nil })
}

// WithCredential sets the source of one security scheme's value, by the scheme's name in the API
// description: an API key, the token of another scheme, or for HTTP Basic a BasicToken.
func WithCredential(scheme string, source TokenSource) ClientOption {
	return clientOption(func(s *clientSettings) error {
		if s.tokens == nil {
			s.tokens = make(map[string]TokenSource)
		}
		s.tokens[scheme] = source
		return nil
	})
}

// WithTokenFetch makes the client fetch its bearer token by a call of its own. The core passed to
// fetch has no bearer token, so that the call cannot wait for itself. An expires of 0 keeps the
// token until a 401.
func WithTokenFetch(fetch func(ctx context.Context, c *Client) (token string, expires time.Duration, err error)) ClientOption {
	return clientOption(func(s *clientSettings) error { s.fetch = fetch; return nil })
}
