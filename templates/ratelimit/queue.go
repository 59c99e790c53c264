package ratelimit

import (
	"context"
	"time"
)

// queue holds the calls that wait for one counter, in order of rank and then of arrival.
type queue struct {
	first, last *hold
	length      int
}

func (q *queue) push(h *hold) {
	h.prev = q.last
	for h.prev != nil && h.prev.permit.rank > h.permit.rank {
		h.prev = h.prev.prev
	}
	if h.prev == nil {
		h.next, q.first = q.first, h
	} else {
		h.next, h.prev.next = h.prev.next, h
	}
	if h.next == nil {
		q.last = h
	} else {
		h.next.prev = h
	}
	q.length++
}

// before reports whether h, which waits, precedes other, which waits too or has just arrived.
func (h *hold) before(other *hold) bool { return h != other && h.permit.rank <= other.permit.rank }

func (q *queue) remove(h *hold) {
	if h.prev == nil {
		q.first = h.next
	} else {
		h.prev.next = h.next
	}
	if h.next == nil {
		q.last = h.prev
	} else {
		h.next.prev = h.prev
	}
	h.next, h.prev = nil, nil
	q.length--
}

// touch notes that the queues of w's counters may advance.
func (p *Pacer) touch(w *permit) {
	for i := range w.holds {
		p.dirty = append(p.dirty, w.holds[i].counter)
	}
}

// settle admits every call that leads all of its queues and fits, and sets the timers of those that
// only time holds up. Backfilled calls are admitted too. All queues of a call are joined under
// one lock and have one order, so the call that is the first of all leads all of its queues: some
// call can always go next, and none waits for another in a circle.
func (p *Pacer) settle(now moment) {
	for len(p.dirty) > 0 {
		c := p.dirty[len(p.dirty)-1]
		p.dirty = p.dirty[:len(p.dirty)-1]
		p.review(c, now)
		if c.queue.first == nil {
			continue
		}
		if !c.queue.first.permit.leads() {
			p.fill(c, now)
			continue
		}
		w := c.queue.first.permit
		at, known, worst := p.admissible(w, now)
		switch quota := p.quota(worst.counter, worst.limit); {
		case worst.cost > quota:
			w.err = worst.refusal(quota, 0, nil) // the server has lowered the quota meanwhile
			w.withdraw()
			p.touch(w)
		case known && at <= now.at:
			w.unqueue()
			w.admit(now)
			close(w.ready)
			p.touch(w)
		case known && at > w.deadline && !worst.counter.silent: // else an answer may make it earlier
			w.err = worst.refusal(quota, at-now.at, context.DeadlineExceeded)
			w.withdraw()
			p.touch(w)
		case known:
			p.arm(w, at, now)
			p.fill(c, now)
		}
	}
}

// admissible returns when all charges of w fit, and the charge that takes longest or can never fit.
func (p *Pacer) admissible(w *permit, now moment) (at time.Duration, known bool, worst *hold) {
	at, known, worst = now.at, true, &w.holds[0]
	for i := range w.holds {
		h := &w.holds[i]
		skew := p.skew(h.limit)
		h.counter.refresh(now, skew)
		if h.cost > p.quota(h.counter, h.limit) {
			return 0, false, h
		}
		fits, ok := h.counter.earliest(h.cost, p.room(h, now), now, skew)
		known = known && ok
		if ok && fits > at {
			at, worst = fits, h
		}
	}
	return at, known, worst
}

// arm sets the timer of a call that leads its queues. Only such calls have one, so there is at most
// one to a counter.
func (p *Pacer) arm(w *permit, at time.Duration, now moment) {
	if w.wakeAt == at {
		return
	}
	w.disarm()
	w.wakeAt = at
	w.stop = p.timeline.clock.AfterFunc(at-now.at, func() { p.wake(w) })
}

// wake is called by the timer of w.
func (p *Pacer) wake(w *permit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.state != waiting {
		return
	}
	w.disarm()
	p.touch(w)
	p.settle(p.timeline.read(&p.high))
}
