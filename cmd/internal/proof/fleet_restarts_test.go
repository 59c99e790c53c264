package proof

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/gen/redisstore"
)

// overSeeds runs a scenario in a bubble of its own for each of so many seeds, or for a sixth of
// them.
func overSeeds(t *testing.T, seeds uint64, scenario func(t *testing.T, seed uint64)) {
	if testing.Short() {
		seeds = max(seeds/6, 1)
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { scenario(t, seed) })
		})
	}
}

// during returns how much passes in a while, in percent of what the quota allows.
func (s *simulation) during(length time.Duration) float64 {
	before := s.vendor.count()
	time.Sleep(length)
	best := float64(s.fleet.quota) * length.Seconds() / (s.fleet.window + simulatedTrip).Seconds()
	return 100 * float64(s.vendor.count()-before) / best
}

// end stops the fleet: none of its windows may have been above the quota.
func (s *simulation) end(t *testing.T) {
	t.Helper()
	s.stop(t)
	if s.vendor.refused > 0 {
		t.Errorf("%d were above the quota", s.vendor.refused)
	}
}

func four() *simulatedFleet {
	return &simulatedFleet{quota: 100, window: time.Second, demands: slices.Repeat([]float64{greedy}, 4)}
}

// TestFleetSimulatedResets breaks one in ten connections to Redis, before or after the script has
// run: it costs the fleet next to nothing. One in ten to the vendor costs what such a request may
// be on its way for, Transit.
func TestFleetSimulatedResets(t *testing.T) {
	t.Run("Redis", func(t *testing.T) {
		overSeeds(t, 12, func(t *testing.T, seed uint64) {
			f := &simulatedFleet{quota: 100, window: time.Second, demands: []float64{greedy, greedy, 10, 2}, seed: seed}
			s := f.start(t, redisstore.Options{})
			for _, l := range s.links {
				l.flaky = 0.1
			}
			time.Sleep(5 * time.Second)
			if used := s.during(time.Minute); used < 93 {
				t.Errorf("%.1f %% used", used)
			}
			s.end(t)
		})
	})
	// About 51 and 86 %; goroutines take turns by chance, so a run can have some points less.
	for transit, least := range map[time.Duration]float64{10 * time.Second: 42, time.Second: 78} {
		t.Run("vendor "+transit.String(), func(t *testing.T) {
			overSeeds(t, 6, func(t *testing.T, seed uint64) {
				f := &simulatedFleet{quota: 100, window: time.Second, demands: []float64{greedy, greedy, 10, 2}, seed: seed, reset: 0.1}
				s := f.start(t, redisstore.Options{Transit: transit})
				time.Sleep(15 * time.Second)
				if used := s.during(time.Minute); used < least {
					t.Errorf("%.1f %% used", used)
				}
				s.end(t)
			})
		})
	}
}

// TestFleetSimulatedRollOut starts processes with half the quota beside those that have all of it:
// once all have heard of it, the smaller quota holds for the sum, old and new have equal parts, and
// the larger one is back when the new ones are gone.
func TestFleetSimulatedRollOut(t *testing.T) {
	overSeeds(t, 6, func(t *testing.T, seed uint64) {
		f := &simulatedFleet{quota: 100, window: time.Second, demands: slices.Repeat([]float64{greedy}, 2), quotas: []int64{100, 100, 50, 50}, seed: seed}
		s := f.start(t, redisstore.Options{})
		time.Sleep(5 * time.Second)
		s.join(t)
		s.join(t)
		time.Sleep(5 * time.Second)
		s.vendor.set(50)
		for _, p := range s.processes {
			p.passed.Store(0)
		}
		if used := s.during(20 * time.Second); used < 45 {
			t.Errorf("%.1f %% of the larger quota used", used)
		}
		for i, p := range s.processes {
			if n := p.passed.Load(); n < 180 || n > 320 {
				t.Errorf("process %d sent %d in 20 s, its part is 250", i, n)
			}
		}
		s.vendor.set(100)
		for _, p := range s.processes[2:] {
			p.die()
			time.Sleep(time.Second)
			if err := p.store.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(5 * time.Second)
		if used := s.during(20 * time.Second); used < 95 {
			t.Errorf("%.1f %% used when the roll-out was undone", used)
		}
		s.end(t)
	})
}

// TestFleetSimulatedRestart kills all processes and starts others: the quota is theirs again as
// soon as what the dead ones may have sent is surely over. Where the new ones bear the names of the
// dead, that is Transit and a window.
func TestFleetSimulatedRestart(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(int, redisstore.Options) redisstore.Options
		after time.Duration // Lease at most, Transit, a window and some
		least float64
	}{
		{"nameless", nil, 13 * time.Second, 65},
		{"named", pods, 3 * time.Second, 90},
	} {
		t.Run(c.name, func(t *testing.T) {
			overSeeds(t, 6, func(t *testing.T, seed uint64) {
				f := four()
				f.seed, f.setup = seed, c.setup
				s := f.start(t, redisstore.Options{Transit: time.Second})
				time.Sleep(30 * time.Second)
				for _, p := range s.processes {
					s.kill(p)
				}
				for range f.demands {
					s.join(t)
				}
				time.Sleep(c.after)
				if used := s.during(10 * time.Second); used < c.least {
					t.Errorf("%.1f %% used", used)
				}
				s.end(t)
			})
		})
	}
}

// pods names processes as the pods of a set of four.
func pods(i int, o redisstore.Options) redisstore.Options {
	o.Instance = fmt.Sprint("pod-", i%4)
	return o
}

// TestFleetSimulatedCrashLoop kills all processes over and over: what passes is less, and never
// nothing.
func TestFleetSimulatedCrashLoop(t *testing.T) {
	for _, life := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second} {
		for name, setup := range map[string]func(int, redisstore.Options) redisstore.Options{"nameless": nil, "named": pods} {
			t.Run(name+" "+life.String(), func(t *testing.T) {
				overSeeds(t, 3, func(t *testing.T, seed uint64) {
					f := four()
					f.seed, f.setup = seed, setup
					s := f.start(t, redisstore.Options{Transit: time.Second})
					least := float64(3)
					if setup != nil {
						least = 25
					}
					begin, before, alive := time.Now(), s.vendor.count(), 0
					for time.Since(begin) < 2*time.Minute {
						time.Sleep(life)
						for _, p := range s.processes[alive:] {
							s.kill(p)
						}
						alive = len(s.processes)
						for range f.demands {
							s.join(t)
						}
					}
					if passed := float64(s.vendor.count()-before) / 120; passed < least {
						t.Errorf("%.1f %% of the quota", passed)
					}
					s.end(t)
				})
			})
		}
	}
}

// TestFleetSimulatedLosses has Redis lose its memory, by FLUSHALL or an empty restart, while
// processes are cut off, die and start: as long as one that knew Redis before reaches it, no window
// sees more than the quota.
func TestFleetSimulatedLosses(t *testing.T) {
	overSeeds(t, 30, func(t *testing.T, seed uint64) {
		f := &simulatedFleet{quota: 300, window: time.Second, demands: []float64{greedy, greedy, 20, 2}, seed: seed}
		switch seed % 3 {
		case 1:
			f.quota, f.window, f.demands = 5, 3*time.Second, slices.Repeat([]float64{1}, 5)
		case 2:
			f.quota, f.window, f.most = 100, 10*time.Second, 10
		}
		s := f.start(t, redisstore.Options{Lease: 4 * time.Second, Outage: 5 * time.Second, Transit: 2 * time.Second})
		time.Sleep(10 * time.Second)
		r := rand.New(rand.NewPCG(seed, 2000))
		for range 8 {
			others := s.links[1:] // the first process is the one that can tell
			cut := others[r.IntN(len(others)):]
			if r.IntN(2) == 0 {
				s.set(cut, linkCut)
				time.Sleep(upTo(r, 3*time.Second))
			}
			if r.IntN(2) == 0 {
				s.redis.flush()
			} else {
				time.Sleep(upTo(r, 3*time.Second))
				s.redis.restart()
			}
			for range r.IntN(3) { // new processes come before any other has spoken
				s.join(t)
			}
			if r.IntN(3) == 0 {
				s.kill(s.processes[len(s.processes)-1])
			}
			time.Sleep(upTo(r, 15*time.Second))
			for _, p := range s.processes {
				if !p.killed.Load() {
					p.link.set(linkUp)
				}
			}
			time.Sleep(upTo(r, 20*time.Second))
		}
		time.Sleep(20 * time.Second)
		if used := s.during(20 * time.Second); used < 20 {
			t.Errorf("%.1f %% used in the end", used)
		}
		s.end(t)
	})
}

// TestFleetSimulatedSplit cuts half of a fleet off from Redis for 40 seconds, longer than what they
// hold takes to be given to the others: no window sees more than the quota, and all is as before
// when they are back.
func TestFleetSimulatedSplit(t *testing.T) {
	overSeeds(t, 6, func(t *testing.T, seed uint64) {
		f := four()
		f.seed = seed
		s := f.start(t, redisstore.Options{})
		time.Sleep(30 * time.Second)
		s.set(s.links[2:], linkCut)
		time.Sleep(25 * time.Second)
		if used := s.during(15 * time.Second); used < 75 {
			t.Errorf("%.1f %% used by those that reach Redis", used)
		}
		s.set(s.links, linkUp)
		time.Sleep(15 * time.Second)
		if used := s.during(20 * time.Second); used < 95 {
			t.Errorf("%.1f %% used in the end", used)
		}
		s.end(t)
	})
}
