package ratelimit

import (
	"context"
	"time"
)

// queue holds the calls that wait for one counter, in order of rank and then of arrival.
type queue struct {
	first, last *permitCharge
	length      int
}

func (q *queue) push(h *permitCharge) {
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

// before reports whether h, which waits, precedes w, which waits too or has just arrived.
func (h *permitCharge) before(w *permit) bool {
	return h.permit != w && h.permit.rank <= w.rank
}

func (q *queue) remove(h *permitCharge) {
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

// markDirty marks the counters of w, whose queues may advance. Where nothing waits or has just
// waited, there is nothing to do.
func (p *Pacer) markDirty(w *permit) {
	for i := range w.charges {
		if c := w.charges[i].counter; c.queue.first != nil || c.full.till != 0 {
			p.dirty = append(p.dirty, c)
		}
	}
}

// advance admits every call that leads all of its queues and fits, and sets the timers of calls
// that wait only for time to pass. Backfilled calls are admitted too. A call joins all of its
// queues under one lock, and all queues have the same order, so the first call of all leads all of
// its queues: some call can always go next, and there is no deadlock.
func (p *Pacer) advance(now moment) {
	for len(p.dirty) > 0 {
		c := p.dirty[len(p.dirty)-1]
		p.dirty = p.dirty[:len(p.dirty)-1]
		p.noteFull(c, now)
		if c.queue.first == nil {
			continue
		}
		if !c.queue.first.permit.leads() {
			p.backfill(c, now)
			continue
		}
		w := c.queue.first.permit
		at, known, worst := p.admissible(w, now)
		switch quota := p.quota(worst.counter, worst.limit); {
		case worst.cost > quota:
			w.err = worst.refusal(quota, 0, nil) // the server has lowered the quota meanwhile
			w.withdraw()
			p.markDirty(w)
		case known && at <= now.at:
			w.unqueue()
			w.admit(now)
			close(w.ready)
			p.markDirty(w)
		case known && at > w.deadline && !worst.counter.unresolved: // otherwise an answer may bring it forward
			w.err = worst.refusal(quota, at-now.at, context.DeadlineExceeded)
			w.withdraw()
			p.markDirty(w)
		case known:
			p.arm(w, at, now)
			p.backfill(c, now)
		}
	}
}

// admissible returns when all charges of w fit, and the charge that takes longest or can never fit.
func (p *Pacer) admissible(w *permit, now moment) (at time.Duration, known bool, worst *permitCharge) {
	at, known, worst = now.at, true, &w.charges[0]
	for i := range w.charges {
		h := &w.charges[i]
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

// arm sets the timer of a call that leads its queues. Only such calls have one, so a counter has at
// most one.
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
	p.markDirty(w)
	p.advance(p.now())
}
