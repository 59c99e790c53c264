package decisions

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	turn     = 20_000  // decisions
	together = 200_000 // in a turn of several goroutines, which have to meet
)

// A runner is a contestant in a scene.
type runner struct {
	contestant
	decide []func(key string) error // of each goroutine
	at     []int                    // the key of each
	times  []float64                // of a decision in each turn, in nanoseconds
	failed atomic.Int64
	turn   int
}

func (c contestant) enter(workers int, keys []string) *runner {
	r := &runner{contestant: c, turn: turn}
	if workers > 1 {
		r.turn = together
	}
	for i := range workers {
		r.decide, r.at = append(r.decide, c.worker()), append(r.at, i*len(keys)/workers)
	}
	for _, key := range keys {
		_ = r.decide[0](key)
	}
	return r
}

// run takes a turn. Keys are walked through in one round, wherever turns end.
func (r *runner) run(keys []string) {
	begin := time.Now()
	if len(r.decide) == 1 {
		r.work(0, r.turn, keys)
	} else {
		var wait sync.WaitGroup
		for i := range r.decide {
			wait.Go(func() { r.work(i, r.turn/len(r.decide), keys) })
		}
		wait.Wait()
	}
	r.times = append(r.times, float64(time.Since(begin).Nanoseconds())/float64(r.turn))
}

func (r *runner) work(i, n int, keys []string) {
	decide, at := r.decide[i], r.at[i]
	for range n {
		if decide(keys[at]) != nil {
			r.failed.Add(1)
		}
		if at++; at == len(keys) {
			at = 0
		}
	}
	r.at[i] = at
}

// quartile returns the lower one over the turns: what else runs on the machine is left out at its
// worst.
func (r *runner) quartile() float64 {
	slices.Sort(r.times)
	return r.times[len(r.times)/4]
}

// interleave lets all take n decisions in short turns, one after the other, so that what else runs
// on the machine strikes all alike. Keys are visited in another order than that in which they were
// first seen, unless asCame: counters that were made one after the other lie so, and would be
// walked through as hardly any traffic does.
func interleave(all []contestant, workers int, keys []string, n int, asCame bool) []*runner {
	runners := make([]*runner, len(all))
	for i, c := range all {
		runners[i] = c.enter(workers, keys)
	}
	visits := slices.Clone(keys)
	if !asCame {
		rand.New(rand.NewPCG(5, 6)).Shuffle(len(visits), func(i, j int) { visits[i], visits[j] = visits[j], visits[i] })
	}
	runtime.GC()
	for range n / runners[0].turn {
		for _, r := range runners {
			r.run(visits)
		}
	}
	return runners
}
