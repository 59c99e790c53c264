package redisstore

import (
	"math"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// fund is this process's part of one counter: units of its quota. A unit is idle, or in flight from
// the sending of a request to its response, or busy until a window after that. Only this process
// uses them, so its part of what the server can see in any window is never more than the units; and
// the parts of all processes are never more than the quota.
type fund struct {
	limit *ratelimit.Limit
	key   string
	name  string // in Redis

	held     int64
	inFlight int64
	busy     departures
	low      int64      // the fewest idle units since the last look
	recent   departures // what was sent within about a window, wherever the units are now
	spent    departures // what was sent and counts in the present window, wherever the units are now

	queue  int    // calls that wait
	wanted int64  // and their costs
	stuck  uint64 // the round of the last call that could not go

	// What Redis has said, and when it was asked.
	contact  time.Duration
	answered int64 // the number of that sync
	met      bool
	gen      int64
	kept     int64         // of held, what stays ours when Redis is not heard of for longer than a lease,
	outage   time.Duration // and for how long
	target   int64
	fair     int64 // the part of a process that could use more

	pace    time.Duration // the next unit may be sent then
	blocked time.Duration // nothing is sent before
	unsure  time.Duration // Redis does not give out anything new before
	lowered int64         // the server has said that the quota is no more,
	mind    time.Duration // which is not forgotten before
	common  int64         // the least quota that a process has for this limit
	asked   int64         // wanted at the last sync
	news    bool          // the server has said something that Redis has not been told
}

// guard is added to a window, for servers that count both of its ends and for clocks that run
// apart.
func guard(window time.Duration) time.Duration { return time.Millisecond + window/10_000 }

// cool is how long a unit stays busy after the response.
func cool(l *ratelimit.Limit) time.Duration {
	if l.Concurrent() {
		return 0
	}
	slack := guard(l.Window)
	if l.Quota > exactCosts {
		slack += l.Window / 128
	}
	return l.Window + slack
}

// exactCosts is the largest quota that generated servers count exactly. Beyond, a cost leaves their
// windows late by less than a 128th of it.
const exactCosts = 112

// grain is how far apart units must come free to be kept apart; they come free together at the
// latest time.
func (f *fund) grain() time.Duration {
	if f.limit.Quota <= 128 {
		return time.Microsecond
	}
	return max(f.limit.Window/512, time.Microsecond)
}

// own is the quota as this process knows it.
func (f *fund) own() int64 {
	if f.lowered > 0 {
		return min(f.limit.Quota, f.lowered)
	}
	return f.limit.Quota
}

// quota is that of all processes: the least that one of them has, as during a roll-out.
func (f *fund) quota() int64 {
	if f.common > 0 {
		return min(f.own(), f.common)
	}
	return f.own()
}

// usable is how many units may be used, by when Redis was last heard of.
func (f *fund) usable(now time.Duration, o *Options) int64 {
	switch silent := now - f.contact; {
	case silent < o.Lease-o.Lease/100:
		return f.held
	case silent < o.Lease+f.outage-o.Lease/100:
		return min(f.held, f.kept)
	}
	return 0
}

func (f *fund) inUse() int64 { return f.inFlight + f.busy.total }

// modest reports whether this process can have all that it could use, as far as is known.
func (f *fund) modest(now time.Duration) bool { return !f.met || f.demand(now) <= f.fair }

// scarce reports whether some process could use more than its part, as far as is known.
func (f *fund) scarce() bool { return f.met && f.fair < f.quota() }

// demand is how many units this process could use in a window: what it has used lately and what
// waits; or, when it has only begun, what comes of the pace of the last sixth of a window, less
// what chance may have added to that.
func (f *fund) demand(now time.Duration) int64 {
	n := float64(f.recent.after(now + cool(f.limit) - f.limit.Window/6))
	pace := int64(6 * (n - 2*math.Sqrt(n)))
	return min(max(f.inUse(), f.recent.total, pace)+f.wanted, f.quota())
}

// spacing is how far apart units are sent when they are scarce. A fleet that drains its quota in
// bursts makes whoever comes next wait for a window; evenly spread, a unit comes free every
// window/quota. So a process that has not used its part yet, or has a burst of it back, spreads it
// over a window. Else a few idle units are only late, and that is made up for.
func (f *fund) spacing(cost, usable int64) time.Duration {
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

// admissible returns when a cost can be had with the units that are ours, and false when they will
// not do.
func (f *fund) admissible(cost int64, now time.Duration, usable int64) (time.Duration, bool) {
	at := max(now, f.blocked)
	idle := usable - f.inUse()
	if missing := cost - idle; missing > 0 {
		if missing > f.busy.total {
			return 0, false
		}
		at = max(at, f.busy.freedBy(missing))
	}
	if !f.modest(now) {
		at = max(at, f.pace)
	}
	return at, true
}

// spend puts units in flight.
func (f *fund) spend(cost int64, now time.Duration, usable int64) {
	f.inFlight += cost
	f.recent.add(now+cool(f.limit), cost, f.grain())
	space := f.spacing(cost, usable)
	// A timer that rang late must not slow the pace down for good.
	f.pace = max(f.pace, now-max(space, 5*time.Millisecond)) + space
	f.low = min(f.low, usable-f.inUse())
}

// leaves is when a unit is idle again whose response came at at.
func (f *fund) leaves(at time.Duration, wall time.Time) time.Duration {
	if !f.limit.UTC {
		return at + cool(f.limit)
	}
	// An aligned window of the server's, whose clock may be a little off ours.
	since := time.Duration(wall.Add(utcSkew).UnixNano()) % f.limit.Window
	return at + f.limit.Window - since + 2*utcSkew
}

const utcSkew = 100 * time.Millisecond
