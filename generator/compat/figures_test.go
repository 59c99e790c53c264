package compat

import (
	"math/rand/v2"
	"testing"
)

// counter enforces figures, a request at a time.
type counter struct {
	figures
	passed      []int64 // times of what it admitted
	level, last int64   // of a bucket, in units of 1/window
	begun       bool
}

// admits reports whether a request at a time passes, and counts it if it does.
func (c *counter) admits(t int64) bool {
	switch {
	case c.burst > 0:
		if !c.begun {
			c.level, c.begun = c.burst*c.window, true
		} else {
			c.level = min(c.burst*c.window, c.level+(t-c.last)*c.quota)
		}
		c.last = t
		if c.level < c.window {
			return false
		}
		c.level -= c.window
		return true
	default:
		n := int64(0)
		for i := len(c.passed) - 1; i >= 0; i-- {
			if c.utc && c.passed[i]/c.window != t/c.window || !c.utc && c.passed[i] <= t-c.window {
				break
			}
			n++
		}
		if n >= c.quota {
			return false
		}
		c.passed = append(c.passed, t)
		return true
	}
}

// ticks are how many steps a second has here: a multiple of the quotas, so that buckets refill in
// step.
const ticks = 12

// refuses sends as much as a admits through b, from a time on: all that it can at once, or only now
// and then. It reports whether b refuses any.
func refuses(r *rand.Rand, a, b figures, from int64, always bool) bool {
	a.window, b.window = a.window*ticks, b.window*ticks
	sender, server := &counter{figures: a}, &counter{figures: b}
	for t := from; t < from+150*ticks; t++ {
		for always || r.IntN(3) > 0 {
			if !sender.admits(t) {
				break
			}
			if !server.admits(t) {
				return true
			}
		}
	}
	return false
}

// TestWithinHoldsForSequences sends what one limit admits through another: where within says that
// all of it passes, none may be refused, and where it says otherwise, one of them has to be.
func TestWithinHoldsForSequences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	windows, quotas := []int64{1, 2, 3, 4, 6, 8}, []int64{1, 2, 3, 4, 6}
	counted := map[bool]int{}
	for range 1000 {
		pick := func() figures {
			f := figures{quota: quotas[r.IntN(len(quotas))], window: windows[r.IntN(len(windows))], unit: "requests"}
			switch r.IntN(4) {
			case 0:
				f.burst = 1 + r.Int64N(8)
			case 1:
				f.utc = true
			}
			return f
		}
		a, b := pick(), pick()
		if r.IntN(2) == 0 { // near the edge
			b.quota = max(1, a.quota*b.window/a.window+r.Int64N(3)-1)
		}
		says := within(a, b)
		counted[says]++
		refused := false
		for second := int64(1); second <= 24 && !refused; second++ { // begin just before a window's end, and at it
			for from := second*ticks - 1; from <= second*ticks; from++ {
				refused = refused || refuses(r, a, b, from, true)
			}
			refused = refused || refuses(r, a, b, second*ticks, false)
		}
		if says == refused {
			t.Errorf("%+v within %+v: %v, and a sequence is refused: %v", a, b, says, refused)
		}
	}
	if counted[true] < 300 || counted[false] < 300 {
		t.Errorf("too few cases: %v", counted)
	}
}
