package ratelimit

import (
	"math"
	"slices"
	"time"
)

// permitState is the state of a call.
type permitState uint8

const (
	waiting permitState = iota
	admitted
	ended
)

// outcome is how a call ended.
type outcome uint8

const (
	answered  outcome = iota
	returned          // nothing was sent
	lost              // the connection broke without a response, and the request may still arrive
	abandoned         // the caller gave up, and the request may wait in a stalled server
)

// permitCharge is one charge of a call.
type permitCharge struct {
	counter  *counter
	limit    *Limit
	key      string
	cost     int64
	recorded bool // its response has begun, so it is in the counter's record
	*place        // nil if the call was admitted at once
}

// place is that of a charge in its counter's queue while the call waits.
type place struct {
	permit     *permit
	next, prev *permitCharge
	// waited is how long the counter delayed the call; while the call waits, the counter's full
	// time when it was queued.
	waited time.Duration
}

// refusal returns the error of a charge that is not admitted.
func (h *permitCharge) refusal(quota int64, wait time.Duration, cause error) *LimitError {
	return &LimitError{API: h.limit.API, Limit: h.limit.Name, Key: h.key, Cost: h.cost, Quota: quota, Wait: wait, Err: cause}
}

// permit is a call that waits for a Pacer or is admitted by it. The Pacer's lock guards it.
type permit struct {
	pacer   *Pacer
	turn    uint64 // number of calls that it has served
	state   permitState
	charges []permitCharge
	inline  [3]permitCharge // enough for most calls, to save an allocation
	sent    time.Duration   // when it was admitted
	rank    time.Duration   // when it arrived; later for a batch call, which yields to others
	*queued                 // nil if the call was admitted at once
}

// queued is the state of a call that has to wait.
type queued struct {
	ready    chan struct{} // closed when the wait ends
	err      error         // why the wait ended without admission
	deadline time.Duration
	wakeAt   time.Duration // when the timer rings; 0 for none
	stop     func() bool   // stops the timer
	reason   *LimitError   // traced calls only: why the call waits, and for how long at least
	places   [3]place
}

// add adds a charge. Charges of one call against the same counter are merged.
func (w *permit) add(c *counter, charge *Charge) {
	if charge.Cost <= 0 {
		return
	}
	for i := range w.charges {
		if w.charges[i].counter == c {
			if w.charges[i].cost += charge.Cost; w.charges[i].cost < 0 {
				w.charges[i].cost = math.MaxInt64 // the sum overflowed: it never fits
			}
			return
		}
	}
	w.charges = append(w.charges, permitCharge{counter: c, limit: charge.Limit, key: charge.Key, cost: charge.Cost})
}

// join makes the call wait in the queues of its counters.
func (w *permit) join(now moment) {
	places := w.places[:]
	if len(w.charges) > len(places) {
		places = make([]place, len(w.charges))
	}
	for i := range w.charges {
		h := &w.charges[i]
		h.place = &places[i]
		h.permit, h.waited = w, h.counter.full.total(now.at)
		h.counter.queue.push(h)
	}
}

// admit commits all charges.
func (w *permit) admit(now moment) {
	for i := range w.charges {
		h := &w.charges[i]
		h.counter.inFlight += h.cost
		if h.counter.probing {
			h.counter.probe = w
		}
		w.pacer.note(h, w.pacer.quota(h.counter, h.limit), now, true)
	}
	w.state, w.sent = admitted, now.at
}

// leads reports whether the call heads all of its queues.
func (w *permit) leads() bool {
	for i := range w.charges {
		if w.charges[i].prev != nil {
			return false
		}
	}
	return true
}

// withdraw removes a waiting call from its queues and ends it.
func (w *permit) withdraw() {
	w.unqueue()
	w.state = ended
	close(w.ready)
}

// unqueue removes a call from its queues and stops its timer.
func (w *permit) unqueue() {
	for i := range w.charges {
		h := &w.charges[i]
		h.counter.queue.remove(h)
		h.waited = h.counter.full.total(w.pacer.latest) - h.waited
	}
	w.disarm()
}

func (w *permit) disarm() {
	if w.stop != nil {
		w.stop()
	}
	w.stop, w.wakeAt = nil, 0
}

// ticket is the Permit of an admitted call. Calls that were admitted at once share permits, one
// after another, so a ticket is valid for one turn of its permit only.
type ticket struct {
	permit *permit
	turn   uint64
}

// ticket returns the Permit of a call that has just been admitted.
func (w *permit) ticket() *ticket { return &ticket{w, w.turn} }

// Done says that the response has come: the charges leave their windows one Window from now.
func (t *ticket) Done() { t.finish(answered) }

// Cancel says that nothing was sent: the charges are given back.
func (t *ticket) Cancel() { t.finish(returned) }

// Lost says that the request may still arrive: the charges stay until it no longer can, and then a
// Window.
func (t *ticket) Lost() { t.finish(lost) }

// Abandoned is Lost for a request whose caller gave up before the server sent anything: the server
// may be stalled, and serve the request when it resumes. See PacerOptions.Transit.
func (t *ticket) Abandoned() { t.finish(abandoned) }

// Answered says that the response has begun: charges against rates leave their windows one Window
// from now, those against concurrent requests are held until the permit ends.
func (t *ticket) Answered() {
	w, p := t.permit, t.permit.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	if !t.valid() {
		return
	}
	now := p.now()
	for i := range w.charges {
		if h := &w.charges[i]; !h.limit.Concurrent() {
			p.endCharge(w, h, now, answered)
		}
	}
	p.noteAnswer(w, now)
	p.markDirty(w)
	p.advance(now)
}

func (t *ticket) finish(how outcome) {
	p := t.permit.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.valid() {
		p.end(t.permit, p.now(), how)
		p.spare(t.permit)
	}
}

func (t *ticket) valid() bool { return t.turn == t.permit.turn && t.permit.state == admitted }

// mostSpares bounds how many permits are kept for further calls.
const mostSpares = 64

// blank returns a permit without charges.
func (p *Pacer) blank() *permit {
	n := len(p.spares)
	if n == 0 {
		w := &permit{pacer: p}
		w.charges = w.inline[:0]
		return w
	}
	w := p.spares[n-1]
	p.spares = p.spares[:n-1]
	return w
}

// spare keeps a permit that has ended for another call, unless other calls or a timer may refer to
// it, because it has waited.
func (p *Pacer) spare(w *permit) {
	if w.queued != nil || len(w.charges) > len(w.inline) || len(p.spares) == mostSpares {
		return
	}
	w.turn++
	w.state, w.charges = waiting, w.inline[:0]
	p.spares = append(p.spares, w)
}

// end ends an admitted call and advances the queues that it made room in.
func (p *Pacer) end(w *permit, now moment, how outcome) {
	w.state = ended
	for i := range w.charges {
		p.endCharge(w, &w.charges[i], now, how)
	}
	if how == answered {
		p.noteAnswer(w, now)
	}
	p.markDirty(w)
	p.advance(now)
}

// endCharge moves one charge out of flight: into the record of its counter, or away.
func (p *Pacer) endCharge(w *permit, h *permitCharge, now moment, how outcome) {
	if h.recorded {
		return
	}
	h.recorded = true
	c := h.counter
	c.refresh(now, p.skew(c.limit))
	c.inFlight -= h.cost
	if c.probe == w {
		if c.probe = nil; how == answered {
			c.probing = false // if the server still refuses, Block was called before the permit ended
		}
	}
	start := now
	if c.bucket != nil {
		start.at += bucketGuard
	}
	switch {
	case how == lost:
		c.answered.add(p.overBy(c, start, p.options.Transit), h.cost, c.grain())
	case how == abandoned:
		c.answered.insert(entry{p.overBy(c, start, silenceFactor*p.options.Transit), h.cost, true}, c.grain())
		if !c.unresolved {
			c.unresolved = true
			p.unresolved = append(p.unresolved, c)
		}
	case how == answered && !h.limit.Concurrent():
		c.answered.add(start.at, h.cost, c.grain())
	}
}

// A request that was given up may lie unread in a stalled server, and be served when that resumes.
// The stall can last while the API answers nothing. Once the API has answered a request that was
// sent later, it has resumed, and serves the earlier one within Transit or not at all:
//
//	given up ────── no answer ────── answer to a later request ── Transit ──▶ over, then a window
//	         └─────────────── at most silenceFactor × Transit ──────────────▶ over, then a window
// The second bound is needed because a whole quota may have been given up: then no later request is
// sent that could be answered.

// silenceFactor bounds a stall, in multiples of Transit.
const silenceFactor = 6

// overBy returns when a request that ended now without an answer is surely over. It is rounded up,
// so that the record stays small even if Transit is much longer than the window.
func (p *Pacer) overBy(c *counter, now moment, after time.Duration) time.Duration {
	coarse := max(p.options.Transit/16, c.grain())
	at := now.at + after + coarse - 1
	return at - at%coarse
}

// noteAnswer records that the API has answered w: requests that were given up before w was sent are
// over in Transit.
func (p *Pacer) noteAnswer(w *permit, now moment) {
	p.unresolved = slices.DeleteFunc(p.unresolved, func(c *counter) bool {
		c.refresh(now, p.skew(c.limit))
		c.unresolved = c.answered.noteAnswer(w.sent, silenceFactor*p.options.Transit, p.overBy(c, now, p.options.Transit), c.grain())
		p.dirty = append(p.dirty, c)
		return !c.unresolved
	})
}
