package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A Fallback says what happens while Redis does not answer.
type Fallback int

const (
	// Local goes on with this process's own part of the quota, so that the sum stays within it.
	Local Fallback = iota
	// Closed admits nothing: a server answers 503, a client's calls fail with ErrUnavailable.
	Closed
	// Open admits everything and counts nothing.
	Open
)

// ErrUnavailable is the error, for errors.Is, of calls that cannot be admitted because Redis does
// not answer.
var ErrUnavailable = errors.New("the rate limit store does not answer")

// Options set up a Store. The zero value is ready to use.
type Options struct {
	// Prefix begins all keys, before the API's name. Programs that share counters have the same
	// one.
	Prefix string
	// Timeout bounds how long a decision waits for Redis, whatever the timeouts of the client are;
	// 0 is 250 ms.
	Timeout time.Duration
	// Fallback says what happens while Redis does not answer.
	Fallback Fallback
	// Replicas is the maximum number of processes that share a server's quota. With 0, the store
	// counts the recent ones. Only Local uses it.
	Replicas int
	// Strict makes a server refuse the requests of a limit for a window after Redis has lost its
	// counters, where it would otherwise admit up to twice the quota once. On a Redis that no
	// process has used before it refuses for 4 seconds, so that a process that did use it can say
	// so. It takes a second round trip for each decision. In a Cluster it notices only what the
	// node of its marker loses.
	Strict bool
	// Durable says that Redis writes each change to disk before it answers, with appendonly yes and
	// appendfsync always, so that it has all counters after a restart. Without it, each restart
	// counts as a loss, because a copy on disk may be old, and a limit by the day then gives
	// clients nothing new for a day. Do not set it with appendfsync everysec, or where a replica
	// that may miss the last writes can take over. All processes set it, or none does.
	Durable bool
	// Lease is how long a client may use all units that it holds while Redis does not answer. Units
	// of a client that died without Close are free again after Lease, Transit and a window: until
	// then it may be alive and only cut off from Redis. 0 is 10 seconds.
	Lease time.Duration
	// Outage is how long after Lease a client may use the small reserve that is kept for it: an
	// eighth of the quota or less, a quarter for all processes together. It is never longer than
	// the process had run. 0 is 10 minutes.
	Outage time.Duration
	// Transit bounds how long a request may still be on its way to the server after it was given
	// up, its connection broke or its process died. Until then, and a window more, it counts. 0 is
	// 10 seconds, which is long for most networks: where connections break often, or processes are
	// killed often, a smaller one leaves more of the quota.
	Transit time.Duration
	// Instance names this process among those that share counters, if no two with one name ever run
	// at once: the name of a StatefulSet's pod, or of a machine that runs one process. A process
	// that starts under the name of one that was killed proves that it is dead, so its units are
	// free after Transit and a window, without Lease and Outage. At most 40 of the characters a-z
	// A-Z 0-9 - _ . : @; "" means unnamed.
	Instance string
	// Clock is the system's clock if nil.
	Clock ratelimit.Clock
	// OnError receives each failure of Redis, at most once for each decision or other call, and a
	// *LossError, once for each limit, when Redis has lost the counters of clients. It must return
	// quickly.
	OnError func(error)
}

// A Store keeps counters in Redis. It is safe for concurrent use.
type Store struct {
	client    Client
	options   Options
	breaker   breaker
	id        string // of this process
	clock     ratelimit.Clock
	presence  presence
	local     localShare
	holds     holds
	fleet     *fleet
	coalescer coalescer
	memory    memory
	// requests are the decision requests to reuse: they leave little garbage on a busy server, whose
	// collection would delay one decision in a hundred. Each store has its own, because a channel made
	// in one of synctest's bubbles must not be used outside it.
	requests sync.Pool
}

// New returns a store. It does not ask Redis for anything yet.
func New(client Client, options Options) (*Store, error) {
	switch {
	case client == nil:
		return nil, errors.New("redisstore: no client")
	case len(options.Prefix) > readable || word(options.Prefix) != options.Prefix:
		return nil, fmt.Errorf("redisstore: prefix %q must have at most %d of the characters a-z A-Z 0-9 - _ . : @", options.Prefix, readable)
	case len(options.Instance) > readable || word(options.Instance) != options.Instance:
		return nil, fmt.Errorf("redisstore: instance %q must have at most %d of the characters a-z A-Z 0-9 - _ . : @", options.Instance, readable)
	case options.Fallback < Local || options.Fallback > Open:
		return nil, fmt.Errorf("redisstore: unknown fallback %d", options.Fallback)
	}
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&options.Timeout, 250 * time.Millisecond}, {&options.Lease, 10 * time.Second},
		{&options.Outage, 10 * time.Minute}, {&options.Transit, 10 * time.Second},
	} {
		if *d.value < 0 {
			return nil, errors.New("redisstore: durations must not be negative")
		}
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	if options.Clock == nil {
		options.Clock = systemClock{}
	}
	asked := &bounded{client: client}
	s := &Store{client: asked, options: options, id: rand.Text()[:16], clock: options.Clock}
	s.coalescer.client, s.coalescer.servers.client = asked, asked
	s.fleet = &fleet{store: s, groups: make(map[slotID]*group), started: options.Clock.Now().UnixMicro()}
	s.memory.failures.Store(1)
	s.memory.durable = options.Durable
	return s, nil
}

// Close returns the units that a client holds, so that other processes need not wait for them.
// Waiting and later calls fail with ErrClosed. A server's decisions need no Close.
func (s *Store) Close(ctx context.Context) error { return s.fleet.close(ctx) }

// run runs a script within the timeout, unless the breaker is open.
func (s *Store) run(ctx context.Context, sc *script, keys, args []string, urgent bool) (reply string, err error) {
	err = s.try(ctx, urgent, func(until time.Time) (err error) {
		limited, cancel := context.WithDeadline(ctx, until)
		defer cancel()
		reply, err = sc.run(limited, s.client, keys, args)
		return err
	})
	return reply, err
}

// try asks Redis within the timeout, unless the breaker is open. Urgent requests wait less for the
// breaker.
func (s *Store) try(ctx context.Context, urgent bool, ask func(until time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.breaker.allow(s.clock.Now(), urgent) {
		return ErrUnavailable
	}
	err := ask(time.Now().Add(s.options.Timeout))
	switch {
	case err == nil:
		s.breaker.done(s.clock.Now(), true)
		return nil
	case ctx.Err() != nil:
		s.breaker.callerLeft()
		s.memory.failures.Add(1)
		return ctx.Err()
	}
	s.breaker.done(s.clock.Now(), false)
	s.memory.failures.Add(1)
	s.reportError(err)
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func (s *Store) reportError(err error) {
	if s.options.OnError != nil {
		s.options.OnError(err)
	}
}

// systemClock is the machine's clock.
type systemClock struct{}

// Now reads it.
func (systemClock) Now() time.Time { return time.Now() }

// AfterFunc calls f after d.
func (systemClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
