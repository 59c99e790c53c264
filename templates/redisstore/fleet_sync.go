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
//	plan, ask ──▶ askAt ──timer──▶ wake ──▶ sync
//	                                          │ begin: gifts leave the funds
//	                                          │ syncScript on Redis
//	                                          ▼
//	                     move ◀── plan ◀── apply: grants enter the funds
//
// Invariant: at most one sync of a group is under way. One without an answer is sent again under
// its number, and takes effect once; a new one is begun only when that was answered, was void or a
// lease in it has run out.

// most is the maximum number of counters in one sync.
const most = 64

// lull is the idle period after which a unit is given back.
func (f *fund) lull() time.Duration {
	return max(min(f.limit.Window/20, time.Second), 20*time.Millisecond)
}

// beat is the longest interval between syncs of a process that holds units. It lets Redis learn
// soon after a loss which processes hold any.
func (g *group) beat(f *fund) time.Duration {
	beat := g.store.options.Lease / 8
	if f.limit.Concurrent() {
		return beat
	}
	return min(beat, max(f.limit.Window/2, 250*time.Millisecond))
}

// heartbeat is the interval between syncs that carry no other news; they show that the process is
// alive and tell it whether others have come. A process with waiting calls syncs more often.
func (g *group) heartbeat(f *fund) time.Duration {
	beat := g.beat(f)
	if f.queue > 0 {
		beat = min(beat, 2*f.every())
	}
	return beat
}

// surplus is the number of units that this process has not needed lately.
func (f *fund) surplus(usable int64) int64 {
	if f.queue > 0 {
		return 0
	}
	return max(min(f.low, usable-f.inUse()), 0)
}

// topical reports whether f needs a sync.
func (g *group) topical(f *fund, now time.Duration) bool {
	f.busy.expire(now)
	f.recent.expire(now)
	usable := f.usable(now, &g.store.options)
	idle := usable - f.inUse()
	return f.news || f.wanted > idle && f.held < f.quota() || f.surplus(usable) > 0 || f.met && f.held > f.target ||
		(f.held > 0 || f.gen != 0) && now-f.contact >= g.heartbeat(f)
}

func (g *group) needed(now time.Duration) bool {
	return g.unanswered != nil || slices.ContainsFunc(g.order, func(f *fund) bool { return g.topical(f, now) })
}

// plan sets when the next sync is due according to the funds; ask brings it forward for waiting
// calls.
func (g *group) plan(now time.Duration) {
	g.askAt = never
	for _, f := range g.order {
		if f.held == 0 && f.gen == 0 {
			continue
		}
		f.busy.expire(now)
		idle := f.usable(now, &g.store.options) - f.inUse()
		f.low = idle
		at := max(f.contact+g.heartbeat(f), now+g.heartbeat(f)/8)
		switch {
		case f.queue > 0:
		case idle > 0:
			at = min(at, now+f.lull())
		case len(f.busy.list) > 0:
			at = min(at, f.busy.list[0].at+f.lull())
		}
		if f.held > f.target {
			at = min(at, max(now, g.synced+f.every()))
		}
		if f.news {
			at = now
		}
		g.askAt = min(g.askAt, at)
	}
}

// sync gives units back and takes grants. Only one runs at a time; a second waits for the first.
// One that was not answered is sent again before another begins.
func (g *group) sync(ctx context.Context, closing bool) error {
	g.talk <- struct{}{}
	defer func() { <-g.talk }()
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
		g.plan(now)
		g.move(now)
		g.mu.Unlock()
		return false, nil
	}
	s.begun = append(s.begun, now)
	g.syncing, g.synced, g.phase = true, now, rand.Float64()
	keys, args := g.words(s, now)
	g.mu.Unlock()

	reply, err := g.store.run(ctx, syncScript, keys, args, g.urgent(s))

	var loss *LossError
	defer func() { // without the lock: the program's OnError may call Usage
		if loss != nil {
			g.store.tell(loss)
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
	g.plan(now)
	if err == nil {
		loss = g.loss(s, now)
		g.fleet.meet()
	} else {
		g.failed(err, now)
		if s.void() {
			g.unanswered = nil
		}
	}
	g.forget()
	g.move(now)
	return err == nil && len(s.begun) > 1, err
}

// urgent reports whether a statement contains units held. A failed Redis is then retried soon,
// because it may come back without its memory.
func (g *group) urgent(s *statement) bool {
	return s != nil && slices.ContainsFunc(s.entries, func(e entry) bool { return e.fund.held > 0 })
}

// failed plans the next attempt, and ends the waiting calls if the fallback is Closed or Open and
// the breaker is open.
func (g *group) failed(err error, now time.Duration) {
	until, open := g.store.breaker.open(g.store.clock.Now())
	again := now + 50*time.Millisecond
	if errors.Is(err, errReplaced) || errors.Is(err, errReply) {
		again = now + time.Second
		g.store.tell(err)
	}
	if open {
		rest := until.Sub(g.store.clock.Now())
		if g.urgent(g.unanswered) {
			rest = min(rest, longestSilence/2+time.Duration(g.phase*float64(longestSilence/2)))
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
	g.askAt = again
}

// forget drops the funds that hold nothing, and the group if it has no fund left.
func (g *group) forget() {
	if g.unanswered != nil {
		return
	}
	g.order = slices.DeleteFunc(g.order, func(f *fund) bool {
		if f.held > 0 || f.inUse() > 0 || f.queue > 0 || f.gen != 0 || f.blocked > g.high || f.lowered > 0 && f.mind+reminder > g.high {
			return false
		}
		delete(g.funds, f.name)
		return true
	})
	if len(g.order) == 0 {
		g.fleet.mu.Lock()
		g.gone = true
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
	for ; counters > 0; counters -= most {
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
