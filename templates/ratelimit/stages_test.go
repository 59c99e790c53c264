package ratelimit

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestALimitHasTheFiguresOfTheDay(t *testing.T) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	l := Limit{Name: "a", Quota: 10, Burst: 20, Stages: []Stage{{From: at(100), Quota: 5}, {From: at(200), Burst: 7}, {From: at(300), Quota: 9, Burst: 9}}}
	for now, want := range map[int][3]int64{0: {10, 20, 3}, 99: {10, 20, 3}, 100: {5, 20, 2}, 250: {5, 7, 1}, 300: {9, 9, 0}, 999: {9, 9, 0}} {
		if on := l.On(at(now)); [3]int64{on.Quota, on.Burst, int64(len(on.Stages))} != want {
			t.Errorf("at %d: %d, %d, %d stages to come, want %v", now, on.Quota, on.Burst, len(on.Stages), want)
		}
	}
	if l.Quota != 10 || len(l.Stages) != 3 {
		t.Error("the limit itself has changed:", l)
	}
	table := []Limit{l}
	applied, err := Apply(table, map[string]Amount{"a": {Quota: 50}})
	if err != nil {
		t.Fatal(err)
	}
	if on := applied[0].On(at(999)); on.Quota != 50 || on.Burst != 9 {
		t.Errorf("a plan's quota holds on all days, and its burst is announced: %+v", on)
	}
	if table[0].Stages[0].Quota != 5 {
		t.Error("applying a plan changed the table")
	}
}

func TestAScheduleChangesOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := NewSchedule([]Limit{{Name: "a", Quota: 10, Stages: []Stage{{From: begin.Add(time.Second), Quota: 5}, {From: begin.Add(3 * time.Second), Quota: 1}}}, {Name: "b", Quota: 3}}, nil)
		for _, want := range []int64{10, 5, 5, 1} {
			var all sync.WaitGroup
			var seen [8]*Limit
			for i := range seen {
				all.Go(func() { seen[i] = &s.Limits()[0] })
			}
			all.Wait()
			for _, l := range seen {
				if l != seen[0] || l.Quota != want {
					t.Errorf("after %v: quota %d, want %d; one table: %v", time.Since(begin), l.Quota, want, l == seen[0])
				}
			}
			time.Sleep(time.Second)
		}
		if late := NewSchedule([]Limit{{Quota: 10, Stages: []Stage{{From: begin, Quota: 2}}}}, nil).Limits(); late[0].Quota != 2 {
			t.Error("what was announced for a time before the start is not in force:", late)
		}
	})
}

// TestWaitingCallsAreHeldToTheFigureOfTheirTime lets calls wait over a change: what goes after it
// keeps to the new quota.
func TestWaitingCallsAreHeldToTheFigureOfTheirTime(t *testing.T) {
	for _, c := range []struct{ before, after int64 }{{10, 2}, {2, 10}} {
		synctest.Test(t, func(t *testing.T) {
			change := time.Now().Add(2500 * time.Millisecond)
			s := NewSchedule([]Limit{{Name: "a", Quota: c.before, Window: time.Second, Unit: "requests", Stages: []Stage{{From: change, Quota: c.after}}}}, nil)
			p := NewPacer(PacerOptions{})
			var mu sync.Mutex
			var sent []time.Time
			var all sync.WaitGroup
			for range 60 {
				all.Go(func() { // all are there from the start, and ask by the table of then
					permit, err := p.Acquire(context.Background(), []Charge{{Limit: &s.Limits()[0], Cost: 1}})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					sent = append(sent, time.Now())
					mu.Unlock()
					permit.Done()
				})
			}
			all.Wait()
			var early, late int64
			for i, at := range sent {
				n := int64(0)
				for _, other := range sent[:i+1] {
					if at.Sub(other) < time.Second {
						n++
					}
				}
				if at.Before(change) {
					early = max(early, n)
				} else if at.After(change.Add(time.Second)) {
					late = max(late, n)
				}
				if n > max(c.before, c.after) {
					t.Errorf("%d within a second at %v", n, at)
				}
			}
			if early != c.before || late != c.after {
				t.Errorf("from %d to %d: %d and then %d within a second", c.before, c.after, early, late)
			}
		})
	}
}
