package rest

import (
	"context"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A TokenSource gives the value of a credential: a token, an API key. It is asked before every
// request, so it should cache, and it must be safe for concurrent use.
//
// A source may also have the method Drop(token string). It is called when the server answers 401 to
// that token; the source is then asked once more, and the request sent once more if its body can
// be.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

// StaticToken returns a source of one value that never changes.
func StaticToken(token string) TokenSource { return staticToken(token) }

// BasicToken returns a source of the value of HTTP basic authentication.
func BasicToken(user, password string) TokenSource {
	return staticToken(base64.StdEncoding.EncodeToString([]byte(user + ":" + password)))
}

type staticToken string

// Token returns the value itself.
func (t staticToken) Token(context.Context) (string, error) {
	if t == "" {
		return "", errors.New("the token is empty")
	}
	return string(t), nil
}

// tokenCache fetches a token when one is asked for, keeps it, and renews it before it expires.
type tokenCache struct {
	fetch func(context.Context) (string, time.Duration, error)
	clock ratelimit.Clock

	mu      sync.Mutex
	token   string
	renew   time.Time // zero: not before a 401
	expires time.Time
	flight  *tokenFlight // the fetch under way
}

// tokenFlight is one fetch, shared by all calls that wait for it.
type tokenFlight struct {
	done    chan struct{} // closed when token and err are set
	token   string
	err     error
	waiters int
	cancel  context.CancelFunc
	told    chan struct{}         // closed when the fetch waits for its limit, and anew for each wait
	limited *ratelimit.LimitError // that wait, as of
	since   time.Time             // then; nil while there is none
}

// Token returns the cached token, or waits for a fetch that all callers share. The end of ctx ends
// only this caller's wait; the fetch ends early when no call waits for it any more.
func (t *tokenCache) Token(ctx context.Context) (string, error) {
	t.mu.Lock()
	if t.token != "" && (t.renew.IsZero() || t.clock.Now().Before(t.renew)) {
		defer t.mu.Unlock()
		return t.token, nil
	}
	f := t.flight
	if f == nil {
		f = t.launch(ctx)
	}
	f.waiters++
	t.mu.Unlock()
	err := t.wait(ctx, f)
	if err == nil {
		return f.token, f.err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.waiters--; f.waiters == 0 {
		f.cancel()
		if t.flight == f {
			t.flight = nil
		}
	}
	return "", err
}

// Drop forgets the token if it is still the one that the server refused.
func (t *tokenCache) Drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}

// launch starts a fetch. It keeps the values of ctx but neither its end nor its deadline.
func (t *tokenCache) launch(ctx context.Context) *tokenFlight {
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithCancel(context.WithoutCancel(withoutPerCall(ctx)))
	f := &tokenFlight{done: make(chan struct{}), told: make(chan struct{}), cancel: cancel}
	ctx = ratelimit.WithTrace(ctx, &fetchTrace{t, f, deadline})
	t.flight = f
	go func() {
		defer cancel()
		asked := t.clock.Now() // a lifetime counted from the answer would be too long by the way back
		token, lifetime, err := t.fetch(ctx)
		if err == nil && token == "" {
			err = errors.New("the token endpoint sent no token")
		}
		t.land(f, asked, token, lifetime, err)
	}()
	return f
}

func (t *tokenCache) land(f *tokenFlight, asked time.Time, token string, lifetime time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer close(f.done)
	f.token, f.err = token, err
	if t.flight != f {
		return // given up; a later fetch may have landed already
	}
	t.flight = nil
	switch {
	case err != nil:
		if t.token != "" && t.clock.Now().Before(t.expires) {
			f.token, f.err = t.token, nil // the old token still holds: try again at the next call
		}
	case lifetime <= 0:
		t.token, t.renew, t.expires = token, time.Time{}, time.Time{}
	default:
		t.token, t.renew, t.expires = token, asked.Add(renewAfter(lifetime)), asked.Add(lifetime)
	}
}

// renewAfter returns when to renew a token: after 90 % of its lifetime or a minute before its end,
// whichever is earlier. A token that lives for less than two minutes is used for at least half of
// its life.
func renewAfter(lifetime time.Duration) time.Duration {
	return max(min(lifetime/10*9, lifetime-time.Minute), lifetime/2)
}
