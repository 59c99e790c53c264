package runtime

import (
	"math"
	"time"
)

// permitState says where a call stands.
type permitState uint8

const (
	waiting permitState = iota
	held
	ended
)

// outcome is how a call ended.
type outcome uint8

const (
	answered outcome = iota
	returned         // nothing was sent
	lost             // no response came, and the request may still arrive
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
}

// refusal makes the error that says why the charge is not admitted.
func (h *hold) refusal(quota int64, wait time.Duration, cause error) *LimitError {
	return &LimitError{Limit: h.limit.Name, Key: h.key, Cost: h.cost, Quota: quota, Wait: wait, cause: cause}
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
	rank     time.Duration // when it came, or later for one that lets others pass
	wakeAt   time.Duration // when the timer rings; 0 for none
	stop     func() bool   // stops the timer
}

// add notes a charge. Two charges of one call can come to the same counter; they are then one.
func (w *permit) add(c *counter, charge Charge) {
	if charge.Cost <= 0 {
		return
	}
	for i := range w.holds {
		if w.holds[i].counter == c {
			if w.holds[i].cost += charge.Cost; w.holds[i].cost < 0 {
				w.holds[i].cost = math.MaxInt64 // the sum overflowed, and fits nowhere
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
		w.pacer.note(h, now, true)
	}
	w.state = held
}

// leads reports whether the call is the first in all of its queues.
func (w *permit) leads() bool {
	for i := range w.holds {
		if w.holds[i].prev != nil {
			return false
		}
	}
	return true
}

// withdraw takes a waiting call out of its queues and ends it.
func (w *permit) withdraw() {
	w.unqueue()
	w.state = ended
	close(w.ready)
}

// unqueue takes a call out of its queues and stops its timer.
func (w *permit) unqueue() {
	for i := range w.holds {
		w.holds[i].counter.queue.remove(&w.holds[i])
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

// Lost says that the request may still arrive: the charges stay until it no longer can, and then a Window.
func (w *permit) Lost() { w.finish(lost) }

// Answered says that the response has begun: charges against rates leave their windows one Window from now,
// those against concurrent requests are held until the permit ends.
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

// end ends an admitted call and lets those move that it made room for.
func (p *Pacer) end(w *permit, now moment, how outcome) {
	w.state = ended
	for i := range w.holds {
		p.conclude(&w.holds[i], now, how)
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
	switch {
	case how == lost:
		// Rounded up, so that the record stays small however long Transit is against the window.
		coarse := max(p.options.Transit/16, c.grain())
		at := now.at + p.options.Transit + coarse - 1
		c.answered.add(at-at%coarse, h.cost, c.grain())
	case how == answered && !h.limit.Concurrent():
		c.answered.add(now.at, h.cost, c.grain())
	}
}
