package redisstore

import (
	"context"
	"time"
)

// advance admits the calls whose turn it is and whose units are available, then sets the timer for
// the next step.
func (g *group) advance(now time.Duration) {
	g.round++
	wake, stuck := never, 0
	for p := g.first; p != nil && stuck < g.waitedFor; {
		next := p.next
		at, ok := g.ready(p, now)
		switch {
		case ok && at <= now:
			g.admit(p, now)
		default:
			if ok {
				wake = min(wake, at)
			}
			for i := range p.charges {
				if f := p.charges[i].alloc; f.stuckRound != g.round {
					f.stuckRound = g.round
					stuck++
				}
			}
			g.scheduleSync(p, at, ok, now)
		}
		p = next
	}
	g.arm(wake, now)
}

// ready returns when a call can go, and false if that is unknown: earlier calls are blocked, or
// units are missing.
func (g *group) ready(p *permit, now time.Duration) (time.Duration, bool) {
	at := now
	for i := range p.charges {
		c := &p.charges[i]
		f := c.alloc
		if f.stuckRound == g.round {
			return 0, false
		}
		f.busy.expire(now)
		f.recent.expire(now)
		fits, ok := f.admissible(c.cost, now, f.spendable(now, &g.store.options))
		if !ok {
			return 0, false
		}
		at = max(at, fits)
	}
	return at, true
}

func (g *group) admit(p *permit, now time.Duration) {
	g.remove(p)
	for i := range p.charges {
		c := &p.charges[i]
		c.alloc.spend(c.cost, now, c.alloc.spendable(now, &g.store.options))
	}
	p.admitted = true
	close(p.ready)
}

// fail ends all waiting calls: with err, or admitted uncounted if err is nil.
func (g *group) fail(err error) {
	for p := g.first; p != nil; {
		next := p.next
		g.remove(p)
		p.ended, p.err = true, err
		if err == nil {
			p.charges = nil
		}
		close(p.ready)
		p = next
	}
}

// syncInterval is the interval between two syncs of a busy process for a counter. With more than
// three such processes each waits longer, so that together they sync about 18 times per window.
func (f *allocation) syncInterval() time.Duration {
	d := max(min(f.limit.Window/6, time.Second), 40*time.Millisecond)
	if busy := f.quota() / max(f.fairShare, 1); f.synced && busy > 3 {
		d = d / 3 * time.Duration(busy)
	}
	return d
}

// scheduleSync schedules a sync for a call that is first in its queue and cannot go.
func (g *group) scheduleSync(p *permit, at time.Duration, known bool, now time.Duration) {
	for i := range p.charges {
		f := p.charges[i].alloc
		usable := f.spendable(now, &g.store.options)
		if f.wanted <= usable-f.inUse() || f.held >= f.quota() || f.blocked > now {
			continue // this process's units suffice, or no others are available
		}
		if known && at <= now+2*time.Millisecond {
			continue
		}
		due := g.synced + g.jitter(f.syncInterval())
		switch {
		case g.failing:
			due = g.synced // the end of a rest; otherwise Redis would be asked without a pause
		case f.noGrantsUntil > now:
			due = min(due, f.noGrantsUntil)
		case !f.synced, f.belowShare(now) && f.wanted > f.wantedAtSync:
			due = now // an occasional caller need not wait to sync
		case f.belowShare(now), f.held+f.quota()/8 < f.target && usable-f.inUse() <= p.charges[i].cost:
			due = g.synced + f.syncInterval()/4
		}
		g.syncAt = min(g.syncAt, max(due, now))
	}
}

// jitter spreads the syncs of a fleet's processes over time.
func (g *group) jitter(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(float64(d/2)*g.jitterPhase)
}

// arm sets the timer to the next step.
func (g *group) arm(at, now time.Duration) {
	if !g.syncing { // otherwise the end of the sync plans it
		at = min(at, g.syncAt)
	}
	if at == g.wakeAt {
		return
	}
	if g.stop != nil {
		g.stop()
		g.stop = nil
	}
	g.wakeAt = at
	if at != never {
		g.stop = g.store.clock.AfterFunc(at-now, g.wake)
	}
}

// wake is called by the timer.
func (g *group) wake() {
	g.mu.Lock()
	now := g.now()
	g.wakeAt, g.stop = never, nil
	due := !g.syncing && g.syncAt <= now
	if due && !g.needsSync(now) {
		due = false
		g.schedule(now)
	}
	if !due {
		g.advance(now)
	}
	g.mu.Unlock()
	if due {
		_ = g.sync(context.Background(), false) // failed has handled the error, and no call waits here
	}
}
