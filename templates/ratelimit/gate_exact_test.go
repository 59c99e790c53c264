package ratelimit

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestGateIsAsExactAsItSays compares a gate with exact logs: one of the window, above which it may
// never go, and one of a window that is longer by as much as a counter may be late, within which it
// may refuse nothing.
func TestGateIsAsExactAsItSays(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 11))
		window := []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour, 30 * time.Second, 65_530, 1 << 40}[seed%7]
		quota := 1 + r.Int64N([]int64{5, 60, exactSamples, 500, 6000, 400_000}[r.IntN(6)])
		largest := 1 + r.Int64N(1+r.Int64N(quota))
		if r.IntN(3) == 0 {
			largest = 1
		}
		late := window >> 14
		if quota > exactSamples {
			late = window / 128
		}
		limit, longer := &Limit{Name: "a", Quota: quota, Window: window}, &Limit{Window: window + late}
		strict, lenient := exact{limit: limit}, exact{limit: longer}
		clock := &wallClock{now: time.Unix(1_700_000_000, 0)}
		g := NewGate(GateOptions{Clock: clock})
		pause := 1 + int64(float64(window)*float64(1+largest)/float64(quota*(1+r.Int64N(4)))) // about at the quota, and faster
		for step := range 4000 {
			if r.IntN(200) == 0 {
				clock.step(time.Duration(r.Int64N(int64(window) + int64(window)/2)))
			} else if r.IntN(3) > 0 {
				clock.step(time.Duration(r.Int64N(pause)))
			}
			cost := 1 + r.Int64N(largest)
			admitted := admit(t, g, Charge{Limit: limit, Key: "k", Cost: cost}).Admitted
			switch {
			case admitted && strict.used(clock.now)+cost > quota:
				t.Fatalf("seed %d, step %d: %d of %d are used, and %d more were admitted", seed, step, strict.used(clock.now), quota, cost)
			case !admitted && lenient.used(clock.now)+cost <= quota:
				t.Fatalf("seed %d, step %d, window %v: %d of %d are used, and %d more were refused", seed, step, window, lenient.used(clock.now), quota, cost)
			}
			for len(strict.spent) > 0 && clock.now.Sub(strict.spent[0].at) >= longer.Window {
				strict.spent = strict.spent[1:]
			}
			if admitted {
				strict.spent = append(strict.spent, spend{clock.now, cost})
			}
			lenient.spent = strict.spent
		}
	}
}
