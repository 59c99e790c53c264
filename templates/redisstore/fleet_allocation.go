package redisstore

import (
	"math"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// An allocation is the part of one counter's quota that this process holds on a lease. Redis grants
// units and takes them back at each sync; between syncs the process spends them without asking.
//
//	idle ──send──▶ in flight ──response──▶ busy ──a window and its guard later──▶ idle
//	  └── given back at a sync ◀── (busy units too, with the time at which they come free)
//
// Invariant: only this process uses its units, so what the server sees of it in any window never
// exceeds them, and the units of all processes together never exceed the quota.
type allocation struct {
	table *ratelimit.Limit // as calls charge it
	limit *ratelimit.Limit // as a fleet keeps to it; see windowOf
	key   string
	name  string // the key in Redis

	held     int64
	inFlight int64
	busy     departures
	minIdle  int64      // the fewest idle units since the last plan
	recent   departures // sent within about a window, wherever the units are now
	spent    departures // sent and counting in the present window, wherever the units are now

	queue      int    // number of waiting calls
	wanted     int64  // sum of their costs
	stuckRound uint64 // the round in which a call was last blocked

	// What Redis answered at the last sync, and when that sync was sent.
	lastSync       time.Duration
	lastSyncNumber int64 // the number of that sync
	synced         bool
	gen            int64
	reserve        int64         // the reserve: units of held that stay usable after the lease
	outage         time.Duration // how long the reserve stays usable
	target         int64
	fairShare      int64 // fair share of a process that could use more

	nextSend      time.Duration // earliest time of the next unit
	blocked       time.Duration // no unit is sent before
	noGrantsUntil time.Duration // Redis grants no new units before
	lowered       int64         // lower quota that the server announced; 0: none
	loweredUntil  time.Duration // the announcement is valid until then at least
	fleetQuota    int64         // the smallest quota that any process has for this limit
	wantedAtSync  int64         // wanted at the last sync
	unsent        bool          // a message of the server has yet to be passed on to Redis
}

// guard is added to a window: some servers count both ends of it, and clocks drift apart.
func guard(window time.Duration) time.Duration { return time.Millisecond + window/10_000 }

// cooldown is the cooldown: how long a unit stays busy after the response.
func cooldown(l *ratelimit.Limit) time.Duration {
	if l.Concurrent() {
		return 0
	}
	slack := guard(l.Window)
	if l.Quota > exactCosts {
		slack += l.Window / 128
	}
	return l.Window + slack
}

// exactCosts is the largest quota that generated servers count exactly. Above it, a cost leaves
// their windows late, by less than a 128th of the window.
const exactCosts = 112

// grain is the resolution of departures: units that come free within one grain are merged and come
// free together, at the latest time.
func (f *allocation) grain() time.Duration {
	if f.limit.Quota <= 128 {
		return time.Microsecond
	}
	return max(f.limit.Window/512, time.Microsecond)
}

// ownQuota is the quota as this process knows it.
func (f *allocation) ownQuota() int64 {
	if f.lowered > 0 {
		return min(f.limit.Quota, f.lowered)
	}
	return f.limit.Quota
}

// quota is the quota of all processes: the smallest that any of them has. They differ during a
// roll-out, for example.
func (f *allocation) quota() int64 {
	if f.fleetQuota > 0 {
		return min(f.ownQuota(), f.fleetQuota)
	}
	return f.ownQuota()
}

// spendable is the number of units that may be spent. It shrinks with the time since the last sync:
// all units within the lease, the reserve (kept) during the outage after it, then none.
func (f *allocation) spendable(now time.Duration, o *Options) int64 {
	switch silent := now - f.lastSync; {
	case silent < o.Lease-o.Lease/100:
		return f.held
	case silent < o.Lease+f.outage-o.Lease/100:
		return min(f.held, f.reserve)
	}
	return 0
}

func (f *allocation) inUse() int64 { return f.inFlight + f.busy.total }

// belowShare reports whether demand is within the fair share last reported by Redis.
func (f *allocation) belowShare(now time.Duration) bool {
	return !f.synced || f.demand(now) <= f.fairShare
}

// contended reports whether the counter is contended: some process could use more than its share,
// as far as this process knows.
func (f *allocation) contended() bool { return f.synced && f.fairShare < f.quota() }

// demand is how many units this process could use in a window: its recent use plus what waiting
// calls need. For a process that has just started, six times the last sixth of a window, less two
// standard deviations, replaces the recent use if that is more.
func (f *allocation) demand(now time.Duration) int64 {
	n := float64(f.recent.after(now + cooldown(f.limit) - f.limit.Window/6))
	pace := int64(6 * (n - 2*math.Sqrt(n)))
	return min(max(f.inUse(), f.recent.total, pace)+f.wanted, f.quota())
}

// spacing is the interval between units sent while the counter is contended. A process that has not
// used its share yet, or got a burst of it back, spreads it over a window. Otherwise the interval
// is half as long: a few idle units are merely late and are caught up on. A fleet that spends its
// quota in bursts makes the next caller wait for a window; spread evenly, a unit comes free every
// window/quota.
func (f *allocation) spacing(cost, usable int64) time.Duration {
	own := max(usable, f.target)
	if own <= 0 {
		return 0
	}
	even := 1.03 * float64(f.limit.Window) * float64(cost) / float64(own)
	if f.recent.total < own-own/8 || usable-f.inUse() > max(own/8, 3) {
		return time.Duration(even)
	}
	return time.Duration(even / 2)
}

// admissible returns when this process's own units admit a cost, and false if they do not suffice.
func (f *allocation) admissible(cost int64, now time.Duration, usable int64) (time.Duration, bool) {
	at := max(now, f.blocked)
	idle := usable - f.inUse()
	if missing := cost - idle; missing > 0 {
		if missing > f.busy.total {
			return 0, false
		}
		at = max(at, f.busy.freedBy(missing))
	}
	if !f.belowShare(now) {
		at = max(at, f.nextSend)
	}
	return at, true
}

// spend puts units in flight.
func (f *allocation) spend(cost int64, now time.Duration, usable int64) {
	f.inFlight += cost
	f.recent.add(now+cooldown(f.limit), cost, f.grain())
	space := f.spacing(cost, usable)
	// A timer that fired late must not slow the pace down for good.
	f.nextSend = max(f.nextSend, now-max(space, 5*time.Millisecond)) + space
	f.minIdle = min(f.minIdle, usable-f.inUse())
}

// leaves is when a unit whose response came at at is idle again.
func (f *allocation) leaves(at time.Duration, wall time.Time) time.Duration {
	if !f.limit.UTC {
		return at + cooldown(f.limit)
	}
	// An aligned window of the server, whose clock may differ slightly from this process's.
	since := time.Duration(wall.Add(utcSkew).UnixNano()) % f.limit.Window
	return at + f.limit.Window - since + 2*utcSkew
}

const utcSkew = 100 * time.Millisecond
