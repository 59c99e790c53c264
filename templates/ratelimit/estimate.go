package ratelimit

import "time"

// An estimate simulates the queue: it admits the calls ahead one by one at their earliest times,
// each answered at once, and then the call itself. Costs leave the window in order:
//
//	leaving   answered … │ in flight │ call ahead │ call ahead │ …   next ─▶ the next to leave
//
// Invariant: an estimate is a lower bound as long as the calls ahead stay in the queue and the
// quota stays the same.

// exactAhead is the longest queue that an estimate simulates call by call. For longer queues it
// only sums the costs, as though they could be split to fill every gap: a quick lower bound.
const exactAhead = 256

// earliestAdmission returns the earliest possible admission of w, and the charge that determines
// it. It treats every request in flight as answered now, and every waiting call ahead as admitted
// as soon as it fits and answered at once. It ignores delays that other limits cause to the calls
// ahead, so the actual admission is never earlier.
func (p *Pacer) earliestAdmission(w *permit, now moment) (worst *permitCharge, at time.Duration) {
	for i := range w.charges {
		h := &w.charges[i]
		if t := p.estimate(w, h, now); worst == nil || t > at {
			worst, at = h, t
		}
	}
	return worst, at
}

// estimate is earliestAdmission for one charge.
func (p *Pacer) estimate(w *permit, h *permitCharge, now moment) time.Duration {
	c, quota, skew := h.counter, p.room(h, now), p.skew(h.limit)
	if h.limit.Concurrent() {
		return max(now.at, c.blocked) // the end of a request in flight is unknown
	}
	if c.bucket != nil {
		return c.estimateBucket(w, h.cost, quota, now)
	}
	p.scratch = p.scratch[:0]
	for _, e := range c.answered.entries[c.answered.head:] {
		p.scratch = append(p.scratch, entry{min(e.at, now.at), e.cost, false})
	}
	p.scratch = append(p.scratch, entry{now.at, c.inFlight, false})

	f := forecast{counter: c, now: now, skew: skew, leaving: p.scratch, at: max(now.at, c.blocked), free: quota - c.used(now)}
	if c.queue.length > exactAhead {
		f.admitTotal(w, h, quota)
	} else {
		for ahead := c.queue.first; ahead != nil && ahead.before(w); ahead = ahead.next {
			if ahead.cost <= quota { // larger ones fail when their turn comes
				f.admit(ahead.cost)
			}
		}
		f.admit(h.cost)
	}
	p.scratch = f.leaving
	return f.at
}

// forecast simulates the earliest admissions of a counter.
type forecast struct {
	counter *counter
	now     moment
	skew    time.Duration
	leaving []entry // costs that have yet to leave, from next on
	next    int
	at      time.Duration
	free    int64
}

// admit advances to the time when cost fits, and charges it.
func (f *forecast) admit(cost int64) {
	for f.free < cost && f.next < len(f.leaving) {
		e := f.leaving[f.next]
		f.next++
		f.free += e.cost
		f.at = max(f.at, f.counter.leaves(e.at, f.now, f.skew))
	}
	f.free -= cost
	f.leaving = append(f.leaving, entry{f.at, cost, false})
}

// admitTotal estimates when h fits, treating the calls ahead as one total cost (a lower bound). At
// most quota passes in any Window, so of a total of m quotas and a remainder, the remainder passes
// as soon as it fits, and all of it m Windows later.
func (f *forecast) admitTotal(w *permit, h *permitCharge, quota int64) {
	quota = max(quota, 1) // it may have been lowered since the call began to wait
	var windows, rest int64
	for ahead := h.counter.queue.first; ahead != nil && ahead.before(w); ahead = ahead.next {
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
