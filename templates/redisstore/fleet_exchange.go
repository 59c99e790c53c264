package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// most is how many counters one exchange is about.
const most = 64

// lull is how long a unit may lie idle before it is given back.
func (f *fund) lull() time.Duration {
	return max(min(f.limit.Window/20, time.Second), 20*time.Millisecond)
}

// heartbeat is how often a process says that it lives when it has nothing else to say, and hears
// whether others have come. Who uses all that it holds asks more often.
func (g *group) heartbeat(f *fund) time.Duration {
	beat := g.store.options.Lease / 8
	if f.queue > 0 {
		beat = min(beat, 2*f.every())
	}
	return beat
}

// surplus is what this process has not needed lately.
func (f *fund) surplus(usable int64) int64 {
	if f.queue > 0 {
		return 0
	}
	return max(min(f.low, usable-f.inUse()), 0)
}

// topical reports whether there is something to tell Redis of f.
func (g *group) topical(f *fund, now time.Duration) bool {
	f.busy.expire(now)
	f.recent.expire(now)
	usable := f.usable(now, &g.store.options)
	idle := usable - f.inUse()
	return f.wanted > idle && f.held < f.quota() || f.surplus(usable) > 0 || f.met && f.held > f.target ||
		(f.held > 0 || f.gen != 0) && now-f.contact >= g.heartbeat(f)
}

func (g *group) needed(now time.Duration) bool {
	return slices.ContainsFunc(g.order, func(f *fund) bool { return g.topical(f, now) })
}

// plan sets when the next exchange is due as far as the funds tell; ask brings it forward for calls that wait.
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
			at = min(at, max(now, g.exchanged+f.every()))
		}
		g.askAt = min(g.askAt, at)
	}
}

// statement is what an exchange says of one fund.
type statement struct {
	fund  *fund
	words []string
}

// exchange gives back and takes units. Only one is under way at a time; a second waits for the first.
func (g *group) exchange(ctx context.Context, closing bool) error {
	g.talk <- struct{}{}
	defer func() { <-g.talk }()
	g.mu.Lock()
	begun := g.now()
	statements := g.statements(begun, closing)
	if len(statements) == 0 {
		g.plan(begun)
		g.move(begun)
		g.mu.Unlock()
		return nil
	}
	g.exchanging, g.exchanged, g.phase = true, begun, rand.Float64()
	o := &g.store.options
	number := g.fleet.sequence.Add(1)
	keys := make([]string, 0, len(statements))
	args := []string{
		g.store.id, itoa(number), itoa(o.Lease.Microseconds()), itoa(o.Outage.Microseconds()), itoa(o.Transit.Microseconds()),
		itoa(g.fleet.known().Microseconds()),
	}
	for _, s := range statements {
		keys = append(keys, s.fund.name)
		args = append(args, s.words...)
	}
	g.mu.Unlock()

	reply, err := g.store.run(ctx, exchangeScript, keys, args)

	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	g.exchanging, g.failing = false, err != nil
	if err == nil {
		g.fleet.meet()
		err = g.apply(statements, reply, number, begun, now)
	}
	g.plan(now)
	if err != nil {
		g.failed(err, now)
	}
	g.forget()
	g.move(now)
	return err
}

// failed plans the next try, and ends the calls that need not or must not wait for it.
func (g *group) failed(err error, now time.Duration) {
	until, open := g.store.breaker.open(g.store.clock.Now())
	again := now + 50*time.Millisecond
	if open {
		again = max(again, now+until.Sub(g.store.clock.Now()))
		switch g.store.options.Fallback {
		case Closed:
			g.fail(err)
		case Open:
			g.fail(nil)
		}
	}
	g.exchanged = again // so that nobody asks before
	g.askAt = again
}

// statements says what the funds have, need and give, and takes out of them what is given.
func (g *group) statements(now time.Duration, closing bool) []statement {
	heads := g.heads()
	var out []statement
	topics := slices.Clone(g.order)
	if !closing {
		topics = slices.DeleteFunc(topics, func(f *fund) bool { return !g.topical(f, now) })
	}
	if len(topics) > most { // those of which Redis has not heard for the longest, or some would never be among them
		slices.SortStableFunc(topics, func(a, b *fund) int { return cmp.Compare(a.contact, b.contact) })
		topics = topics[:most]
	}
	for _, f := range topics {
		if f.met && now-f.contact >= g.store.options.Lease-g.store.options.Lease/100 {
			f.held = f.usable(now, &g.store.options) // the rest is somebody else's by now
		}
		gives := g.give(f, now, closing)
		idle := max(f.held-f.inUse(), 0)
		f.recent.expire(now)
		demand := f.demand(now)
		want := max(min(f.wanted-idle, f.quota()-f.held), 0)
		head, waited := int64(0), time.Duration(0)
		if p := heads[f]; p != nil && f.wanted > idle {
			waited = now - p.since
			for _, c := range p.charges {
				if c.fund == f {
					head = c.cost
				}
			}
		}
		if closing {
			demand, want, head = 0, 0, 0
		}
		f.asked = f.wanted
		out = append(out, statement{f, []string{
			itoa(f.quota()), itoa(cool(f.limit).Microseconds()), itoa(f.held), itoa(demand), itoa(head), itoa(waited.Microseconds()),
			itoa(want), itoa(max(f.blocked-now, 0).Microseconds()), itoa(f.gen), itoa((now - f.contact).Microseconds()),
			itoa(f.answered), gives,
		}})
	}
	return out
}

// heads returns the first call that waits for each fund.
func (g *group) heads() map[*fund]*permit {
	heads := make(map[*fund]*permit, g.contested)
	for p := g.first; p != nil && len(heads) < g.contested; p = p.next {
		for i := range p.charges {
			if f := p.charges[i].fund; heads[f] == nil {
				heads[f] = p
			}
		}
	}
	return heads
}

// give takes out of f what is not needed or above what Redis has said is ours, and says it in the script's words.
func (g *group) give(f *fund, now time.Duration, closing bool) string {
	usable := f.usable(now, &g.store.options)
	idle := max(usable-f.inUse(), 0)
	spare, busy := f.surplus(usable), int64(0)
	switch {
	case closing:
		spare, busy = idle, f.busy.total
	case f.met && f.held > f.target:
		spare = max(spare, min(f.held-f.target, idle))
		busy = min(max(f.held-f.target-spare, 0), f.busy.total)
	case f.demand(now) <= f.quota()/16, f.scarce() && f.demand(now) <= f.quota()/5:
		// Units that cool are of more use where all can reach them. One stays, for when Redis does not answer.
		busy = max(f.busy.total-1, 0)
	}
	var out []string
	say := func(delay time.Duration, units int64) {
		if units > 0 {
			out = append(out, itoa(delay.Microseconds()), itoa(units))
			f.held -= units
		}
	}
	say(0, spare)
	if !f.modest(now) && !closing && !g.failing && f.blocked <= now {
		// Redis gives back at once what the others do not need of that, as it is then, not as it was at the last exchange.
		busy = max(busy, f.busy.before(now+cool(f.limit)/8))
	}
	// A process that Redis has not heard of for long uses units that it does not hold any more; they are not its to give.
	for _, d := range f.busy.take(max(min(busy, f.held), 0)) {
		say(d.at-now+time.Microsecond, d.units)
	}
	if closing {
		say(g.store.options.Transit+cool(f.limit), f.inFlight)
		f.held = 0
	}
	return strings.Join(out, " ")
}

// apply takes what Redis has said.
func (g *group) apply(statements []statement, reply string, number int64, begun, now time.Duration) error {
	var numbers []int64
	for text := range strings.FieldsSeq(reply) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("redisstore: reply %q", reply)
		}
		numbers = append(numbers, n)
	}
	short := errors.New("redisstore: the reply is too short")
	for _, s := range statements {
		if len(numbers) < 6 || numbers[5] < 0 || int64(len(numbers)-6) < 2*numbers[5] {
			return short
		}
		f := s.fund
		f.gen, f.kept, f.target, f.fair = numbers[0], numbers[1], numbers[2], numbers[3]
		if blocked := numbers[4]; blocked > 0 {
			f.blocked = max(f.blocked, now+micro(blocked))
		}
		grants := numbers[6 : 6+2*numbers[5]]
		numbers = numbers[6+2*numbers[5]:]
		f.contact, f.met, f.answered = begun, true, number
		for i := 0; i < len(grants); i += 2 {
			f.held += grants[i+1]
			if grants[i] > 0 {
				f.busy.add(now+micro(grants[i]), grants[i+1], f.grain())
			}
		}
	}
	return nil
}

func micro(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// forget drops funds that hold nothing, and the group when it has none.
func (g *group) forget() {
	g.order = slices.DeleteFunc(g.order, func(f *fund) bool {
		if f.held > 0 || f.inUse() > 0 || f.queue > 0 || f.gen != 0 || f.blocked > g.high || f.lowered > 0 {
			return false
		}
		delete(g.funds, f.name)
		return true
	})
	if len(g.order) == 0 {
		g.fleet.mu.Lock()
		g.gone = true
		if g.fleet.groups[g.tag] == g {
			delete(g.fleet.groups, g.tag)
		}
		g.fleet.mu.Unlock()
	}
}

// close ends the calls that wait and gives everything back. What is in flight is given as free when it no longer
// can arrive, and a window.
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
		for ; counters > 0; counters -= most {
			if err := g.exchange(ctx, true); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}
