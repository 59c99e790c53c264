package ratelimit

import (
	"testing"
	"testing/synctest"
	"time"
)

// The counter that holds the first of its queue up is full, and so is it when a call that needs
// more than is left waits; calls of other limits behind that change nothing for theirs.
func TestHighestOfTheHeadOfTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &Limit{Name: "first", Quota: 10, Window: time.Hour}
		second := &Limit{Name: "second", Quota: 10, Window: time.Hour}
		p := NewPacer(PacerOptions{})
		acquire(t, p, Charge{Limit: first, Key: "", Cost: 7}, Charge{Limit: second, Key: "", Cost: 1}).Done()
		for range 3 {
			go func() {
				_, _ = p.Acquire(t.Context(), []Charge{{Limit: first, Key: "", Cost: 5}, {Limit: second, Key: "", Cost: 2}})
			}()
		}
		time.Sleep(30 * time.Minute) // no peak is as old
		got := make(map[string]int64)
		for _, u := range p.Highest() {
			got[u.Limit] = u.Used
		}
		if got["first"] != 10 || got["second"] != 1 {
			t.Errorf("%v", got)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
	})
}
