package redisstore

import (
	"time"
)

// charge is what a call takes from one fund.
type charge struct {
	fund *fund
	cost int64
	over bool // its response has begun
}

// permit is a call that waits or is admitted. Its group's lock guards it.
type permit struct {
	group      *group
	charges    []charge
	room       [2]charge
	since      time.Duration
	ready      chan struct{}
	admitted   bool
	ended      bool
	err        error
	prev, next *permit // in the group's queue
}

// add adds a charge; two charges of one counter are merged.
func (p *permit) add(f *fund, cost int64) {
	for i := range p.charges {
		if p.charges[i].fund == f {
			p.charges[i].cost += cost
			return
		}
	}
	p.charges = append(p.charges, charge{fund: f, cost: cost})
}

// Done says that the response has come.
func (p *permit) Done() { p.finish(answered) }

// Cancel says that nothing was sent.
func (p *permit) Cancel() { p.finish(returned) }

// Lost says that the request may still arrive.
func (p *permit) Lost() { p.finish(lost) }

// Abandoned is Lost: Transit bounds how long a request may still arrive, also when its caller gave
// up.
func (p *permit) Abandoned() { p.finish(lost) }

// Answered says that the response has begun. Only units of concurrent requests are held until the
// permit ends.
func (p *permit) Answered() {
	g := p.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.ended {
		return
	}
	now := g.now()
	for i := range p.charges {
		if c := &p.charges[i]; !c.fund.limit.Concurrent() {
			g.conclude(c, answered, now)
		}
	}
	g.move(now)
}

// outcome is how a call ended.
type outcome uint8

const (
	answered outcome = iota
	returned
	lost
)

func (p *permit) finish(how outcome) {
	g := p.group
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.ended {
		return
	}
	p.ended = true
	now := g.now()
	for i := range p.charges {
		g.conclude(&p.charges[i], how, now)
	}
	g.move(now)
}

// conclude takes a charge out of flight.
func (g *group) conclude(c *charge, how outcome, now time.Duration) {
	if c.over {
		return
	}
	c.over = true
	f := c.fund
	f.inFlight -= c.cost
	at, grain := now, f.grain()
	switch how {
	case returned:
		return
	case lost:
		at += g.store.options.Transit
		grain = max(grain, g.store.options.Transit/64)
	}
	wall := g.store.clock.Now().Add(at - now)
	if at = f.leaves(at, wall); at > now {
		f.busy.add(at, c.cost, grain)
		f.spent.expire(now)
		f.spent.add(at, c.cost, f.grain())
	}
}
