package ratelimit

import (
	"context"
	"math"
	"sync"
	"time"
)

// A Pacer is a queue in front of each counter. A call joins the queues of all its charges at once,
// and is admitted when it heads them all and every charge fits:
//
//	Acquire ──▶ queue ────────▶ in flight ────▶ record ────────▶ gone
//	            until it fits   until the       one window from
//	                            response        the response
//
// Costs leave a window in order, so the time at which the head of a queue fits is known: one timer
// a head is enough, and no call polls. A call behind the head may pass it only if that does not
// delay it (backfill.go). A call fails at once if its earliest admission (estimate.go) is after its
// deadline. Invariant: in flight + record ≤ share × quota whenever a call is admitted, in each
// counter. Why the server then never sees more than the quota in a window: see counter. A limit
// with Burst has a bucket in place of the window (bucket.go).

// PacerOptions configures a Pacer. The zero value suits one process that has the whole quota.
type PacerOptions struct {
	// Clock is the system's clock when nil.
	Clock Clock
	// Share is the fraction of every quota, and of every bucket and its rate, that this process may
	// use, above 0 and at most 1; 0 means 1. If Share × Quota, or Share × Burst, is below 1,
	// nothing is admitted.
	Share float64
	// Transit bounds how long after its connection broke a request may still be served. A request
	// that was given up, because its context ended or timed out, may be served until Transit after
	// the API has answered a request that was sent later. While the API answers nothing it may be
	// stalled, for at most 6 times Transit. The request counts until then, and for a window more. 0
	// means 10 seconds.
	Transit time.Duration
	// MaxBlock bounds the cooldown that Block sets. After it, one call goes first as a probe, and
	// the others wait for its answer. 0 means an hour, or the limit's window if that is longer.
	MaxBlock time.Duration
	// Skew bounds the difference between this machine's clock and the server's. It matters only for
	// limits with windows aligned to UTC, and counts as at most a tenth of the window. 0 means 100
	// milliseconds.
	Skew time.Duration
	// MaxKeys bounds the number of counters. When it is reached, new keys share one overflow
	// counter per limit, with the same quota, until that is idle again. 0 means 65,536.
	MaxKeys int
	// Patience is how long a batch call (AsBatch) yields to calls that arrive after it. 0 means
	// 30 seconds.
	Patience time.Duration
	// Adaptive makes a Pacer back off after a refusal within its quota, as reported by Exceeded:
	// it uses less of that quota, which other callers spend too, and recovers slowly.
	Adaptive bool
}

// A Pacer is the Limiter of one client, or of several: limits are identified by their APIs and
// names.
//
// A request counts from its sending until one Window after its answer. It arrived between the two,
// so neither delay nor jitter can push more than the quota into any window at the server. For the
// same reason, a limit with Burst is paced by a bucket in which a request counts from its sending
// and drains from its answer on. A request without an answer counts until it can no longer be
// served, and one Window more: until Transit after its connection broke or, if it was given up,
// after the API has answered a later request, but at most 6 times Transit while the API answers
// nothing. A Pacer cannot see: a server that serves a request later still, because it stalled for
// longer or because one of several servers did; a proxy that sends a request twice; requests of
// other processes, or of this one before it was restarted.
//
// It is safe for concurrent use and needs no Close.
type Pacer struct {
	options PacerOptions

	mu         sync.Mutex
	timeline   timeline
	latest     time.Duration
	wall       bool // whether a limit depends on the time of day
	counters   map[counterID]*counter
	ring       []*counter // all counters, for the sweep
	cursor     int        // sweep cursor: next counter to sweep
	dirty      []*counter // counters whose queue may advance
	scratch    []entry    // scratch, reused by estimate
	spares     []*permit  // ended ones, for further calls
	unresolved []*counter // counters with abandoned requests
	peaks      map[limitID]*peak
}

// NewPacer returns an empty Pacer. A process that restarts should wait for the longest Window if it
// may have spent its quota before.
func NewPacer(options PacerOptions) *Pacer {
	if !(options.Share > 0 && options.Share <= 1) { // also replaces NaN
		options.Share = 1
	}
	if options.Transit <= 0 {
		options.Transit = 10 * time.Second
	}
	options.Transit = min(options.Transit, longestWindow/silenceFactor)
	if options.Skew <= 0 {
		options.Skew = 100 * time.Millisecond
	}
	if options.Patience <= 0 {
		options.Patience = 30 * time.Second
	}
	if options.MaxKeys <= 0 {
		options.MaxKeys = 1 << 16
	}
	return &Pacer{options: options, timeline: newTimeline(options.Clock), counters: make(map[counterID]*counter), peaks: make(map[limitID]*peak)}
}

// Acquire blocks until all charges can be admitted at once. Each counter is FIFO, save that batch
// calls (AsBatch) yield to others, and that smaller costs overtake a larger one if they do not
// delay it (backfilling). Acquire fails at once with a *LimitError when a cost is above its quota,
// or when the earliest possible admission lies after ctx's deadline. The estimate treats requests
// in flight as answered now, and calls ahead as admitted in order as soon as they fit.
func (p *Pacer) Acquire(ctx context.Context, charges []Charge) (Permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w, err := p.enter(ctx, charges, true)
	if err != nil {
		return nil, err
	}
	if w.queued != nil {
		if err := p.wait(ctx, w); err != nil {
			return nil, err
		}
	}
	return w.ticket(), nil
}

// wait waits for the admission of a queued call.
func (p *Pacer) wait(ctx context.Context, w *permit) (err error) {
	trace := TraceOf(ctx)
	if trace != nil {
		trace.Waiting(w.reason)
	}
	select {
	case <-w.ready:
		err = w.err
	case <-ctx.Done():
		err = p.leave(w, ctx.Err())
	}
	if trace != nil {
		trace.Waiting(nil)
		for i := range w.charges {
			if h := &w.charges[i]; h.waited > 0 {
				trace.Waited(h.limit, h.waited)
			}
		}
	}
	return err
}

// TryAcquire is Acquire for a caller that does not wait: where Acquire would, it fails with a
// *LimitError.
func (p *Pacer) TryAcquire(charges []Charge) (Permit, error) {
	w, err := p.enter(context.Background(), charges, false)
	if err != nil {
		return nil, err
	}
	return w.ticket(), nil
}

// enter admits a call or, when it may wait, queues it.
func (p *Pacer) enter(ctx context.Context, charges []Charge, wait bool) (*permit, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	p.sweep(now)
	w := p.blank()
	var before *counter
	for i := range charges {
		c := p.counter(&charges[i], before, &now)
		w.add(c, &charges[i])
		before = c
	}
	w.rank = now.at
	if isBatch(ctx) {
		w.rank += p.options.Patience
	}
	free := true
	for i := range w.charges {
		h := &w.charges[i]
		quota := p.quota(h.counter, h.limit)
		if h.cost > quota {
			return nil, p.refuse(w, h.refusal(quota, 0, nil))
		}
		switch first := h.counter.queue.first; {
		case !p.hasRoom(h, quota, now):
			free = false
			p.note(h, quota, now, false)
		case first != nil && first.before(w):
			free = false // this counter need not be full: another limit may delay the head
		}
	}
	if free || p.canBackfill(w, now) {
		w.admit(now)
		return w, nil
	}
	worst, at := p.earliestAdmission(w, now)
	because := func(cause error) *LimitError {
		return worst.refusal(p.quota(worst.counter, worst.limit), at-now.at, cause)
	}
	if !wait {
		return nil, p.refuse(w, because(nil))
	}
	until := time.Duration(math.MaxInt64)
	if deadline, ok := ctx.Deadline(); ok {
		until = now.at + deadline.Sub(p.timeline.clock.Now())
	}
	if at > until {
		return nil, p.refuse(w, because(context.DeadlineExceeded))
	}
	w.queued = &queued{ready: make(chan struct{}), deadline: until}
	if TraceOf(ctx) != nil {
		w.reason = because(context.DeadlineExceeded)
	}
	w.join(now)
	p.markDirty(w)
	p.advance(now)
	return w, nil
}

// refuse keeps the permit of a call that is neither admitted nor queued, and returns why.
func (p *Pacer) refuse(w *permit, why *LimitError) error {
	p.spare(w)
	return why
}

// leave removes a call whose context has ended from the queues, or returns its charges if it was
// admitted meanwhile.
func (p *Pacer) leave(w *permit, cause error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	switch w.state {
	case admitted:
		p.end(w, now, returned)
	case waiting:
		worst, at := p.earliestAdmission(w, now)
		if cause == context.DeadlineExceeded {
			cause = worst.refusal(p.quota(worst.counter, worst.limit), at-now.at, cause)
		}
		w.withdraw()
		p.markDirty(w)
		p.advance(now)
	case ended:
		if w.err != nil {
			return w.err
		}
	}
	return cause
}

// quota returns this process's share of the quota in force for c, or of what the bucket holds: the
// table's figure, or a smaller one that the server announced.
func (p *Pacer) quota(c *counter, limit *Limit) int64 {
	limit = limit.Current() // waiting calls are held to the quota in force when they go
	if kindOf(limit) == bucketed {
		return p.burst(c, limit)
	}
	quota := limit.Quota
	if len(limit.Stages) > 0 {
		quota = limit.On(p.timeline.clock.Now()).Quota
	}
	if c.lowered > 0 {
		quota = min(quota, c.lowered)
	}
	return ShareOf(quota, p.options.Share)
}

// ShareOf is the part of a quota that a client may use. A share of 0 means the whole quota.
func ShareOf(quota int64, share float64) int64 {
	if share <= 0 || share >= 1 {
		return quota
	}
	// The tiny addition is for shares such as 0.29: 0.29 × 100 is 28.999… in binary.
	return int64(float64(quota)*share + 1e-9)
}

// skew returns how far apart the clocks may be for limit. It is never 0: an answer at the very
// start of a window may belong to a request that arrived in it.
func (p *Pacer) skew(limit *Limit) time.Duration {
	if limit == nil {
		return 0
	}
	return max(min(p.options.Skew, limit.Window/10), 1)
}
