package ratelimit

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Usage is what a Pacer knows of one counter, for status lines.
type Usage struct {
	API      string
	Limit    string
	Key      string
	Shared   bool          // the overflow counter shared by keys beyond MaxKeys
	Quota    int64         // in force for this process
	Used     int64         // units that count against Quota now, including requests in flight
	InFlight int64         // part of Used that has no response yet
	Waiting  int           // calls in the queue
	Blocked  time.Duration // time left of the cooldown that Block set
	Yielded  int64         // part of Quota that an adaptive Pacer leaves to others now
}

// Usage returns the counters that are in use, in order of API, limit and key.
func (p *Pacer) Usage() []Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	var usage []Usage
	for _, c := range p.ring {
		if c.limit == nil || c.idle(now, p.skew(c.limit)) {
			continue
		}
		quota := p.quota(c, c.limit)
		usage = append(usage, Usage{
			API: c.id.api, Limit: c.id.limit, Key: c.id.key, Shared: c.id.shared, Quota: quota, Used: c.used(now),
			InFlight: c.inFlight, Waiting: c.queue.length, Blocked: max(0, c.blocked-now.at),
			Yielded: int64(float64(quota) * c.backoff(now)),
		})
	}
	slices.SortFunc(usage, func(a, b Usage) int {
		return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Key, b.Key))
	})
	return usage
}

// Block says that the server admits nothing of a counter before until, as a 429 does. An earlier
// time than one already known changes nothing. Calls whose turn it is fail at once when until lies
// after their deadline.
//
// A server's mistake must not stop a program for a year: a later time is cut to
// PacerOptions.MaxBlock, after which one call goes first as a probe. The others wait until it has
// ended, and go on if it was answered without another Block.
func (p *Pacer) Block(limit *Limit, key string, until time.Time) {
	p.change(limit, key, func(c *counter, now moment) {
		longest := min(p.options.MaxBlock, longestWindow)
		if longest <= 0 {
			if longest = time.Hour; c.limit != nil {
				longest = max(longest, min(c.limit.AsWindow().Window, longestWindow))
			}
		}
		wait := until.Sub(p.timeline.clock.Now())
		cut := wait > longest
		if at := now.at + min(wait, longest); at > c.blocked {
			c.blocked, c.probing, c.probe = at, cut, nil
			c.keepUntil = max(c.keepUntil, at+longest)
		}
	})
}

// Lower says that a counter's quota is smaller than the table's, as a server's response can. A
// later call may raise it again, up to the table's figure and never above it. It is dropped when
// the counter has been idle for a while.
func (p *Pacer) Lower(limit *Limit, key string, quota int64) {
	p.change(limit, key, func(c *counter, now moment) {
		c.lowered = max(quota, 1)
		c.keepUntil = now.at + 10*time.Minute
	})
}

// Changed says that limits have other figures than before, which their Current tells. Calls that
// wait go by them at once: they are admitted where there is room now, and fail where they can never
// be, or not before their deadline.
func (p *Pacer) Changed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for _, c := range p.ring {
		if c.limit != nil && c.limit.Current() != c.limit {
			p.heed(c.limit.Current(), &now)
			c.count(c.limit.Current(), now, p.options.Share)
			c.refresh(now, p.skew(c.limit))
		}
		if c.queue.first != nil {
			p.dirty = append(p.dirty, c)
		}
	}
	p.advance(now)
}

func (p *Pacer) change(limit *Limit, key string, apply func(*counter, moment)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	p.sweep(now)
	c := p.counter(&Charge{Limit: limit, Key: key}, nil, &now)
	apply(c, now)
	c.refresh(now, p.skew(c.limit)) // a bucket drains at another pace from here on
	p.dirty = append(p.dirty, c)
	p.advance(now)
}

// counter returns the counter of a charge. before is that of the call's charge before, or nil: the
// charges of an operation mostly have the same ones, so a counter remembers which one followed.
func (p *Pacer) counter(charge *Charge, before *counter, now *moment) *counter {
	var c *counter
	if before != nil && before.next.is(charge) {
		c = before.next
	} else if c = p.find(charge, *now); before != nil {
		before.next = c
	}
	if limit := charge.Limit.Current(); c.limit != limit {
		p.heed(limit, now)
		c.count(limit, *now, p.options.Share)
	}
	c.refresh(*now, p.skew(c.limit))
	return c
}

// heed notes that calls depend on a limit, and maybe on the time of day.
func (p *Pacer) heed(limit *Limit, now *moment) {
	if !p.wall && (limit.UTC || len(limit.Stages) > 0) {
		p.wall = true
		*now = p.now()
	}
}

// now reads the clock: the time of day only if a limit depends on it, since that takes longer.
func (p *Pacer) now() moment { return p.timeline.present(&p.latest, p.wall) }

// is reports whether c, which may be nil or forgotten, is the counter of a charge alone.
func (c *counter) is(charge *Charge) bool {
	return c != nil && c.index >= 0 && !c.id.shared &&
		c.id.key == charge.Key && c.id.limit == charge.Limit.Name && c.id.api == charge.Limit.API
}

// find returns the counter of a charge. It creates one if there is room, and otherwise returns the
// shared overflow counter.
func (p *Pacer) find(charge *Charge, now moment) *counter {
	id := counterID{api: charge.Limit.API, limit: charge.Limit.Name, key: charge.Key}
	c := p.counters[id]
	if c != nil {
		return c
	}
	// A key that has used the shared counter must not get a fresh one beside it in the same window.
	overflow := counterID{api: id.api, limit: id.limit, shared: true}
	c = p.counters[overflow]
	switch {
	case c != nil && !c.idle(now, p.skew(c.limit)):
	case len(p.ring) < p.options.MaxKeys:
		c = p.create(id)
	case c == nil:
		c = p.create(overflow)
	}
	return c
}

func (p *Pacer) create(id counterID) *counter {
	id.key = strings.Clone(id.key) // which may be a part of a longer string
	c := &counter{id: id, index: len(p.ring)}
	p.counters[id] = c
	p.ring = append(p.ring, c)
	return c
}

// sweep forgets idle counters. It examines a few each time, and more when MaxKeys is reached,
// so that no call pays for many.
func (p *Pacer) sweep(now moment) {
	looks := 2
	if len(p.ring) >= p.options.MaxKeys {
		looks = 16
	}
	for range min(looks, len(p.ring)) {
		if p.cursor >= len(p.ring) {
			p.cursor = 0
		}
		c := p.ring[p.cursor]
		if !c.idle(now, p.skew(c.limit)) {
			p.cursor++
			continue
		}
		if c.unresolved {
			p.unresolved = slices.DeleteFunc(p.unresolved, func(other *counter) bool { return other == c })
		}
		delete(p.counters, c.id)
		last := len(p.ring) - 1
		p.ring[p.cursor] = p.ring[last]
		p.ring[p.cursor].index = p.cursor
		p.ring[last] = nil
		p.ring = p.ring[:last]
		c.index, c.next = -1, nil // for counters that it followed
	}
}
