package redisstore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Limiter returns the store in the form that a client needs: the clients of all processes then
// share one quota. Give it to WithLimiter. It is the same value each time. Close the store when the
// process ends; otherwise the units that it holds are lost to the others until Options.Lease,
// Options.Transit and a window are over.
func (s *Store) Limiter() ratelimit.Limiter { return s.fleet }

// ErrClosed is the error of calls after Close.
var ErrClosed = errors.New("the rate limit store is closed")

// fleet is this process as a member of the set of processes that share quotas.
type fleet struct {
	store        *Store
	mu           sync.Mutex
	groups       map[slotID]*group
	closed       bool
	firstContact time.Time             // first contact with Redis
	lost         map[limitID]time.Time // until when each lost limit is closed, as reported

	sequence atomic.Int64 // of syncs
	started  int64        // in microseconds
}

// noteContact records the first contact with Redis.
func (f *fleet) noteContact() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.firstContact.IsZero() {
		f.firstContact = f.store.clock.Now()
	}
}

// uptime is the time since this process's first contact with Redis.
func (f *fleet) uptime() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.firstContact.IsZero() {
		return 0
	}
	return f.store.clock.Now().Sub(f.firstContact)
}

// slotID names the slot of Redis that holds a request's counters.
type slotID struct{ api, tag string }

// group is the set of counters in one slot of Redis, so that one round trip serves all of them.
// Waiting calls are in arrival order; a call passes another only when they have no counter in
// common.
type group struct {
	fleet *fleet
	store *Store
	slot  slotID
	start time.Time

	mu          sync.Mutex
	latest      time.Duration
	allocations map[string]*allocation // by name
	order       []*allocation          // in order of creation
	first, last *permit
	waitedFor   int // number of allocations with waiting calls
	round       uint64

	syncLock    chan struct{} // full during a sync; filled before mu is locked
	syncing     bool
	unanswered  *syncRequest  // the sync under way, or the last one if it got no answer
	failing     bool          // the last sync failed
	synced      time.Duration // when the last sync began
	syncAt      time.Duration // when the next sync is due; never if none is needed
	jitterPhase float64       // random in [0, 1), drawn again for each sync
	removed     bool          // removed from the fleet
	stop        func() bool
	wakeAt      time.Duration
}

const never = time.Duration(1<<63 - 1)

// lock returns the group of a call with its lock held, and makes the group if necessary.
func (f *fleet) lock(charges []ratelimit.Charge) (*group, error) {
	limit := charges[0].Limit
	tag, _ := tagOf(charges[0].Key, limit.Common)
	slot := slotID{limit.API, tag}
	for {
		f.mu.Lock()
		if f.closed {
			f.mu.Unlock()
			return nil, ErrClosed
		}
		g := f.groups[slot]
		if g == nil {
			g = &group{
				fleet: f, store: f.store, slot: slot, start: f.store.clock.Now(), allocations: make(map[string]*allocation), syncAt: never, wakeAt: never,
				syncLock: make(chan struct{}, 1),
			}
			f.groups[slot] = g
		}
		f.mu.Unlock()
		g.mu.Lock()
		if !g.removed {
			return g, nil
		}
		g.mu.Unlock()
	}
}

// now is the time since the group was made; it never goes back.
func (g *group) now() time.Duration {
	g.latest = max(g.latest, g.store.clock.Now().Sub(g.start))
	return g.latest
}

// Acquire waits, in arrival order for each counter, until this process has the units for all
// charges.
func (f *fleet) Acquire(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	p, err := f.enter(ctx, charges)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return ratelimit.NoPermit{}, nil
	}
	select {
	case <-p.ready:
		if p.err != nil {
			return nil, p.err
		}
		return p.permit(), nil
	case <-ctx.Done():
		return p.leave(ctx.Err())
	}
}

// TryAcquire is Acquire for a caller that does not wait for a limit. It waits only for Redis, if
// the units held do not suffice.
func (f *fleet) TryAcquire(charges []ratelimit.Charge) (ratelimit.Permit, error) {
	p, err := f.enter(context.Background(), charges)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return ratelimit.NoPermit{}, nil
	}
	g := p.group
	for range 2 { // a sync already under way did not include this call
		g.mu.Lock()
		done := p.admitted || p.ended
		g.mu.Unlock()
		if done {
			break
		}
		_ = g.sync(context.Background(), false) // after a failure, the code below sees the changed state
	}
	select {
	case <-p.ready:
		if p.err != nil {
			return nil, p.err
		}
		return p.permit(), nil
	default:
		return p.leave(nil)
	}
}

// permit is the permit that the caller gets.
func (p *permit) permit() ratelimit.Permit {
	if len(p.charges) == 0 {
		return ratelimit.NoPermit{}
	}
	return p
}

// enter admits a call or queues it. It returns nil if no limit counts the call.
func (f *fleet) enter(ctx context.Context, charges []ratelimit.Charge) (*permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var few [4]ratelimit.Charge
	counted := few[:0]
	for _, c := range charges {
		if c.Cost > 0 {
			counted = append(counted, c)
		}
	}
	if len(counted) == 0 {
		return nil, nil
	}
	s := f.store
	if _, open := s.breaker.open(s.clock.Now()); open {
		switch s.options.Fallback {
		case Open:
			return nil, nil
		case Closed:
			return nil, ErrUnavailable
		}
	}
	g, err := f.lock(counted)
	if err != nil {
		return nil, err
	}
	defer g.mu.Unlock()
	now := g.now()
	p := &permit{group: g, since: now, ready: make(chan struct{})}
	p.charges = p.inline[:0]
	for i := range counted {
		p.add(g.allocation(&counted[i]), counted[i].Cost)
	}
	for i := range p.charges {
		c := &p.charges[i]
		if quota := c.alloc.quota(); c.cost > quota {
			return nil, c.refusal(quota, 0)
		}
	}
	if deadline, ok := ctx.Deadline(); ok {
		c, at := g.slowest(p, now)
		if wait := at - now; wait > 0 && wait > deadline.Sub(s.clock.Now()) {
			deadlineError := c.refusal(c.alloc.quota(), wait)
			deadlineError.Err = context.DeadlineExceeded
			return nil, deadlineError
		}
	}
	g.push(p)
	g.advance(now)
	return p, nil
}

// lowerBound is a lower bound for when a charge can be admitted: earlier calls come first, and at
// most the quota passes in a window, even if this process held all of it.
func (g *group) lowerBound(c *charge, now time.Duration) time.Duration {
	f := c.alloc
	quota := f.quota()
	sum := f.wanted + c.cost
	at := max(now, f.blocked)
	if f.limit.Concurrent() {
		return at
	}
	if f.held >= quota { // so no other process has units
		if missing := min(sum, quota) - (quota - f.inUse()); missing > 0 && missing <= f.busy.total {
			at = max(at, f.busy.freedBy(missing))
		}
	}
	return at + time.Duration((sum-1)/quota)*f.limit.Window
}

// slowest returns the charge of a call with the latest lower bound, and that bound.
func (g *group) slowest(p *permit, now time.Duration) (c *charge, at time.Duration) {
	for i := range p.charges {
		if least := g.lowerBound(&p.charges[i], now); c == nil || least > at {
			c, at = &p.charges[i], least
		}
	}
	return c, at
}

// blocking returns the charge that keeps a call waiting, and when that ends as far as is known.
// Among the charges that open last, it prefers one whose units are missing here.
func (g *group) blocking(p *permit, now time.Duration) (c *charge, at time.Duration) {
	short := false
	for i := range p.charges {
		opens, misses := g.opens(&p.charges[i], now)
		if c == nil || opens > at || opens == at && misses && !short {
			c, at, short = &p.charges[i], opens, misses
		}
	}
	return c, at
}

// opens returns when a charge that is not queued can be admitted, as far as is known, and whether
// this process has too few units for it now. While Redis grants nothing new, the earliest time is
// when this process's own units come free or that phase ends; other processes may return units
// earlier.
func (g *group) opens(c *charge, now time.Duration) (at time.Duration, misses bool) {
	f := c.alloc
	f.busy.expire(now)
	at = g.lowerBound(c, now)
	missing := f.wanted + c.cost - (f.spendable(now, &g.store.options) - f.inUse())
	if missing <= 0 {
		return at, false
	}
	if until := f.noGrantsUntil; until > now {
		if missing <= f.busy.total {
			until = min(until, f.busy.freedBy(missing))
		}
		at = max(at, until)
	}
	return at, true
}

func (c *charge) refusal(quota int64, wait time.Duration) *ratelimit.LimitError {
	return &ratelimit.LimitError{API: c.alloc.limit.API, Limit: c.alloc.limit.Name, Key: c.alloc.key, Cost: c.cost, Quota: quota, Wait: wait}
}

// leave removes a call from the queue when its caller stops waiting, or returns the units that it
// got meanwhile.
func (p *permit) leave(cause error) (ratelimit.Permit, error) {
	g := p.group
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	switch {
	case p.err != nil:
		return nil, p.err
	case p.admitted && cause == nil:
		return p.permit(), nil
	case p.ended: // admitted uncounted meanwhile
		if cause == nil {
			return ratelimit.NoPermit{}, nil
		}
		return nil, cause
	case p.admitted:
		p.ended = true
		for i := range p.charges {
			g.endCharge(&p.charges[i], returned, now)
		}
	default:
		g.remove(p)
		p.ended = true
	}
	worst, at := g.blocking(p, now)
	wait := at - now
	g.advance(now)
	switch {
	case cause == nil:
		return nil, worst.refusal(worst.alloc.quota(), wait)
	case errors.Is(cause, context.DeadlineExceeded):
		deadlineError := worst.refusal(worst.alloc.quota(), wait)
		deadlineError.Err = context.DeadlineExceeded
		return nil, deadlineError
	}
	return nil, cause
}

// allocation returns the allocation of a charge, and makes it if necessary.
func (g *group) allocation(c *ratelimit.Charge) *allocation {
	limit := windowOf(c.Limit)
	name := nameOf(g.store.options.Prefix, 'f', limit, c.Key)
	f := g.allocations[name]
	if f == nil {
		f = &allocation{table: c.Limit, limit: limit, key: c.Key, name: name}
		g.allocations[name] = f
		g.order = append(g.order, f)
	}
	f.follow()
	return f
}

func (g *group) push(p *permit) {
	p.prev = g.last
	if g.last == nil {
		g.first = p
	} else {
		g.last.next = p
	}
	g.last = p
	for i := range p.charges {
		f := p.charges[i].alloc
		if f.queue++; f.queue == 1 {
			g.waitedFor++
		}
		f.wanted += p.charges[i].cost
	}
}

func (g *group) remove(p *permit) {
	if p.prev == nil {
		g.first = p.next
	} else {
		p.prev.next = p.next
	}
	if p.next == nil {
		g.last = p.prev
	} else {
		p.next.prev = p.prev
	}
	p.next, p.prev = nil, nil
	for i := range p.charges {
		f := p.charges[i].alloc
		if f.queue--; f.queue == 0 {
			g.waitedFor--
		}
		f.wanted -= p.charges[i].cost
	}
}
