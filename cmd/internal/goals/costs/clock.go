package costs

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// clock is a manual clock. Functions that wait for a time are called by the goroutine that advances
// it.
type clock struct {
	mu     sync.Mutex
	now    time.Duration
	seq    int
	events []event // in order
}

type event struct {
	at  time.Duration
	seq int
	f   func()
}

var epoch = time.Unix(1_800_000_000, 0)

func newClock() *clock { return &clock{} }

func (c *clock) since() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Now returns the time to the limiters.
func (c *clock) Now() time.Time { return epoch.Add(c.since()) }

// AfterFunc calls f when the clock has moved by d.
func (c *clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	e := event{c.now + max(d, 0), c.seq, f}
	i, _ := slices.BinarySearchFunc(c.events, e, order)
	c.events = slices.Insert(c.events, i, e)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		i, found := slices.BinarySearchFunc(c.events, e, order)
		if found {
			c.events = slices.Delete(c.events, i, i+1)
		}
		return found
	}
}

func order(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) }

// next moves to the next event, or by a window if there is none.
func (c *clock) next() {
	c.mu.Lock()
	if len(c.events) == 0 {
		c.now += window
		c.mu.Unlock()
		return
	}
	e := c.events[0]
	c.events = c.events[1:]
	c.now = e.at
	c.mu.Unlock()
	e.f()
}

// step moves by d, with nothing to call.
func (c *clock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += d
}
