package proof

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/limitgen/limitgen/gen/redisstore"
)

// reboot restarts Redis with all that it knew on disk, as with appendfsync always.
func (r *simulatedRedis) reboot() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.scripts)
	r.started = time.Now()
	r.runs++
}

// TestFleetSimulatedDurable restarts a Redis that keeps all on disk, while connections break and
// processes are cut off, die and start. With Options.Durable no window sees more than the quota,
// and most of it is used.
func TestFleetSimulatedDurable(t *testing.T) {
	overSeeds(t, 30, func(t *testing.T, seed uint64) {
		f := &simulatedFleet{quota: 300, window: time.Second, demands: []float64{greedy, greedy, 20, 2}, seed: seed}
		switch seed % 3 {
		case 1:
			f.quota, f.window, f.demands = 5, 3*time.Second, slices.Repeat([]float64{1}, 5)
		case 2:
			f.quota, f.window, f.most = 100, 10*time.Second, 10
		}
		s := f.start(t, redisstore.Options{Durable: true, Lease: 4 * time.Second, Outage: 5 * time.Second, Transit: 2 * time.Second})
		time.Sleep(10 * time.Second)
		r := rand.New(rand.NewPCG(seed, 3000))
		for range 8 {
			cut := s.links[r.IntN(len(s.links)):]
			s.set(cut, []linkState{linkCut, linkDeaf, linkSlow}[r.IntN(3)])
			time.Sleep(upTo(r, 3*time.Second))
			s.redis.reboot()
			for range r.IntN(2) {
				s.join(t)
			}
			if r.IntN(3) == 0 {
				s.kill(s.processes[len(s.processes)-1])
			}
			time.Sleep(upTo(r, 10*time.Second))
			for _, p := range s.processes {
				if !p.killed.Load() {
					p.link.set(linkUp)
				}
			}
			time.Sleep(upTo(r, 10*time.Second))
		}
		time.Sleep(40 * time.Second)
		used := 0.0
		for range 4 {
			s.set(s.links, linkCut)
			time.Sleep(500 * time.Millisecond)
			s.redis.reboot()
			for _, p := range s.processes {
				if !p.killed.Load() {
					p.link.set(linkUp)
				}
			}
			used += s.during(10*time.Second) / 4
		}
		t.Logf("%.1f %% used while Redis restarts every 10 seconds", used)
		if used < 60 {
			t.Errorf("%.1f %% used while Redis restarts every 10 seconds", used)
		}
		s.end(t)
	})
}
