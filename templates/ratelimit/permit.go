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
	held
	ended
)

// outcome is how a call ended.
type outcome uint8

const (
	answered  outcome = iota
	returned          // nothing was sent
	lost              // the connection broke without a response, and the request may still arrive
	abandoned         // the caller gave up, and the request may wait in a server that stands still
)

// hold is one charge of a call, in one counter and in its queue.
type hold struct {
	counter    *counter
	limit      *Limit
	key        string
	cost       int64
	over       bool // a charge against a rate whose response has begun: it is in the record
	permit     *permit
	next, prev *hold // in the counter's queue
	// waited is for how long the counter held the call up; while that waits, what the counter's
	// full was at the beginning.
	waited time.Duration
}

// refusal makes the error that says why the charge is not admitted.
func (h *hold) refusal(quota int64, wait time.Duration, cause error) *LimitError {
	return &LimitError{API: h.limit.API, Limit: h.limit.Name, Key: h.key, Cost: h.cost, Quota: quota, Wait: wait, Err: cause}
}

// permit is a call that waits for a Pacer or is admitted by it. The pacer's lock guards it.
type permit struct {
	pacer    *Pacer
	state    permitState
	holds    []hold
	room     [2]hold       // most calls need no more, and so no allocation
	ready    chan struct{} // closed when the wait ends; nil when there was none
	err      error         // why the wait ended without admission
	deadline time.Duration
	sent     time.Duration // when it was admitted
	rank     time.Duration // when it arrived; later for a batch call, which yields to others
	wakeAt   time.Duration // when the timer rings; 0 for none
	stop     func() bool   // stops the timer
	foreseen *LimitError   // of a traced call: why it waits, and for how long at least
}

// add notes a charge. Two charges of one call can come to the same counter; they are then one.
func (w *permit) add(c *counter, charge Charge) {
	if charge.Cost <= 0 {
		return
	}
	for i := range w.holds {
		if w.holds[i].counter == c {
			if w.holds[i].cost += charge.Cost; w.holds[i].cost < 0 {
				w.holds[i].cost = math.MaxInt64 // the sum overflowed, and never fits
			}
			return
		}
	}
	w.holds = append(w.holds, hold{counter: c, limit: charge.Limit, key: charge.Key, cost: charge.Cost})
}

// admit commits all charges.
func (w *permit) admit(now moment) {
	for i := range w.holds {
		h := &w.holds[i]
		h.counter.inFlight += h.cost
		if h.counter.cut {
			h.counter.probe = w
		}
		w.pacer.note(h, now, true)
	}
	w.state, w.sent = held, now.at
}

// leads reports whether the call heads all of its queues.
func (w *permit) leads() bool {
	for i := range w.holds {
		if w.holds[i].prev != nil {
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
	for i := range w.holds {
		h := &w.holds[i]
		h.counter.queue.remove(h)
		h.waited = h.counter.full.total(w.pacer.high) - h.waited
	}
	w.disarm()
}

func (w *permit) disarm() {
	if w.stop != nil {
		w.stop()
	}
	w.stop, w.wakeAt = nil, 0
}

// Done says that the response has come: the charges leave their windows one Window from now.
func (w *permit) Done() { w.finish(answered) }

// Cancel says that nothing was sent: the charges are given back.
func (w *permit) Cancel() { w.finish(returned) }

// Lost says that the request may still arrive: the charges stay until it no longer can, and then a
// Window.
func (w *permit) Lost() { w.finish(lost) }

// Abandoned is Lost for a request whose caller gave up, when nothing was heard of the server: it
// may stand still, and serve the request when it goes on. See PacerOptions.Transit.
func (w *permit) Abandoned() { w.finish(abandoned) }

// Answered says that the response has begun: charges against rates leave their windows one Window
// from now, those against concurrent requests are held until the permit ends.
func (w *permit) Answered() {
	p := w.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.state != held {
		return
	}
	now := p.timeline.read(&p.high)
	for i := range w.holds {
		if h := &w.holds[i]; !h.limit.Concurrent() {
			p.conclude(h, now, answered)
		}
	}
	p.hear(w, now)
	p.touch(w)
	p.settle(now)
}

func (w *permit) finish(how outcome) {
	p := w.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.state == held {
		p.end(w, p.timeline.read(&p.high), how)
	}
}

// end ends an admitted call and advances the queues that it made room in.
func (p *Pacer) end(w *permit, now moment, how outcome) {
	w.state = ended
	for i := range w.holds {
		p.conclude(&w.holds[i], now, how)
	}
	if how == answered {
		p.hear(w, now)
	}
	p.touch(w)
	p.settle(now)
}

// conclude moves one charge from those in flight to where it belongs.
func (p *Pacer) conclude(h *hold, now moment, how outcome) {
	if h.over {
		return
	}
	h.over = true
	c := h.counter
	c.refresh(now, p.skew(c.limit))
	c.inFlight -= h.cost
	if c.probe == h.permit {
		if c.probe = nil; how == answered {
			c.cut = false // a server that still refuses has said so, by Block, before the permit ended
		}
	}
	switch {
	case how == lost:
		c.answered.add(p.over(c, now, p.options.Transit), h.cost, c.grain())
	case how == abandoned:
		c.answered.insert(entry{p.over(c, now, silence*p.options.Transit), h.cost, true}, c.grain())
		if !c.silent {
			c.silent = true
			p.silent = append(p.silent, c)
		}
	case how == answered && !h.limit.Concurrent():
		c.answered.add(now.at, h.cost, c.grain())
	}
}

// A request that was given up may lie unread in a server that stands still, and be served when that
// goes on. As long as the API answers nothing, so long can that be; once it has answered a request
// that was sent later, it is going on, and serves the earlier one within Transit or not at all:
//
//	given up ────── nothing is answered ────── an answer to a later request ── Transit ──▶ over, and then a window
//	         └───────────────────────── at most silence × Transit ───────────────────────▶ over, and then a window
//
// The second bound is there because all of a quota may have been given up: then nothing is sent
// that could be answered.

// silence is how many times Transit a request that was given up counts, before its window, when
// nothing is answered.
const silence = 6

// over returns when a request is surely over that ended now without an answer. It is rounded up, so
// that the record stays small however long Transit is against the window.
func (p *Pacer) over(c *counter, now moment, after time.Duration) time.Duration {
	coarse := max(p.options.Transit/16, c.grain())
	at := now.at + after + coarse - 1
	return at - at%coarse
}

// hear notes that the API has answered a request: those that were given up before it was sent are
// over in Transit.
func (p *Pacer) hear(w *permit, now moment) {
	p.silent = slices.DeleteFunc(p.silent, func(c *counter) bool {
		c.refresh(now, p.skew(c.limit))
		c.silent = c.answered.hear(w.sent, silence*p.options.Transit, p.over(c, now, p.options.Transit), c.grain())
		p.dirty = append(p.dirty, c)
		return !c.silent
	})
}
