package redisstore

import (
	"time"
)

// charge is what a call takes from one allocation.
type charge struct {
	alloc     *allocation
	cost      int64
	concluded bool // its response has begun
}

// permit is a call that waits or is admitted. Its group's lock guards it.
type permit struct {
	group      *group
	charges    []charge
	inline     [2]charge
	since      time.Duration
	ready      chan struct{}
	admitted   bool
	ended      bool
	err        error
	prev, next *permit // in the group's queue
}

// add adds a charge; two charges of one counter are merged.
func (p *permit) add(f *allocation, cost int64) {
	for i := range p.charges {
		if p.charges[i].alloc == f {
			p.charges[i].cost += cost
			return
		}
	}
	p.charges = append(p.charges, charge{alloc: f, cost: cost})
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
		if c := &p.charges[i]; !c.alloc.limit.Concurrent() {
			g.endCharge(c, answered, now)
		}
	}
	g.advance(now)
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
		g.endCharge(&p.charges[i], how, now)
	}
	g.advance(now)
}

// endCharge takes a charge out of flight.
func (g *group) endCharge(c *charge, how outcome, now time.Duration) {
	if c.concluded {
		return
	}
	c.concluded = true
	f := c.alloc
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
