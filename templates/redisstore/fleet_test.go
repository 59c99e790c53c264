package redisstore

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// vendor is a server that counts every window exactly and remembers all that arrived.
type vendor struct {
	limit    *ratelimit.Limit
	mu       sync.Mutex
	arrivals []arrival
	from     int // the first that is in the window
	sum      int64
	refused  int
}

type arrival struct {
	at   time.Time
	cost int64
}

// arrive counts a request. What is above the quota is refused and, as by a vendor that is strict,
// counted.
func (v *vendor) arrive(cost int64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	v.arrivals = append(v.arrivals, arrival{now, cost})
	v.sum += cost
	for now.Sub(v.arrivals[v.from].at) >= v.limit.Window {
		v.sum -= v.arrivals[v.from].cost
		v.from++
	}
	if v.sum > v.limit.Quota {
		v.refused++
		return false
	}
	return true
}

func (v *vendor) total() int64 {
	var sum int64
	for _, a := range v.arrivals {
		sum += a.cost
	}
	return sum
}

// counting counts the calls to Redis.
type counting struct {
	Client
	calls atomic.Int64
}

func (c *counting) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	c.calls.Add(1)
	return c.Client.EvalSha(ctx, sha, keys, args)
}

// process is one of a fleet: rate is its calls a second, 0 for as many as it can.
type process struct {
	store  *Store
	rate   float64
	cost   func(*rand.Rand) int64
	client *counting

	mu    sync.Mutex
	waits []time.Duration
	sent  int64
	fails int
}

func eachWay() time.Duration {
	return 5*time.Millisecond + time.Duration(rand.Int64N(int64(20*time.Millisecond)))
}

// run calls until ctx ends.
func (p *process) run(ctx context.Context, v *vendor, key string) {
	limiter := p.store.Limiter()
	var wg sync.WaitGroup
	call := func(r *rand.Rand) {
		cost := int64(1)
		if p.cost != nil {
			cost = p.cost(r)
		}
		begin := time.Now()
		permit, err := limiter.Acquire(ctx, []ratelimit.Charge{{Limit: v.limit, Key: key, Cost: cost}})
		if err != nil {
			if ctx.Err() == nil {
				p.mu.Lock()
				p.fails++
				p.mu.Unlock()
				time.Sleep(10 * time.Millisecond)
			}
			return
		}
		wait := time.Since(begin)
		p.mu.Lock()
		p.waits = append(p.waits, wait)
		p.sent += cost
		p.mu.Unlock()
		time.Sleep(eachWay())
		v.arrive(cost)
		time.Sleep(eachWay())
		permit.Done()
	}
	if p.rate == 0 {
		for i := range 64 {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			wg.Go(func() {
				for ctx.Err() == nil {
					call(r)
				}
			})
		}
	} else {
		r := rand.New(rand.NewPCG(2, 3))
		for ctx.Err() == nil {
			time.Sleep(time.Duration(r.ExpFloat64() / p.rate * float64(time.Second)))
			wg.Go(func() { call(rand.New(rand.NewPCG(4, 5))) })
		}
	}
	wg.Wait()
}

// closeAll ends what stores do by themselves; a process whose Redis is gone has nobody to tell.
func closeAll(t *testing.T, processes []*process) {
	for _, p := range processes {
		_ = p.store.Close(t.Context())
	}
}

// runFleet runs processes for a while and says how it went.
func runFleet(t *testing.T, length time.Duration, limit *ratelimit.Limit, processes []*process) (v *vendor, use float64, calls float64) {
	t.Helper()
	v = &vendor{limit: limit}
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var wg sync.WaitGroup
	for _, p := range processes {
		wg.Go(func() { p.run(ctx, v, "3:org3:app") })
	}
	wg.Wait()
	closeAll(t, processes)
	rtt := 30 * time.Millisecond
	use = float64(v.total()) / (float64(limit.Quota) * length.Seconds() / (limit.Window + rtt).Seconds())
	for i, p := range processes {
		slices.Sort(p.waits)
		at := func(q float64) time.Duration {
			return p.waits[min(len(p.waits)-1, int(float64(len(p.waits))*q))].Round(100 * time.Microsecond)
		}
		if len(p.waits) > 0 {
			t.Logf("process %d, rate %v: %d sent, waits p50 %v p90 %v p99 %v, %d calls to Redis", i, p.rate, p.sent, at(.5), at(.9), at(.99), p.client.calls.Load())
		}
		calls += float64(p.client.calls.Load())
	}
	calls /= float64(len(v.arrivals))
	t.Logf("%.1f%% of quota x elapsed / (T + RTT), %d refused, %.3f calls a request", 100*use, v.refused, calls)
	return v, use, calls
}

func TestFleetOfFour(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := redis.client()
		var processes []*process
		for _, rate := range []float64{0, 0, 10, 2} {
			p := &process{rate: rate, client: &counting{Client: client}}
			p.store = newStore(t, p.client, Options{})
			processes = append(processes, p)
		}
		limit := &ratelimit.Limit{API: "api", Common: 2, Name: "each", Quota: 100, Window: time.Second, Unit: "requests"}
		v, use, calls := runFleet(t, 15*time.Second, limit, processes)
		if v.refused > 0 {
			t.Errorf("%d requests were refused", v.refused)
		}
		if use < 0.95 {
			t.Errorf("only %.1f%% were used", 100*use)
		}
		if calls > 0.5 {
			t.Errorf("%.2f calls to Redis a request", calls)
		}
		// The goals measure how long an occasional caller waits; here it is enough that no process
		// shuts him out.
		if waits := processes[3].waits; len(waits) == 0 || waits[len(waits)/2] > 200*time.Millisecond {
			t.Errorf("a caller of two calls a second waits %v", waits)
		}
	})
}
