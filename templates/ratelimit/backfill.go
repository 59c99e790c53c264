package ratelimit

// Backfilling: while a large request heads the queue, the capacity freed so far sits idle. A
// smaller request behind it may use that capacity if this does not delay the head. The time at
// which the head fits is known, since costs leave the window in order, and more units may leave at
// that time than the head needs. That surplus, the gap, may be spent now, although it will still
// count then:
//
//	costs, oldest first   │ a │ b │    c    │ d │
//	the head lacks        ├─────────────┤
//	the gap                             ├───┤         the rest of c, which leaves with it
//
// Invariant: the head is admitted when it would have been without backfilling. Every request
// eventually reaches the head, so none starves.

// backfillLooks is how many waiting calls one pass of backfilling examines.
const backfillLooks = 64

// gap returns how many units of a counter other calls may spend without delaying first, the head of
// the counter's queue.
func (p *Pacer) gap(first *permitCharge, now moment) int64 {
	c := first.counter
	missing := c.used(now) + first.cost - p.room(first, now)
	if missing <= 0 {
		return -missing // another limit delays the head
	}
	if c.bucket != nil {
		return 0 // it drains unit by unit, so no other call can have any that the head does not lack
	}
	return c.answered.surplus(missing)
}

// canBackfill reports whether a call fits now and delays no call that heads a queue before it.
func (p *Pacer) canBackfill(w *permit, now moment) bool {
	for i := range w.charges {
		h := &w.charges[i]
		c, skew := h.counter, p.skew(h.limit)
		c.refresh(now, skew)
		if at, known := c.earliest(h.cost, p.room(h, now), now, skew); !known || at > now.at {
			return false
		}
		if first := c.queue.first; first != nil && first.before(w) && h.cost > p.gap(first, now) {
			return false
		}
	}
	return true
}

// backfill admits waiting calls of a counter that do not delay the head of its queue.
func (p *Pacer) backfill(c *counter, now moment) {
	first := c.queue.first
	if first.next == nil {
		return
	}
	for h, looks := first.next, 0; h != nil && looks < backfillLooks; looks++ {
		if p.gap(first, now) <= 0 {
			return
		}
		w, next := h.permit, h.next
		if p.canBackfill(w, now) {
			p.markDirty(w)
			w.unqueue()
			w.admit(now)
			close(w.ready)
		}
		h = next
	}
}
