package ratelimit

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// trip is a request as an adversary sees it: it may arrive at any time between sent and back.
type trip struct {
	sent, back time.Time
	costs      map[string]int64
}

// worstCase is the most of a limit that a server could have seen in one window, whenever the
// requests arrived: all whose trip touches the window. A window that can be moved later without
// losing a trip is not worse, so only those that begin at the end of a trip are looked at.
func worstCase(trips []trip, l *Limit) int64 {
	var most int64
	for _, w := range trips {
		if w.costs[l.Name] == 0 {
			continue
		}
		for _, start := range windowStarts(l, w.back) {
			var sum int64
			for _, x := range trips {
				if x.sent.Before(start.Add(l.Window)) && !x.back.Before(start) {
					sum += x.costs[l.Name]
				}
			}
			most = max(most, sum)
		}
	}
	return most
}

// tooMuch reports whether a server could have seen more of a limit than it admits.
func tooMuch(trips []trip, l *Limit) bool {
	if kindOf(l) == bucketed {
		return worstBucket(trips, l) > float64(l.Burst)
	}
	return worstCase(trips, l) > l.Quota
}

// worstBucket is the most that a server's bucket could have had to hold, whenever the requests
// arrived: in an interval, all whose trip touches it, less what drains in it. An interval can begin
// at the end of a trip, and end where one begins, without losing a trip.
func worstBucket(trips []trip, l *Limit) float64 {
	var most float64
	for _, first := range trips {
		for _, last := range trips {
			length := max(0, last.sent.Sub(first.back))
			sum := -float64(l.Quota) * length.Seconds() / l.Window.Seconds()
			for _, x := range trips {
				if !x.sent.After(first.back.Add(length)) && !x.back.Before(first.back) {
					sum += float64(x.costs[l.Name])
				}
			}
			most = max(most, sum)
		}
	}
	return most
}

func windowStarts(l *Limit, at time.Time) []time.Time {
	if l.UTC {
		return []time.Time{at.Truncate(l.Window)}
	}
	return []time.Time{at}
}

const transit = 3 * time.Second

// adversary is a run of concurrent callers with random pauses, delays, costs, deadlines and ends.
func adversary(seed uint64, limits []Limit, limiter acquirer) []trip {
	var mu sync.Mutex
	var trips []trip
	shape := rand.New(rand.NewPCG(seed, 99))
	callers, longest := 2+shape.IntN(30), time.Duration(1+shape.IntN(int(800*time.Millisecond)))
	var wg sync.WaitGroup
	for c := range callers {
		r := rand.New(rand.NewPCG(seed, uint64(c)))
		wg.Go(func() {
			for range 8 {
				if t, ok := travel(r, limits, limiter, longest); ok {
					mu.Lock()
					trips = append(trips, t)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return trips
}

func travel(r *rand.Rand, limits []Limit, limiter acquirer, longest time.Duration) (trip, bool) {
	pause := func() { time.Sleep(time.Duration(r.Int64N(int64(longest)))) }
	if r.IntN(3) == 0 {
		pause()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	switch r.IntN(8) {
	case 0:
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.Int64N(int64(2*time.Second))))
		defer cancel()
	case 1:
		defer time.AfterFunc(time.Duration(r.Int64N(int64(2*time.Second))), cancel).Stop()
	}
	costs := map[string]int64{}
	var charges []Charge
	for i := range limits {
		if l := &limits[i]; r.IntN(3) > 0 {
			costs[l.Name] = 1 + r.Int64N(1+r.Int64N(min(l.Quota, l.Capacity())))
			charges = append(charges, Charge{Limit: l, Key: "", Cost: costs[l.Name]})
		}
	}
	permit, err := limiter.Acquire(ctx, charges)
	if err != nil {
		return trip{}, false
	}
	t := trip{sent: time.Now(), costs: costs}
	how := r.IntN(20)
	if how == 0 {
		permit.Cancel()
		return trip{}, false
	}
	pause()
	switch t.back = time.Now(); how {
	case 1, 2:
		permit.Lost()
		permit.Cancel() // ended already
		t.back = t.back.Add(transit)
	case 3:
		if p, ok := permit.(interface{ Answered() }); ok {
			p.Answered()
			pause()
		}
		permit.Done()
	default:
		permit.Done()
	}
	return t, true
}

var adversaryLimits = []Limit{
	{Name: "a", Quota: 12, Window: time.Second},
	{Name: "b", Quota: 50, Window: 5 * time.Second},
	{Name: "utc", Quota: 20, Window: 2 * time.Second, UTC: true},
	{Name: "burst", Quota: 15, Window: time.Second, Burst: 40},
	{Name: "small", Quota: 100, Window: 3 * time.Second, Burst: 9},
}

// exceeded counts the limits of which a server could have seen too much.
func exceededBy(t *testing.T, seed uint64, limiter func() acquirer) (n, trips int) {
	synctest.Test(t, func(*testing.T) {
		run := adversary(seed, adversaryLimits, limiter())
		trips = len(run)
		for i := range adversaryLimits {
			if tooMuch(run, &adversaryLimits[i]) {
				n++
			}
		}
		time.Sleep(time.Minute)
	})
	return n, trips
}

func TestLimitsHoldWheneverRequestsArrive(t *testing.T) {
	seeds, trips := uint64(300), 0
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		n, sent := exceededBy(t, seed, func() acquirer { return NewPacer(PacerOptions{Transit: transit}) })
		trips += sent
		if n > 0 {
			t.Errorf("seed %d: a server could have seen too much of %d limits", seed, n)
		}
	}
	t.Logf("%d requests", trips)
}

// TestLimitsCheckBites shows that the check above finds what it looks for.
func TestLimitsCheckBites(t *testing.T) {
	for name, limiter := range peerLimiters() {
		found := 0
		for seed := uint64(0); found == 0 && seed < 20; seed++ {
			found, _ = exceededBy(t, seed, limiter)
		}
		if found == 0 {
			t.Errorf("%s: no window was exceeded", name)
		}
	}
}

// TestPacerUsesTheQuotaWithCostsUpTo600 sends to 1 to 600 at once, mostly to few. What is lost is
// the room that a large cost waits for: no call may pass it, so on average
// mean(cost²)/(2·mean(cost)) units lie idle: 150 of 6000 here, and 200, so 3.3 %, when all costs
// are equally likely.
func TestPacerUsesTheQuotaWithCostsUpTo600(t *testing.T) {
	for name, server := range map[string]func(Limit) vendor{"fixed": fixedWindow, "sliding": slidingWindow, "bucket": bucketServer} {
		synctest.Test(t, func(t *testing.T) {
			const length = 60 * time.Minute
			l := Limit{Name: "messages", Quota: 6000, Window: time.Minute}
			p, serve := NewPacer(PacerOptions{}), server(l)
			begin := time.Now()
			ctx, cancel := context.WithDeadline(t.Context(), begin.Add(l.Window/2+length))
			defer cancel()
			var mu sync.Mutex
			var passed, refused int64
			var wg sync.WaitGroup
			for i := range 60 {
				r := rand.New(rand.NewPCG(3, uint64(i)))
				way := func() time.Duration {
					return 5*time.Millisecond + time.Duration(r.Int64N(int64(20*time.Millisecond)))
				}
				wg.Go(func() {
					for {
						cost := int64(math.Exp(r.Float64() * math.Log(601)))
						permit, err := p.Acquire(ctx, []Charge{{Limit: &l, Key: "", Cost: cost}})
						if err != nil {
							return
						}
						time.Sleep(way())
						mu.Lock()
						if !serve(time.Now(), cost) {
							refused++
						} else if time.Since(begin) > l.Window/2 { // the first burst is free and does not count
							passed += cost
						}
						mu.Unlock()
						time.Sleep(way())
						permit.Done()
					}
				})
			}
			wg.Wait()
			use := float64(passed) / (float64(l.Quota) * length.Seconds() / (l.Window.Seconds() + 0.03))
			t.Logf("%s: %.1f%%, %d refused", name, 100*use, refused)
			if refused > 0 || use < 0.97 {
				t.Errorf("%s: %.1f%% was used, %d refused", name, 100*use, refused)
			}
		})
	}
}
