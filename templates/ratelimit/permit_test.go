package ratelimit

import (
	"context"
	"testing"
	"time"
)

// A permit ends once: whatever is called later changes nothing, although further calls use its
// memory.
func TestPermitEndsOnce(t *testing.T) {
	limit := &Limit{Name: "a", Quota: 10, Window: time.Hour}
	p := NewPacer(PacerOptions{})
	inFlight := func() int64 {
		u := p.Usage()
		if len(u) != 1 {
			t.Fatalf("%d counters", len(u))
		}
		return u[0].InFlight
	}
	first := acquire(t, p, Charge{Limit: limit, Cost: 1})
	first.Done()
	second := acquire(t, p, Charge{Limit: limit, Cost: 4})
	for _, end := range []func(){first.Done, first.Cancel, first.Lost, first.Abandoned, first.Answered} {
		if end(); inFlight() != 4 {
			t.Fatalf("%d in flight, want 4", inFlight())
		}
	}
	if used := p.Usage()[0].Used; used != 5 {
		t.Errorf("%d used, want 5", used)
	}
	second.Cancel()
	if used := p.Usage()[0].Used; inFlight() != 0 || used != 1 {
		t.Errorf("%d in flight and %d used after Cancel", inFlight(), used)
	}
}

// A call with more charges than a permit has room for, and one with a charge that is merged.
func TestPermitCharges(t *testing.T) {
	limits := make([]Limit, 5)
	var charges []Charge
	for i := range limits {
		limits[i] = Limit{Name: string(rune('a' + i)), Quota: 10, Window: time.Hour}
		charges = append(charges, Charge{Limit: &limits[i], Cost: int64(i + 1)})
	}
	charges = append(charges, Charge{Limit: &limits[0], Cost: 1})
	p := NewPacer(PacerOptions{})
	for range 2 {
		acquire(t, p, charges...).Cancel()
	}
	acquire(t, p, charges...)
	got := make(map[string]int64)
	for _, u := range p.Usage() {
		got[u.Limit] = u.InFlight
	}
	for i := range limits {
		if want := max(2, int64(i+1)); got[limits[i].Name] != want {
			t.Errorf("%s: %d in flight, want %d", limits[i].Name, got[limits[i].Name], want)
		}
	}
}

// Once a limit depends on the time of day, that is read, even if the first ones did not.
func TestPacerReadsTheTimeOfDay(t *testing.T) {
	rolling := &Limit{Name: "rolling", Quota: 10, Window: time.Hour}
	day := &Limit{Name: "day", Quota: 1, Window: 24 * time.Hour, UTC: true}
	p := NewPacer(PacerOptions{})
	acquire(t, p, Charge{Limit: rolling, Cost: 1}).Done()
	acquire(t, p, Charge{Limit: rolling, Cost: 1}, Charge{Limit: day, Cost: 1}).Done()
	for _, u := range p.Usage() {
		if u.Limit == "day" && u.Used != 1 {
			t.Errorf("%d used of the day", u.Used)
		}
	}
	if _, err := p.TryAcquire([]Charge{{Limit: day, Cost: 1}}); err == nil {
		t.Error("two a day")
	}
}

// A call that is refused takes no permit of those that are kept for further calls, for whichever
// reason.
func TestPermitOfARefusal(t *testing.T) {
	limits := []Limit{{Name: "a", Quota: 10, Window: time.Hour}, {Name: "b", Quota: 1, Window: time.Hour}}
	a, b := Charge{Limit: &limits[0], Cost: 1}, Charge{Limit: &limits[1], Cost: 1}
	p := NewPacer(PacerOptions{})
	held := acquire(t, p, a)
	acquire(t, p, b).Done() // its permit is the only spare one
	soon, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for name, call := range map[string]func() (Permit, error){
		"above the quota": func() (Permit, error) { return p.TryAcquire([]Charge{a, {Limit: b.Limit, Cost: 2}}) },
		"no room":         func() (Permit, error) { return p.TryAcquire([]Charge{a, b}) },
		"too late":        func() (Permit, error) { return p.Acquire(soon, []Charge{a, b}) },
	} {
		if _, err := call(); err == nil || len(p.spares) != 1 {
			t.Errorf("%s: %v, and %d spare permits, want 1", name, err, len(p.spares))
		}
		if n := p.Usage()[0].InFlight; n != 1 {
			t.Errorf("%s: %d in flight, want 1", name, n)
		}
	}
	held.Cancel()
}
