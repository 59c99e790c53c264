package pacing

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/limitgen/limitgen/cmd/internal/goals/server"
	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/rest"
)

// A client makes one call to a vendor; it waits first for as long as it thinks it has to.
type client struct {
	name string
	make func(url string, web *http.Client) (func(context.Context) error, error)
}

var clients = []client{
	{"this", generated},
	{"x/time/rate (99, 1)", func(url string, web *http.Client) (func(context.Context) error, error) {
		return paced(url, web, rate.NewLimiter(99, 1).Wait), nil
	}},
	{"x/time/rate (100, 100)", func(url string, web *http.Client) (func(context.Context) error, error) {
		return paced(url, web, rate.NewLimiter(100, 100).Wait), nil
	}},
	{"log of sends", func(url string, web *http.Client) (func(context.Context) error, error) {
		return paced(url, web, new(sendLog).wait), nil
	}},
	{"retry with backoff", func(url string, web *http.Client) (func(context.Context) error, error) {
		return retrying(url, web), nil
	}},
}

// generated returns the client that limitgen writes, as it comes.
func generated(url string, web *http.Client) (func(context.Context) error, error) {
	c, err := easemob.NewClient(url, "org", "app", rest.WithToken(rest.StaticToken("secret")),
		rest.WithMaxRetries(0), rest.WithHTTPClient(web))
	return func(ctx context.Context) error {
		_, err := c.Users.GetUser(ctx, "ann")
		return err
	}, err
}

// stopwatch is a transport that measures how long round trips take.
type stopwatch struct {
	http.Transport
	trips, total atomic.Int64
}

func newStopwatch() *stopwatch {
	return &stopwatch{Transport: http.Transport{MaxIdleConnsPerHost: callers}}
}

// RoundTrip sends the request.
func (s *stopwatch) RoundTrip(req *http.Request) (*http.Response, error) {
	begin := time.Now()
	res, err := s.Transport.RoundTrip(req)
	s.trips.Add(1)
	s.total.Add(int64(time.Since(begin)))
	return res, err
}

func (s *stopwatch) mean() time.Duration {
	return time.Duration(s.total.Load() / max(s.trips.Load(), 1))
}

// get returns the status of one plain request.
func get(ctx context.Context, web *http.Client, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	res, err := web.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

func paced(url string, web *http.Client, wait func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := wait(ctx); err != nil {
			return err
		}
		_, err := get(ctx, web, url)
		return err
	}
}

func retrying(url string, web *http.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
			if status, err := get(ctx, web, url); err != nil || status != http.StatusTooManyRequests {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pause):
			}
		}
	}
}

// sendLog is an exact sliding window over the times of sending.
type sendLog struct {
	mu   sync.Mutex
	sent []time.Time
}

func (l *sendLog) wait(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sent) == server.Quota {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(l.sent[0].Add(server.Window))):
		}
		l.sent = l.sent[1:]
	}
	l.sent = append(l.sent, time.Now())
	return nil
}
