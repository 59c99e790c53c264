// Package costs measures how much of 6000 units a minute callers get whose costs are up to 600, on
// a clock that jumps from event to event: an hour takes a second.
package costs

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"golang.org/x/time/rate"
)

// Part measures the half of goal 5 that is in process.
var Part = goal.Part{Name: "in process", Run: measure}

const (
	quota   = 6000
	largest = 600
	window  = time.Minute
	length  = time.Hour
	callers = 60
	enough  = 96 // percent
	way     = 15 * time.Millisecond
)

// A draw gives the cost of a call.
type draw struct {
	name   string
	judged bool
	cost   func(r *rand.Rand) int64
}

var draws = []draw{
	{"all costs alike", true, func(r *rand.Rand) int64 { return 1 + r.Int64N(largest) }},
	{"mostly small", true, func(r *rand.Rand) int64 { return int64(math.Exp(r.Float64() * math.Log(largest+1))) }},
	// Shown, not judged: when all callers want 600, no limiter can fill the 599 that a few ones
	// have left.
	{"1 or 600", false, func(r *rand.Rand) int64 { return 1 + (largest-1)*r.Int64N(2) }},
}

// A limiter runs at full demand and returns what it let through: the time and cost of each call as
// a server sees it.
type limiter struct {
	name string
	ours bool
	run  func(cost func() int64) []spend
}

type spend struct {
	at   time.Duration
	cost int64
}

func measure(_ context.Context, out io.Writer) ([]goal.Figure, error) {
	limiters := []limiter{
		{"this, client", true, pacer},
		{"this, server", true, gate},
		{"x/time/rate (90/s, 600), safe", false, func(cost func() int64) []spend { return bucket(90, 600, cost) }},
		{"x/time/rate (100/s, 6000)", false, func(cost func() int64) []spend { return bucket(100, 6000, cost) }},
	}
	fmt.Fprintf(out, "%-16s %-32s %8s %22s\n", "costs", "limiter", "% used", "most in any minute")
	least, above := 1000.0, int64(0)
	for _, d := range draws {
		for _, l := range limiters {
			r := rand.New(rand.NewPCG(5, 6))
			passed := l.run(func() int64 { return d.cost(r) })
			used, most := use(passed), worst(passed)
			fmt.Fprintf(out, "%-16s %-32s %8.1f %22d\n", d.name, l.name, used, most)
			if l.ours {
				above = max(above, most)
				if d.judged {
					least = min(least, used)
				}
			}
		}
	}
	spent, err := refusal()
	if err != nil {
		return nil, err
	}
	return []goal.Figure{
		goal.AtLeast("used in process", least, enough, " %"),
		goal.AtMost("most in any minute", float64(above), quota, ""),
		goal.AtMost("spent by a refused cost", float64(spent), 0, ""),
	}, nil
}

// use returns the part of the quota that passed. The first burst costs no time, so the first window
// is left out.
func use(passed []spend) float64 {
	var sum int64
	for _, s := range passed {
		if s.at >= window && s.at < length {
			sum += s.cost
		}
	}
	return 100 * float64(sum) / (quota * (length - window).Seconds() / window.Seconds())
}

// worst returns the most in any window [t, t + window).
func worst(passed []spend) (most int64) {
	var sum int64
	first := 0
	for _, s := range passed {
		for sum += s.cost; s.at-passed[first].at >= window; first++ {
			sum -= passed[first].cost
		}
		most = max(most, sum)
	}
	return most
}

// pacer lets callers wait for a client's Pacer. Each has its answer two ways after it was admitted.
func pacer(cost func() int64) (passed []spend) {
	c := newClock()
	p := ratelimit.NewPacer(ratelimit.PacerOptions{Clock: c})
	l := ratelimit.Limit{Name: "messages", Quota: quota, Window: window}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	type admission struct {
		permit ratelimit.Permit
		cost   int64
	}
	admitted, asking := make(chan admission, callers), 0
	ask := func() {
		asking++
		charges := []ratelimit.Charge{{Limit: &l, Cost: cost()}}
		go func() {
			if permit, err := p.Acquire(ctx, charges); err == nil {
				admitted <- admission{permit, charges[0].Cost}
			}
		}()
	}
	for range callers {
		ask()
	}
	for c.since() < length {
		// Each caller either waits in the queue or is admitted; the clock stops until all are.
		for asking != queued(p) {
			select {
			case a := <-admitted:
				asking--
				c.AfterFunc(way, func() { passed = append(passed, spend{c.since(), a.cost}) })
				c.AfterFunc(2*way, func() { a.permit.Done(); ask() })
			default:
				runtime.Gosched()
			}
		}
		c.next()
	}
	return passed
}

func queued(p *ratelimit.Pacer) (n int) {
	for _, u := range p.Usage() {
		n += u.Waiting
	}
	return n
}

// gate lets callers ask a server again and again, at an even pace, until they are admitted.
func gate(cost func() int64) []spend {
	c := newClock()
	g := ratelimit.NewGate(ratelimit.GateOptions{Clock: c})
	l := ratelimit.Limit{Name: "messages", Quota: quota, Window: window}
	return poll(c, cost, func(cost int64) bool {
		d, err := g.Decide([]ratelimit.Charge{{Limit: &l, Cost: cost}}, nil)
		return err == nil && d.Admitted
	})
}

func bucket(perSecond float64, burst int, cost func() int64) []spend {
	c := newClock()
	l := rate.NewLimiter(rate.Limit(perSecond), burst)
	return poll(c, cost, func(cost int64) bool { return l.AllowN(c.Now(), int(cost)) })
}

// poll asks for the costs of all callers in turn, each 50 ms.
func poll(c *clock, cost func() int64, admit func(int64) bool) (passed []spend) {
	wants := make([]int64, callers)
	for i := range wants {
		wants[i] = cost()
	}
	for c.since() < length {
		for i := range wants {
			if admit(wants[i]) {
				passed = append(passed, spend{c.since(), wants[i]})
				wants[i] = cost()
			}
		}
		c.step(50 * time.Millisecond)
	}
	return passed
}

// refusal returns what a cost that is refused, for itself or for another limit of the call, has
// spent.
func refusal() (int64, error) {
	c := newClock()
	g := ratelimit.NewGate(ratelimit.GateOptions{Clock: c})
	many := ratelimit.Limit{Name: "messages", Quota: quota, Window: window}
	one := ratelimit.Limit{Name: "one", Quota: 1, Window: window}
	before := []ratelimit.Charge{{Limit: &many, Cost: 5900}, {Limit: &one, Cost: 1}}
	if d, err := g.Decide(before, nil); err != nil || !d.Admitted {
		return 0, fmt.Errorf("the first was refused: %w", err)
	}
	_, _ = g.Decide([]ratelimit.Charge{{Limit: &many, Cost: 600}}, nil)
	_, _ = g.Decide([]ratelimit.Charge{{Limit: &many, Cost: 50}, {Limit: &one, Cost: 1}}, nil)
	_, _ = g.Decide([]ratelimit.Charge{{Limit: &many, Cost: quota + 1}}, nil)
	d, err := g.Decide([]ratelimit.Charge{{Limit: &many, Cost: 1}}, nil)
	if err != nil || !d.Admitted {
		return quota, err
	}
	return quota - 5900 - 1 - d.Limits[0].Remaining, nil
}
