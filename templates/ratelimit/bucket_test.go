package ratelimit

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// vendorBucket is a bucket as a vendor has it: it counts what it refuses, and nothing else.
type vendorBucket struct {
	mu              sync.Mutex
	limit           Limit
	level           float64
	at              time.Time
	passed, refused int64
}

func newVendorBucket(l Limit) *vendorBucket {
	return &vendorBucket{limit: l, level: float64(l.Burst), at: time.Now()}
}

func (b *vendorBucket) serve(cost int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	inflow := float64(b.limit.Quota) * float64(time.Since(b.at)) / float64(b.limit.Window)
	b.level, b.at = min(float64(b.limit.Burst), b.level+inflow), time.Now()
	if b.level < float64(cost)-1e-9 {
		b.refused++
		return
	}
	b.level -= float64(cost)
	b.passed += cost
}

// bucketCase is a limit, and how it is used.
type bucketCase struct {
	name    string
	limit   Limit
	maxCost int64
	length  time.Duration
	jitter  time.Duration // of each way, beyond 2 ms
	lost    float64       // the part of the answers that are lost
}

func bucketCases() []bucketCase {
	second := time.Second
	return []bucketCase{
		{"5 a second, 10 at once", Limit{Quota: 5, Window: second, Burst: 10}, 1, time.Minute, 40 * time.Millisecond, 0.03},
		{"100 a second, 20 at once", Limit{Quota: 100, Window: second, Burst: 20}, 1, 30 * second, 40 * time.Millisecond, 0.01},
		{"0.0167 a second, 20 at once", Limit{Quota: 167, Window: 10_000 * second, Burst: 20}, 1, 4 * time.Hour, 5 * second, 0.05},
		{"0.5 a second, one at a time", Limit{Quota: 1, Window: 2 * second, Burst: 1}, 1, 10 * time.Minute, 10 * time.Millisecond, 0},
		{"0.0083 a second, 15 at once", Limit{Quota: 83, Window: 10_000 * second, Burst: 15}, 4, 8 * time.Hour, 20 * second, 0.01},
		{"a window of 1.5 s, costs", Limit{Quota: 40, Window: 1500 * time.Millisecond, Burst: 100}, 60, 5 * time.Minute, 100 * time.Millisecond, 0.01},
		{"50 points a second of 1000", Limit{Quota: 50, Window: second, Burst: 1000}, 300, 5 * time.Minute, 300 * time.Millisecond, 0.05},
	}
}

// TestPacerUsesAWholeBucket is at full demand, with delays that reorder requests, lost answers and
// callers that give up.
func TestPacerUsesAWholeBucket(t *testing.T) {
	seeds := uint64(20)
	if testing.Short() {
		seeds = 4
	}
	for _, c := range bucketCases() {
		t.Run(c.name, func(t *testing.T) {
			least := math.Inf(1)
			for seed := range seeds {
				synctest.Test(t, func(t *testing.T) {
					b := c.run(seed, NewPacer(PacerOptions{Transit: time.Second}))
					admits := float64(c.limit.Quota)*float64(c.length)/float64(c.limit.Window) + float64(c.limit.Burst)
					least = min(least, float64(b.passed)/admits)
					if b.refused > 0 {
						t.Errorf("seed %d: %d of %d were refused", seed, b.refused, b.passed+b.refused)
					}
				})
			}
			if t.Logf("%.1f %% at least", 100*least); least < 0.97 {
				t.Errorf("%.1f %% of rate × time + burst was used", 100*least)
			}
		})
	}
}

// TestBucketCheckBites shows that usual limiters, with the vendor's own figures, are refused.
func TestBucketCheckBites(t *testing.T) {
	refused := int64(0)
	for _, c := range bucketCases() {
		synctest.Test(t, func(*testing.T) {
			refused += c.run(1, &sendBucket{level: float64(c.limit.Burst), at: time.Now()}).refused
		})
	}
	if refused == 0 {
		t.Error("nothing was refused, so the check would not notice")
	}
}

// sendBucket counts at the sending, as x/time/rate does.
type sendBucket struct {
	mu    sync.Mutex
	level float64
	at    time.Time
}

func (b *sendBucket) Acquire(ctx context.Context, charges []Charge) (Permit, error) {
	l, cost := charges[0].Limit, float64(charges[0].Cost)
	b.mu.Lock()
	perSecond := float64(l.Quota) / l.Window.Seconds()
	b.level, b.at = min(float64(l.Burst), b.level+perSecond*time.Since(b.at).Seconds())-cost, time.Now()
	wait := max(0, -b.level/perSecond)
	b.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Duration(math.Ceil(wait * 1e9))):
		return NoPermit{}, nil
	}
}

func (c *bucketCase) run(seed uint64, limiter acquirer) *vendorBucket {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(c.length, cancel) // no deadline, which the limiter would look ahead to
	server := newVendorBucket(c.limit)
	var wg sync.WaitGroup
	for i := range 24 {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		wg.Go(func() {
			for ctx.Err() == nil {
				c.call(ctx, r, limiter, server)
			}
		})
	}
	wg.Wait()
	time.Sleep(time.Hour) // timers end
	return server
}

func (c *bucketCase) call(ctx context.Context, r *rand.Rand, limiter acquirer, server *vendorBucket) {
	way := func() time.Duration { return 2*time.Millisecond + time.Duration(r.Int64N(int64(c.jitter))) }
	if r.IntN(10) == 0 { // a caller that may give up
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer time.AfterFunc(time.Duration(r.Int64N(int64(c.limit.Window))), cancel).Stop()
	}
	cost := 1 + r.Int64N(c.maxCost)
	permit, err := limiter.Acquire(ctx, []Charge{{Limit: &c.limit, Cost: cost}})
	if err != nil {
		return
	}
	if r.IntN(20) == 0 {
		permit.Cancel()
		return
	}
	time.Sleep(way())
	switch lost := r.Float64() < c.lost; {
	case lost && r.IntN(2) == 0: // the connection breaks, and the request arrives all the same
		permit.Lost()
		time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
		server.serve(cost)
	case lost:
		server.serve(cost)
		permit.Lost()
	default:
		server.serve(cost)
		time.Sleep(way())
		permit.Done()
	}
}

// TestPacersShareABucket: each has a part of the bucket and of its rate, and neither knows of the
// other.
func TestPacersShareABucket(t *testing.T) {
	c := bucketCase{limit: Limit{Quota: 10, Window: time.Second, Burst: 30}, maxCost: 3, length: 2 * time.Minute, jitter: 50 * time.Millisecond}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(c.length, cancel)
		server := newVendorBucket(c.limit)
		var wg sync.WaitGroup
		for i, share := range []float64{0.3, 0.7} {
			p := NewPacer(PacerOptions{Share: share})
			for k := range 10 {
				r := rand.New(rand.NewPCG(uint64(i), uint64(k)))
				wg.Go(func() {
					for ctx.Err() == nil {
						c.call(ctx, r, p, server)
					}
				})
			}
		}
		wg.Wait()
		if use := float64(server.passed) / (10*c.length.Seconds() + 30); server.refused > 0 || use < 0.97 {
			t.Errorf("%.1f %% was used, %d refused", 100*use, server.refused)
		}
	})
}

func TestPacerBucketFigures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limit{Name: "a", Quota: 1, Window: 2 * time.Second, Burst: 8}
		p := NewPacer(PacerOptions{Share: 0.5, Adaptive: true})
		full := func(want int64) {
			t.Helper()
			n := int64(0)
			for {
				permit, err := p.TryAcquire([]Charge{{Limit: l, Cost: 1}})
				if err != nil {
					break
				}
				permit.Done()
				n++
			}
			if n != want {
				t.Errorf("%d passed at once, want %d", n, want)
			}
		}
		full(4)
		time.Sleep(8*time.Second + 5*time.Millisecond) // a quarter a second
		full(2)
		p.Lower(l, "", 2) // not below the table's
		time.Sleep(8*time.Second + 5*time.Millisecond)
		full(2)
		p.Exceeded(l, "") // 0.8 of the bucket and of the rate are left, and more as time goes by
		if u := p.Usage()[0]; u.Quota != 4 || u.Used != 4 || u.Yielded < 0 {
			t.Errorf("%+v", u)
		}
		time.Sleep(time.Hour)
		full(4)
		time.Sleep(time.Hour)
		p.Remaining(l, "", 1) // others have used 7 of 8
		full(1)
		if _, err := p.Acquire(t.Context(), []Charge{{Limit: l, Cost: 5}}); err == nil {
			t.Error("a cost above the share of the bucket was admitted")
		}
	})
}

// TestPacerFollowsAChangedBucket: the figures of a limit can change while it is used.
func TestPacerFollowsAChangedBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerOptions{})
		use := func(l Limit, n, left int64) {
			t.Helper()
			for range n {
				acquire(t, p, Charge{Limit: &l, Cost: 1}).Done()
			}
			if u := p.Usage()[0]; u.Used != n || u.Quota-u.Used != left {
				t.Errorf("%d of %d used, want %d and %d left", u.Used, u.Quota, n, left)
			}
		}
		use(Limit{Quota: 10, Window: time.Second}, 6, 4)
		time.Sleep(500 * time.Millisecond)
		p.Remaining(&Limit{Quota: 10, Window: time.Second, Burst: 20}, "", 20) // of the 6, 5 have drained
		if u := p.Usage()[0]; u.Used != 2 || u.Quota != 20 {
			t.Errorf("%+v", u)
		}
		p.Remaining(&Limit{Quota: 1, Window: time.Second, Burst: 20}, "", 20)
		time.Sleep(900 * time.Millisecond)
		if u := p.Usage()[0]; u.Used != 1 { // what is left is as much, and drains at the new rate
			t.Errorf("%+v", u)
		}
		p.Remaining(&Limit{Quota: 10, Window: time.Second}, "", 10)
		if u := p.Usage()[0]; u.Used != 1 || u.Quota != 10 {
			t.Errorf("%+v", u)
		}
	})
}

// TestAsWindowIsNeverAboveTheBucket sends all of each window at its start, and half a window later.
func TestAsWindowIsNeverAboveTheBucket(t *testing.T) {
	for _, c := range bucketCases() {
		synctest.Test(t, func(t *testing.T) {
			w := c.limit.AsWindow()
			if w.Burst != 0 || w.Quota < 1 || w.Quota > c.limit.Burst {
				t.Fatalf("%+v", w)
			}
			server := newVendorBucket(c.limit)
			for i := range int64(50) {
				server.serve(w.Quota - w.Quota/2)
				time.Sleep(w.Window / 2 * time.Duration(i%2))
				server.serve(w.Quota / 2)
				time.Sleep(w.Window)
			}
			if server.refused > 0 {
				t.Errorf("%s: %d refused", c.name, server.refused)
			}
		})
	}
}

func BenchmarkPacerBucket(b *testing.B) {
	l := &Limit{Name: "a", Quota: 1 << 29, Window: time.Second, Burst: 1 << 29}
	p := NewPacer(PacerOptions{})
	b.ReportAllocs()
	for b.Loop() {
		permit, err := p.Acquire(context.Background(), []Charge{{Limit: l, Key: "key", Cost: 1}})
		if err != nil {
			b.Fatal(err)
		}
		permit.Done()
	}
}

func TestReadOverridesOfRates(t *testing.T) {
	limits := []Limit{{Name: "slow", Quota: 167, Window: 10_000 * time.Second, Burst: 20}, {Name: "each", Quota: 1, Window: time.Second}}
	for text, want := range map[string]Amount{
		`{"slow": {"rate": 0.0042, "burst": 7}}`: {Quota: 21, Burst: 7, Window: 5000 * time.Second},
		`{"slow": {"rate": 12}}`:                 {Quota: 12, Window: time.Second},
		`{"slow": {"rate": 2.50}}`:               {Quota: 5, Window: 2 * time.Second},
	} {
		amounts, err := ReadOverrides(strings.NewReader(text), limits)
		if err != nil || amounts["slow"] != want {
			t.Errorf("%s: %v, %v", text, amounts, err)
		}
		applied, err := Apply(limits, amounts)
		if l := applied[0]; err != nil || l.Quota != want.Quota || l.Window != want.Window || limits[0].Quota != 167 {
			t.Errorf("%+v, %v", l, err)
		}
	}
	for text, want := range map[string]string{
		`{"slow": {"rate": 0}}`:             "column 19: limit \"slow\": rate must be a number above 0",
		`{"slow": {"rate": 1e3}}`:           "rate must be",
		`{"slow": {"rate": -1.5}}`:          "rate must be",
		`{"slow": {"rate": 0.1234567}}`:     "at most 6 decimals",
		`{"slow": {"rate": "5"}}`:           "rate must be",
		`{"slow": {"rate": 5, "quota": 5}}`: "both a quota and a rate",
		`{"each": {"rate": 5}}`:             "unknown member \"rate\"",
	} {
		if amounts, err := ReadOverrides(strings.NewReader(text), limits); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", text, amounts, err)
		}
	}
}
