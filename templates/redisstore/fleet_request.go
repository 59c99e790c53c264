package redisstore

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A syncRequest is a numbered batch of sync entries, one for each allocation, and the times of its
// attempts.
//
//	this process                                   Redis
//	7: units held, demand, gifts      ──▶   applies 7 and stores the reply
//	                                  ✗──   the reply is lost
//	7 again: same units, same gifts   ──▶   has applied 7: repeats the stored reply
//	grants, fair share, target        ◀──
//
// Invariant: a sync request takes effect once, however often it is sent. begin takes gifts out of
// the allocations before the first attempt, and apply adds grants when a reply has come, so no unit
// belongs to two processes in between.
type syncRequest struct {
	number   int64
	entries  []syncEntry
	attempts []time.Duration // when each attempt began
	until    time.Duration   // after that, units reported as held may be another process's
	failures int64           // the failures of this process before the last attempt
}

// syncEntry is the sync entry of one allocation.
type syncEntry struct {
	alloc        *allocation
	held         int64 // after the gifts
	demand, want int64
	head         int64         // cost of the first waiting call
	since        time.Duration // when that call arrived
	gifts        []departure   // units given back, and when they are idle
	lowered      int64         // quota that the server has just announced; 0: no news
	reserve      int64
}

// begin builds the next sync request; nil if no allocation needs a sync.
func (g *group) begin(closing bool) *syncRequest {
	now := g.now()
	heads := g.heads()
	allocations := slices.Clone(g.order)
	if !closing {
		allocations = slices.DeleteFunc(allocations, func(f *allocation) bool { return !g.worthSync(f, now) })
	}
	if len(allocations) == 0 {
		return nil
	}
	if len(allocations) > maxSyncCounters { // the longest unsynced first, or some would never be synced
		slices.SortStableFunc(allocations, func(a, b *allocation) int { return cmp.Compare(a.lastSync, b.lastSync) })
		allocations = allocations[:maxSyncCounters]
	}
	s := &syncRequest{number: g.fleet.sequence.Add(1), until: never}
	o := &g.store.options
	for _, f := range allocations {
		if f.lowered > 0 && now >= f.loweredUntil+reminder {
			f.lowered = 0 // the server has not repeated it
		}
		lease := f.lastSync + o.Lease - o.Lease/100
		switch {
		case !f.synced:
		case now < lease:
			s.until = min(s.until, lease)
		default:
			f.held = f.spendable(now, o) // the rest belongs to other processes by now
			if now < lease+f.outage {
				s.until = min(s.until, lease+f.outage)
			}
		}
		s.entries = append(s.entries, g.entry(f, heads[f], now, closing))
	}
	return s
}

// entry builds the sync entry of an allocation: what it holds, needs and gives back. The gifts
// leave the allocation.
func (g *group) entry(f *allocation, head *permit, now time.Duration, closing bool) syncEntry {
	e := syncEntry{alloc: f, gifts: g.takeGifts(f, now, closing), held: f.held, reserve: f.reserve}
	if f.unsent {
		f.unsent, e.lowered = false, f.lowered
	}
	if closing {
		return e
	}
	idle := max(f.held-f.inUse(), 0)
	f.recent.expire(now)
	e.demand = f.demand(now)
	e.want = max(min(f.wanted-idle, f.quota()-f.held), 0)
	if head != nil && f.wanted > idle {
		e.since = head.since
		for _, c := range head.charges {
			if c.alloc == f {
				e.head = c.cost
			}
		}
	}
	f.wantedAtSync = f.wanted
	return e
}

// arguments are the keys and arguments of syncScript for one attempt.
func (g *group) arguments(s *syncRequest, now time.Duration) (keys, args []string) {
	o, f := &g.store.options, g.fleet
	compare, seen := g.store.memory.compare()
	s.failures = seen
	args = []string{
		g.store.id, itoa(s.number), micros(o.Lease), micros(o.Outage), micros(o.Transit), micros(f.uptime()),
		itoa(int64(len(s.attempts) - 1)), itoa(g.store.memory.epoch.Load()), compare, o.marker(), o.Instance, itoa(f.started),
	}
	for i := range s.entries {
		e := &s.entries[i]
		waited := time.Duration(0)
		if e.head > 0 {
			waited = now - e.since
		}
		gifts := make([]string, 0, 2*len(e.gifts))
		for _, d := range e.gifts {
			delay := time.Duration(0)
			if d.at > now {
				delay = d.at - now + time.Microsecond
			}
			gifts = append(gifts, micros(delay), itoa(d.units))
		}
		keys = append(keys, e.alloc.name)
		args = append(args,
			itoa(e.alloc.limit.Quota), micros(cooldown(e.alloc.limit)), itoa(e.held), itoa(e.demand), itoa(e.head), micros(waited), itoa(e.want),
			micros(max(e.alloc.blocked-now, 0)), itoa(e.alloc.gen), micros(now-e.alloc.lastSync), itoa(e.alloc.lastSyncNumber), itoa(e.reserve),
			micros(g.maxSyncInterval(e.alloc)*3/2), itoa(e.lowered), micros(2*reminder), strings.Join(gifts, " "),
		)
	}
	return keys, args
}

func micros(d time.Duration) string { return itoa(d.Microseconds()) }

// heads returns the first waiting call of each allocation.
func (g *group) heads() map[*allocation]*permit {
	heads := make(map[*allocation]*permit, g.waitedFor)
	for p := g.first; p != nil && len(heads) < g.waitedFor; p = p.next {
		for i := range p.charges {
			if f := p.charges[i].alloc; heads[f] == nil {
				heads[f] = p
			}
		}
	}
	return heads
}

// takeGifts takes out of f the units that are not needed or exceed the target set by Redis, and
// returns them as gifts, with the times at which they are idle.
func (g *group) takeGifts(f *allocation, now time.Duration, closing bool) (gifts []departure) {
	usable := f.spendable(now, &g.store.options)
	idle := max(usable-f.inUse(), 0)
	spare, busy := f.unneeded(usable), int64(0)
	switch {
	case closing:
		spare, busy = idle, f.busy.total
	case f.synced && f.held > f.target:
		spare = max(spare, min(f.held-f.target, idle))
		busy = min(max(f.held-f.target-spare, 0), f.busy.total)
	case f.demand(now) <= f.quota()/16, f.contended() && f.demand(now) <= f.quota()/5:
		// Cooling units are of more use where all processes can reach them. One stays, for when
		// Redis does not answer.
		busy = max(f.busy.total-1, 0)
	}
	say := func(at time.Duration, units int64) {
		if units > 0 {
			gifts = append(gifts, departure{at, units})
			f.held -= units
		}
	}
	say(now, spare)
	if !f.belowShare(now) && !closing && !g.failing && f.blocked <= now {
		// Offer units that come free soon. Redis returns at once those that the others do not need,
		// by their present demand, not by that of the last sync.
		busy = max(busy, f.busy.before(now+cooldown(f.limit)/8))
	}
	// A process whose lease has ended uses units that it no longer holds; it cannot give those
	// back.
	for _, d := range f.busy.take(max(min(busy, f.held), 0)) {
		say(d.at, d.units)
	}
	if closing {
		say(now+g.store.options.Transit+cooldown(f.limit), f.inFlight)
		f.held = 0
	}
	return gifts
}

var errReplaced = errors.New("redisstore: another process has begun with this one's Options.Instance")

// apply takes over Redis's reply: grants, reserve, target, fair share and block.
func (g *group) apply(s *syncRequest, reply string, now time.Duration) error {
	switch reply {
	case "replaced":
		for _, f := range g.order {
			f.held = 0
		}
		g.unanswered = nil
		return errReplaced
	case "late":
		g.unanswered = nil
		return errReply
	}
	var numbers []int64
	for text := range strings.FieldsSeq(reply) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("redisstore: reply %q", reply)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) == 0 {
		return errReply
	}
	epoch := numbers[0]
	numbers = numbers[1:]
	const fixed = 10 // numbers of an entry before its grants
	for _, e := range s.entries {
		if len(numbers) < fixed || numbers[0] < 0 || numbers[0] >= int64(len(s.attempts)) || numbers[9] < 0 || int64(len(numbers)-fixed) < 2*numbers[9] {
			return errReply
		}
		f := e.alloc
		n, grants := numbers[:fixed], numbers[fixed:fixed+2*numbers[9]]
		numbers = numbers[fixed+2*n[9]:]
		f.gen, f.reserve, f.outage, f.target, f.fairShare, f.fleetQuota = n[1], n[2], micro(n[3]), n[4], n[5], n[8]
		if n[6] > 0 {
			f.blocked = max(f.blocked, now+micro(n[6]))
		}
		f.noGrantsUntil = now + micro(n[7])
		f.lastSync, f.synced, f.lastSyncNumber = s.attempts[n[0]], true, s.number
		for i := 0; i < len(grants); i += 2 {
			f.held += grants[i+1]
			if grants[i] > 0 {
				f.busy.add(now+micro(grants[i]), grants[i+1], f.grain())
			}
		}
	}
	g.store.memory.update(epoch, s.failures)
	g.unanswered = nil
	g.refuseTooLarge()
	return nil
}

func micro(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// droppable reports whether an unanswered sync request can be dropped without loss: no allocation
// in it holds units, gave any back or has waiting calls. Units that Redis may have granted cool
// there.
func (s *syncRequest) droppable() bool {
	return !slices.ContainsFunc(s.entries, func(e syncEntry) bool {
		return e.alloc.held > 0 || e.alloc.gen != 0 || e.alloc.queue > 0 || len(e.gifts) > 0
	})
}

// refuseTooLarge ends the waiting calls that cost more than the quota, which was lowered meanwhile.
func (g *group) refuseTooLarge() {
	for p := g.first; p != nil; {
		next := p.next
		for i := range p.charges {
			if c := &p.charges[i]; c.cost > c.alloc.quota() {
				g.remove(p)
				p.ended, p.err = true, c.refusal(c.alloc.quota(), 0)
				close(p.ready)
				break
			}
		}
		p = next
	}
}
