//go:build ignore

package rlsstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	service "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	"google.golang.org/grpc"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A Fallback says what happens while the service does not answer.
type Fallback int

const (
	// Local goes on with this process's own part of the quota, so that the sum stays within it.
	Local Fallback = iota
	// Closed admits nothing: a server answers 503, a client's calls fail with ErrUnavailable.
	Closed
	// Open admits everything that this process alone would admit: all requests of a server, and the
	// calls of a client that stay within the quota.
	Open
)

// ErrUnavailable is the error, for errors.Is, of calls that cannot be admitted because the service
// does not answer.
var ErrUnavailable = errors.New("the rate limit service does not answer")

// Options set up a Store. The zero value is ready to use.
type Options struct {
	// Domain is the service's name for the limits; "" means the domain of each API's emitted
	// configuration.
	Domain string
	// Timeout bounds how long a decision waits for the service; 0 is 250 ms.
	Timeout time.Duration
	// Fallback says what happens while the service does not answer.
	Fallback Fallback
	// Replicas is the maximum number of processes that share the quota. Only Local uses it; with 0,
	// Local behaves as Closed, because the service does not report their number.
	Replicas int
	// Transit bounds how long a request may still arrive after it was given up. 0 is 10 seconds.
	Transit time.Duration
	// Clock is the system's clock if nil.
	Clock ratelimit.Clock
	// OnError receives each failure of the service, at most once for each call to it. It must
	// return quickly.
	OnError func(error)
}

// A Store counts in a rate limit service. It is safe for concurrent use.
type Store struct {
	client  service.RateLimitServiceClient
	options Options
	apis    map[string]*ratelimit.Descriptors
	clock   ratelimit.Clock
	breaker breaker
	known   memory
	gate    *ratelimit.Gate  // of a server, while the service does not answer
	pacer   *ratelimit.Pacer // of a client, always
	part    *ratelimit.Pacer // of a client, while the service does not answer
}

// New returns a store for one or more APIs. Each of apis is the result of a generated package's
// Descriptors function. New does not contact the service yet.
func New(conn grpc.ClientConnInterface, options Options, apis ...ratelimit.Descriptors) (*Store, error) {
	switch {
	case conn == nil:
		return nil, errors.New("rlsstore: no connection")
	case len(apis) == 0:
		return nil, errors.New("rlsstore: no descriptors: give what Descriptors of the generated package returns")
	case options.Fallback < Local || options.Fallback > Open:
		return nil, fmt.Errorf("rlsstore: unknown fallback %d", options.Fallback)
	case options.Timeout < 0 || options.Transit < 0 || options.Replicas < 0:
		return nil, errors.New("rlsstore: durations and replicas must not be negative")
	}
	if options.Timeout == 0 {
		options.Timeout = 250 * time.Millisecond
	}
	if options.Clock == nil {
		options.Clock = systemClock{}
	}
	pace := ratelimit.PacerOptions{Clock: options.Clock, Transit: options.Transit}
	s := &Store{
		client: service.NewRateLimitServiceClient(conn), options: options, clock: options.Clock, apis: make(map[string]*ratelimit.Descriptors),
		gate: ratelimit.NewGate(ratelimit.GateOptions{Clock: options.Clock}), pacer: ratelimit.NewPacer(pace),
	}
	for i := range apis {
		s.apis[apis[i].API] = &apis[i]
	}
	pace.Share = 1 / float64(max(options.Replicas, 1))
	s.part = ratelimit.NewPacer(pace)
	return s, nil
}

// call asks the service within the timeout, unless the breaker is open.
func (s *Store) call(ctx context.Context, request *service.RateLimitRequest) (*service.RateLimitResponse, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !s.breaker.allow(s.clock.Now()) {
		return nil, ErrUnavailable
	}
	limited, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	response, err := s.client.ShouldRateLimit(limited, request)
	if err == nil {
		err = complete(request, response)
	}
	switch {
	case err == nil:
		s.breaker.done(s.clock.Now(), true)
		return response, nil
	case ctx.Err() != nil:
		s.breaker.callerLeft()
		return nil, ctx.Err()
	}
	s.breaker.done(s.clock.Now(), false)
	if s.options.OnError != nil {
		s.options.OnError(err)
	}
	return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// complete returns an error if the answer does not cover every descriptor. A limit that the service
// has not loaded is such a case: the service would admit everything.
func complete(request *service.RateLimitRequest, response *service.RateLimitResponse) error {
	statuses := response.GetStatuses()
	if len(statuses) != len(request.GetDescriptors()) {
		return fmt.Errorf("rlsstore: the service answered %d of %d descriptors", len(statuses), len(request.GetDescriptors()))
	}
	for i, status := range statuses {
		if status.GetCode() == service.RateLimitResponse_UNKNOWN || status.GetCurrentLimit() == nil {
			return fmt.Errorf("rlsstore: the service has no limit for %v in domain %q: does it read config/ratelimit/limits.yaml?",
				request.GetDescriptors()[i].GetEntries(), request.GetDomain())
		}
	}
	return nil
}

// systemClock is the machine's clock.
type systemClock struct{}

// Now reads it.
func (systemClock) Now() time.Time { return time.Now() }

// AfterFunc calls f after d.
func (systemClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
