package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

// plain is the client that people write by hand: net/http behind a token bucket.
type plain struct {
	url    string
	http   *http.Client
	bucket bucket
}

func newPlain(url string, limit ratelimit.Limit) *plain {
	return &plain{
		url:  url + "/demo/app/users",
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		bucket: bucket{
			size: float64(limit.Quota), tokens: float64(limit.Quota), last: time.Now(),
			perSecond: float64(limit.Quota) / limit.Window.Seconds(),
		},
	}
}

// register registers a user.
func (p *plain) register(ctx context.Context) error {
	if err := p.bucket.wait(ctx); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(`{"username":"ann"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body) // so that the connection is used again
	if res.StatusCode != http.StatusOK {
		return &rest.APIError{StatusCode: res.StatusCode}
	}
	return nil
}

// bucket is a token bucket.
type bucket struct {
	mu                      sync.Mutex
	size, tokens, perSecond float64
	last                    time.Time
}

// wait takes a token, when there is one.
func (b *bucket) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(b.take(time.Now())):
		return nil
	}
}

// take takes a token and returns how long until it is there.
func (b *bucket) take(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.size, b.tokens+now.Sub(b.last).Seconds()*b.perSecond) - 1
	b.last = now
	if b.tokens >= 0 {
		return 0
	}
	return time.Duration(-b.tokens / b.perSecond * float64(time.Second))
}
