package ratelimit

// A large cost waits for room, and what has gathered for it lies idle meanwhile. A smaller one
// behind it may use that if the large one is not held up: the moment at which it fits is known, as
// costs leave in order, and more may leave at that moment than it needs. As much as this may be
// spent now, which will still count then. So the first call of a queue is admitted when it would
// have been, and each call is the first some day: nothing is starved.

// fillLooks is how many waiting calls are looked at for one that fills a gap.
const fillLooks = 64

// gap returns how much others may spend of a counter without holding up the first call that waits
// for it.
func (p *Pacer) gap(first *hold, now moment) int64 {
	c := first.counter
	missing := c.used() + first.cost - p.room(first, now)
	if missing <= 0 {
		return -missing // another limit holds it up
	}
	return c.answered.surplus(missing)
}

// fills reports whether a call fits now and holds up nobody who is the first in a queue before it.
func (p *Pacer) fills(w *permit, now moment) bool {
	for i := range w.holds {
		h := &w.holds[i]
		c, skew := h.counter, p.skew(h.limit)
		c.refresh(now, skew)
		if at, known := c.earliest(h.cost, p.room(h, now), now, skew); !known || at > now.at {
			return false
		}
		if first := c.queue.first; first != nil && first.before(h) && h.cost > p.gap(first, now) {
			return false
		}
	}
	return true
}

// fill admits waiting calls of a counter that hold up nobody who is before them.
func (p *Pacer) fill(c *counter, now moment) {
	first := c.queue.first
	if first.next == nil {
		return
	}
	for h, looks := first.next, 0; h != nil && looks < fillLooks; looks++ {
		if p.gap(first, now) <= 0 {
			return
		}
		w, next := h.permit, h.next
		if p.fills(w, now) {
			p.touch(w)
			w.unqueue()
			w.admit(now)
			close(w.ready)
		}
		h = next
	}
}
