package redisstore

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// An allocation has the figures of the stage that the last call knew, and none goes back to an
// earlier one.
func TestAFundFollowsWhatWasAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		change := time.Now().Add(time.Second)
		table := ratelimit.NewSchedule([]ratelimit.Limit{{Name: "a", Quota: 10, Window: time.Second, Stages: []ratelimit.Stage{{From: change, Quota: 3}}}}, nil)
		g := &group{store: &Store{}, allocations: make(map[string]*allocation)}
		early := &ratelimit.Charge{Limit: &table.Limits()[0], Key: "k", Cost: 1}
		if q := g.allocation(early).quota(); q != 10 {
			t.Errorf("quota %d before the day", q)
		}
		time.Sleep(time.Second)
		late := &ratelimit.Charge{Limit: &table.Limits()[0], Key: "k", Cost: 1}
		if f := g.allocation(late); f.quota() != 3 || f != g.allocation(early) || f.quota() != 3 {
			t.Errorf("quota %d from the day on", f.quota())
		}
	})
}
