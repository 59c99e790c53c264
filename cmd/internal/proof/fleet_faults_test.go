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

// TestFleetSimulatedFaults cuts links, loses replies, sets Redis's clock and has Redis forget all,
// at random. Nothing of it may let the vendor see more than the quota in a window, nor leave the
// fleet unable to go on.
func TestFleetSimulatedFaults(t *testing.T) {
	seeds := uint64(48)
	if testing.Short() {
		seeds = 6
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { suffer(t, seed) })
		})
	}
}

func suffer(t *testing.T, seed uint64) {
	f := &simulatedFleet{quota: 100, window: time.Second, demands: []float64{greedy, greedy, 10, 2}, seed: seed}
	switch seed % 3 {
	case 1:
		f.quota, f.window, f.demands = 5, 3*time.Second, slices.Repeat([]float64{1}, 5)
	case 2:
		f.most = 10
	}
	s := f.start(t, redisstore.Options{Lease: 4 * time.Second, Outage: 5 * time.Second, Transit: 2 * time.Second})
	time.Sleep(10 * time.Second) // first contact of all: without it a process cannot notice a loss
	r := rand.New(rand.NewPCG(seed, 1000))
	for range 40 {
		time.Sleep(upTo(r, 4*time.Second))
		switch r.IntN(10) {
		case 0:
			s.restart(upTo(r, 9*time.Second))
		case 1:
			s.redis.step(upTo(r, 40*time.Second) - 20*time.Second)
			time.Sleep(3 * time.Second) // so that all notice: one whose answer is lost meanwhile would not
		default:
			s.sever(r, upTo(r, upTo(r, 9*time.Second)))
		}
	}
	before := s.vendor.count()
	time.Sleep(20 * time.Second)
	recovered := s.vendor.count() - before
	s.stop(t)
	if s.vendor.refused > 0 {
		t.Errorf("%d refused", s.vendor.refused)
	}
	if recovered == 0 {
		t.Error("nothing is sent any more")
	}
}

func upTo(r *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(most) + 1))
}

// restart has Redis be gone for a while, and come back with nothing.
func (s *simulation) restart(gone time.Duration) {
	s.set(s.links, linkCut)
	time.Sleep(gone)
	s.redis.restart()
	s.set(s.links, linkUp)
	time.Sleep(3 * time.Second) // so that all can report their leases: no process pauses longer
}

// sever has one or more processes not reach Redis, or only late, or not hear of it.
func (s *simulation) sever(r *rand.Rand, length time.Duration) {
	hit := s.links[r.IntN(len(s.links)):]
	if r.IntN(3) > 0 {
		hit = hit[:1]
	}
	state := []linkState{linkCut, linkCut, linkDeaf, linkSlow}[r.IntN(4)]
	s.set(hit, state)
	time.Sleep(length)
	s.set(hit, linkUp)
}

func (s *simulation) set(links []*link, state linkState) {
	for _, l := range links {
		l.set(state)
	}
}
