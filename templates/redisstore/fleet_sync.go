package redisstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// A sync gives units back to Redis and takes grants from it, for the counters of one slot in one
// round trip.
//
//	schedule, scheduleSync ──▶ syncAt ──timer──▶ wake ──▶ sync
//	                                                        │ begin: gifts leave the allocations
//	                                                        │ syncScript on Redis
//	                                                        ▼
//	               advance ◀── schedule ◀── apply: grants enter the allocations
//
// Invariant: at most one sync of a group is under way. One without an answer is sent again under
// its number, and takes effect once; a new one is begun only when that was answered, was droppable
// or a lease in it has run out.

// maxSyncCounters is the maximum number of counters in one sync.
const maxSyncCounters = 64

// idlePeriod is the idle period after which a unit is given back.
func (f *allocation) idlePeriod() time.Duration {
	return max(min(f.limit.Window/20, time.Second), 20*time.Millisecond)
}

// maxSyncInterval is the longest interval between syncs of a process that holds units. It lets
// Redis learn soon after a loss which processes hold any.
func (g *group) maxSyncInterval(f *allocation) time.Duration {
	beat := g.store.options.Lease / 8
	if f.limit.Concurrent() {
		return beat
	}
	return min(beat, max(f.limit.Window/2, 250*time.Millisecond))
}

// heartbeat is the interval between syncs that carry no other news; they show that the process is
// alive and tell it whether others have come. A process with waiting calls syncs more often.
func (g *group) heartbeat(f *allocation) time.Duration {
	beat := g.maxSyncInterval(f)
	if f.queue > 0 {
		beat = min(beat, 2*f.syncInterval())
	}
	return beat
}

// unneeded is the number of units that this process has not needed lately.
func (f *allocation) unneeded(usable int64) int64 {
	if f.queue > 0 {
		return 0
	}
	return max(min(f.minIdle, usable-f.inUse()), 0)
}

// worthSync reports whether f needs a sync.
func (g *group) worthSync(f *allocation, now time.Duration) bool {
	f.busy.expire(now)
	f.recent.expire(now)
	usable := f.spendable(now, &g.store.options)
	idle := usable - f.inUse()
	return f.unsent || f.wanted > idle && f.held < f.quota() || f.unneeded(usable) > 0 || f.synced && f.held > f.target ||
		(f.held > 0 || f.gen != 0) && now-f.lastSync >= g.heartbeat(f)
}

func (g *group) needsSync(now time.Duration) bool {
	return g.unanswered != nil || slices.ContainsFunc(g.order, func(f *allocation) bool { return g.worthSync(f, now) })
}

// schedule sets when the next sync is due according to the allocations; scheduleSync brings it
// forward for waiting calls.
func (g *group) schedule(now time.Duration) {
	g.syncAt = never
	for _, f := range g.order {
		if f.held == 0 && f.gen == 0 {
			continue
		}
		f.busy.expire(now)
		idle := f.spendable(now, &g.store.options) - f.inUse()
		f.minIdle = idle
		at := max(f.lastSync+g.heartbeat(f), now+g.heartbeat(f)/8)
		switch {
		case f.queue > 0:
		case idle > 0:
			at = min(at, now+f.idlePeriod())
		case len(f.busy.list) > 0:
			at = min(at, f.busy.list[0].at+f.idlePeriod())
		}
		if f.held > f.target {
			at = min(at, max(now, g.synced+f.syncInterval()))
		}
		if f.unsent {
			at = now
		}
		g.syncAt = min(g.syncAt, at)
	}
}

// sync gives units back and takes grants. Only one runs at a time; a second waits for the first.
// One that was not answered is sent again before another begins.
func (g *group) sync(ctx context.Context, closing bool) error {
	g.syncLock <- struct{}{}
	defer func() { <-g.syncLock }()
	for {
		again, err := g.syncOnce(ctx, closing)
		if err != nil || !again {
			return err
		}
	}
}

// syncOnce makes one attempt. It reports whether that repeated an earlier sync, so that the
// caller's own is still to be made.
func (g *group) syncOnce(ctx context.Context, closing bool) (again bool, err error) {
	g.mu.Lock()
	s := g.unanswered
	if s == nil || g.now() >= s.until {
		s = g.begin(closing)
		g.unanswered = s
	}
	now := g.now()
	if s == nil {
		g.schedule(now)
		g.advance(now)
		g.mu.Unlock()
		return false, nil
	}
	s.attempts = append(s.attempts, now)
	g.syncing, g.synced, g.jitterPhase = true, now, rand.Float64()
	keys, args := g.arguments(s, now)
	g.mu.Unlock()

	reply, err := g.store.run(ctx, syncScript, keys, args, g.urgent(s))

	var loss *LossError
	defer func() { // without the lock: the program's OnError may call Usage
		if loss != nil {
			g.store.reportError(loss)
		}
	}()
	g.mu.Lock()
	defer g.mu.Unlock()
	now = g.now()
	g.syncing = false
	if err == nil {
		err = g.apply(s, reply, now)
	}
	g.failing = err != nil
	g.schedule(now)
	if err == nil {
		loss = g.newLosses(s, now)
		g.fleet.noteContact()
	} else {
		g.failed(err, now)
		if s.droppable() {
			g.unanswered = nil
		}
	}
	g.forget()
	g.advance(now)
	return err == nil && len(s.attempts) > 1, err
}

// urgent reports whether a sync request contains units held. A failed Redis is then retried soon,
// because it may come back without its memory.
func (g *group) urgent(s *syncRequest) bool {
	return s != nil && slices.ContainsFunc(s.entries, func(e syncEntry) bool { return e.alloc.held > 0 })
}

// failed plans the next attempt, and ends the waiting calls if the fallback is Closed or Open and
// the breaker is open.
func (g *group) failed(err error, now time.Duration) {
	until, open := g.store.breaker.open(g.store.clock.Now())
	again := now + 50*time.Millisecond
	if errors.Is(err, errReplaced) || errors.Is(err, errReply) {
		again = now + time.Second
		g.store.reportError(err)
	}
	if open {
		rest := until.Sub(g.store.clock.Now())
		if g.urgent(g.unanswered) {
			rest = min(rest, longestSilence/2+time.Duration(g.jitterPhase*float64(longestSilence/2)))
		}
		again = max(again, now+rest)
		switch g.store.options.Fallback {
		case Closed:
			g.fail(err)
		case Open:
			g.fail(nil)
		}
	}
	g.synced = again // so that no call asks earlier
	g.syncAt = again
}

// forget drops the allocations that hold nothing, and the group if it has no allocation left.
func (g *group) forget() {
	if g.unanswered != nil {
		return
	}
	g.order = slices.DeleteFunc(g.order, func(f *allocation) bool {
		if f.held > 0 || f.inUse() > 0 || f.queue > 0 || f.gen != 0 || f.blocked > g.latest || f.lowered > 0 && f.loweredUntil+reminder > g.latest {
			return false
		}
		delete(g.allocations, f.name)
		return true
	})
	if len(g.order) == 0 {
		g.fleet.mu.Lock()
		g.removed = true
		if g.fleet.groups[g.slot] == g {
			delete(g.fleet.groups, g.slot)
		}
		g.fleet.mu.Unlock()
	}
}

// close ends the waiting calls and gives all units back. Those in flight are given as free after
// Transit, when their requests can no longer arrive, and a cooldown.
func (f *fleet) close(ctx context.Context) error {
	f.mu.Lock()
	f.closed = true
	groups := make([]*group, 0, len(f.groups))
	for _, g := range f.groups {
		groups = append(groups, g)
	}
	f.mu.Unlock()
	var first error
	for _, g := range groups {
		g.mu.Lock()
		g.fail(ErrClosed)
		counters := len(g.order)
		g.mu.Unlock()
		if err := g.giveBack(ctx, counters); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// giveBack gives back the units of that many counters. It tries up to three times, because a
// connection may have broken since the last sync.
func (g *group) giveBack(ctx context.Context, counters int) (err error) {
	for ; counters > 0; counters -= maxSyncCounters {
		for range 3 {
			if err = g.sync(ctx, true); err == nil || ctx.Err() != nil {
				break
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
