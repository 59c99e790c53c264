package ratelimit

import "time"

// exactAhead is how many waiting calls an estimate plays one by one. Of longer queues it only adds
// up the costs, as though they could be cut to fill every gap: that is quick, and never later than
// the truth.
const exactAhead = 256

// foresee returns when w could be admitted at the earliest, and the charge that decides it. Every
// request in flight counts as answered now, and every waiting call ahead as admitted as soon as it
// fits and answered at once. What other limits do to the calls ahead is left out, so the truth is
// never earlier.
func (p *Pacer) foresee(w *permit, now moment) (worst *hold, at time.Duration) {
	for i := range w.holds {
		h := &w.holds[i]
		if t := p.estimate(h, now); worst == nil || t > at {
			worst, at = h, t
		}
	}
	return worst, at
}

// estimate is foresee for one charge.
func (p *Pacer) estimate(h *hold, now moment) time.Duration {
	c, quota, skew := h.counter, p.room(h, now), p.skew(h.limit)
	if h.limit.Concurrent() {
		return max(now.at, c.blocked) // nobody knows when a request in flight will end
	}
	p.plan = p.plan[:0]
	for _, e := range c.answered.entries[c.answered.head:] {
		p.plan = append(p.plan, entry{min(e.at, now.at), e.cost, false})
	}
	p.plan = append(p.plan, entry{now.at, c.inFlight, false})

	f := forecast{counter: c, now: now, skew: skew, plan: p.plan, at: max(now.at, c.blocked), free: quota - c.used()}
	if c.queue.length > exactAhead {
		f.pour(c, h, quota)
	} else {
		for ahead := c.queue.first; ahead != nil && ahead.before(h); ahead = ahead.next {
			if ahead.cost <= quota { // others fail when it is their turn
				f.admit(ahead.cost)
			}
		}
		f.admit(h.cost)
	}
	p.plan = f.plan
	return f.at
}

// forecast plays what a counter will admit at the earliest.
type forecast struct {
	counter *counter
	now     moment
	skew    time.Duration
	plan    []entry // what is still to leave, from next on
	next    int
	at      time.Duration
	free    int64
}

// admit goes on to when cost fits.
func (f *forecast) admit(cost int64) {
	for f.free < cost && f.next < len(f.plan) {
		e := f.plan[f.next]
		f.next++
		f.free += e.cost
		f.at = max(f.at, f.counter.leaves(e.at, f.now, f.skew))
	}
	f.free -= cost
	f.plan = append(f.plan, entry{f.at, cost, false})
}

// pour goes on to when h fits behind all calls ahead if only the sum of their costs counts. No more
// than quota passes in any Window, so of a sum of m quotas and a rest, the rest passes when it fits
// now, and the whole m Windows later.
func (f *forecast) pour(c *counter, h *hold, quota int64) {
	var windows, rest int64
	for ahead := c.queue.first; ahead != nil && ahead.before(h); ahead = ahead.next {
		rest += ahead.cost
		windows, rest = windows+rest/quota, rest%quota
	}
	rest += h.cost
	windows, rest = windows+rest/quota, rest%quota
	if rest == 0 {
		windows, rest = windows-1, quota
	}
	f.admit(rest)
	f.at += time.Duration(windows) * h.limit.Window
}
