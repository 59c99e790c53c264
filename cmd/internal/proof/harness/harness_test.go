package harness

import (
	"testing"
	"time"
)

func TestMost(t *testing.T) {
	var arrivals []Arrival
	start := time.Now()
	for _, ms := range []int{0, 100, 900, 999, 1000, 1100, 2500} {
		arrivals = append(arrivals, Arrival{At: start.Add(time.Duration(ms) * time.Millisecond)})
	}
	one := func(Arrival) int { return 1 }
	for window, want := range map[time.Duration]int{time.Second: 4, 200 * time.Millisecond: 3, time.Millisecond: 1, time.Hour: 7} {
		if got := Most(arrivals, window, one); got != want {
			t.Errorf("%v: %d, want %d", window, got, want)
		}
	}
}

// TestDrive checks the drivers against an API without a gateway: what they send arrives, spelt as
// given.
func TestDrive(t *testing.T) {
	u := NewUpstream(t)
	q := func(i int) Request { return Request{Method: "POST", Target: "/a//%6f;x/./?q", Body: `{"n":1}`} }
	if n := Passed(Burst(t, u.Address(), 50, 10, q)); n != 50 {
		t.Errorf("%d passed", n)
	}
	if n := Passed(Even(t, u.Address(), 20, 100*time.Millisecond, q)); n != 20 {
		t.Errorf("%d passed", n)
	}
	for _, a := range u.Arrivals() {
		if a.Method != "POST" || a.Target != "/a//%6f;x/./?q" || a.Body != 7 {
			t.Fatalf("arrived as %+v", a)
		}
	}
	if n := len(u.Arrivals()); n != 70 {
		t.Errorf("%d arrived", n)
	}
}
