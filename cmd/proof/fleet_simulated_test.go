package proof

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	api "github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/easemob/redisstore"
)

// greedy is the demand of a process that calls as often as it can.
const greedy = 0

// TestFleetSimulated has fleets share a quota over Redis's scripts, by a clock that is not real: how much of it they use,
// how long who seldom calls waits, how often Redis is asked, and that the vendor refuses nothing.
func TestFleetSimulated(t *testing.T) {
	for _, f := range []simulatedFleet{
		{name: "four", quota: 100, window: time.Second, demands: []float64{greedy, greedy, 10, 2}, used: 97, wait: 200 * time.Millisecond, calls: 0.3},
		{name: "late timers", quota: 100, window: time.Second, demands: []float64{greedy, greedy, 10, 2}, late: 3 * time.Millisecond, used: 96, wait: 300 * time.Millisecond, calls: 0.3},
		{name: "a thousand a second", quota: 1000, window: time.Second, demands: []float64{greedy, greedy, 100, 10}, used: 96, wait: 150 * time.Millisecond, calls: 0.1},
		// A minute's quota must not be gone before it is known that others want some of it.
		{name: "six thousand a minute", quota: 6000, window: time.Minute, demands: []float64{greedy, greedy, 10, 2}, used: 98, wait: 15 * time.Second, calls: 0.3},
		{name: "four at full demand", quota: 100, window: time.Second, demands: []float64{greedy, greedy, greedy, greedy}, used: 97, calls: 0.2},
		{name: "eight at full demand", quota: 100, window: time.Second, demands: slices.Repeat([]float64{greedy}, 8), used: 97, calls: 0.25},
		{name: "one and many", quota: 100, window: time.Second, demands: []float64{greedy, 4, 4, 4, 4, 4, 4, 4, 4}, used: 89, wait: 700 * time.Millisecond, calls: 0.6},
		{name: "costs", quota: 100, window: time.Second, demands: []float64{greedy, greedy, 2}, most: 10, used: 80, wait: 3 * time.Second, calls: 2},
	} {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f.run(t) })
		})
	}
}

type simulatedFleet struct {
	name    string
	quota   int64
	window  time.Duration
	demands []float64
	most    int64         // cost of a call; 0 is 1
	late    time.Duration // how late timers are, in the mean
	seed    uint64

	used  float64       // at least, in percent of quota × elapsed / (window + round trip)
	wait  time.Duration // at most, of 99 of 100 calls of the last process
	calls float64       // at most, round trips to Redis for each request
}

const simulatedTrip = 30 * time.Millisecond // in the mean

func (f *simulatedFleet) run(t *testing.T) {
	s := f.start(t, redisstore.Options{})
	length := max(3*time.Minute, 2*f.window)
	if testing.Short() {
		length = max(time.Minute, f.window)
	}
	time.Sleep(f.window) // in which the first burst costs no time
	before := s.vendor.count()
	time.Sleep(length)
	passed := s.vendor.count() - before
	s.stop(t)

	used := 100 * float64(passed) / (float64(f.quota) * length.Seconds() / (f.window + simulatedTrip).Seconds())
	asked := 0
	for _, l := range s.links {
		asked += l.calls
	}
	calls := float64(asked) / float64(s.vendor.arrived)
	waits := s.processes[len(s.processes)-1].waits
	slices.Sort(waits)
	wait := waits[len(waits)*99/100]
	t.Logf("%.1f %% used, p99 of the last %v, %.3f round trips a request, %d refused", used, wait, calls, s.vendor.refused)
	if s.vendor.refused > 0 {
		t.Errorf("%d refused", s.vendor.refused)
	}
	if used < f.used {
		t.Errorf("only %.1f %% used", used)
	}
	if f.wait > 0 && wait > f.wait {
		t.Errorf("99 of 100 wait %v", wait)
	}
	if calls > f.calls {
		t.Errorf("%.3f round trips a request", calls)
	}
}

// simulation is a fleet at work.
type simulation struct {
	redis     *simulatedRedis
	vendor    *simulatedVendor
	links     []*link
	stores    []*redisstore.Store
	processes []*simulatedProcess
	working   sync.WaitGroup
	cancel    context.CancelFunc
}

func (f *simulatedFleet) start(t *testing.T, o redisstore.Options) *simulation {
	limit := &api.Limit{Name: "each", Quota: f.quota, Window: f.window, Unit: "requests"}
	s := &simulation{redis: newSimulatedRedis(), vendor: &simulatedVendor{limit: limit}}
	ctx, cancel := context.WithCancel(t.Context())
	s.cancel = cancel
	for i, demand := range f.demands {
		l := &link{redis: s.redis}
		store, err := redisstore.New(l, o)
		if err != nil {
			t.Fatal(err)
		}
		p := &simulatedProcess{fleet: f, limiter: store.Limiter(), limit: limit, vendor: s.vendor, random: rand.New(rand.NewPCG(f.seed, uint64(i)))}
		s.links, s.stores, s.processes = append(s.links, l), append(s.stores, store), append(s.processes, p)
		s.working.Go(func() { p.work(ctx, demand) })
	}
	return s
}

func (s *simulation) stop(t *testing.T) {
	s.cancel()
	s.working.Wait()
	for _, l := range s.links {
		l.set(linkNear) // nobody may sleep with a lock that another waits for: a bubble's time would stand still
	}
	time.Sleep(5 * time.Second)
	for _, store := range s.stores {
		if err := store.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	s.redis.state.Close()
}

// simulatedVendor counts exactly in a sliding window.
type simulatedVendor struct {
	limit   *api.Limit
	mu      sync.Mutex
	window  []simulatedArrival
	sum     int64
	passed  int64
	arrived int
	refused int
}

type simulatedArrival struct {
	at   time.Time
	cost int64
}

func (v *simulatedVendor) arrive(cost int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	for len(v.window) > 0 && now.Sub(v.window[0].at) >= v.limit.Window {
		v.sum -= v.window[0].cost
		v.window = v.window[1:]
	}
	v.arrived++
	if v.sum+cost > v.limit.Quota {
		v.refused++
		return
	}
	v.window = append(v.window, simulatedArrival{now, cost})
	v.sum += cost
	v.passed += cost
}

func (v *simulatedVendor) count() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.passed
}

type simulatedProcess struct {
	fleet   *simulatedFleet
	limiter api.Limiter
	limit   *api.Limit
	vendor  *simulatedVendor

	mu     sync.Mutex
	random *rand.Rand
	waits  []time.Duration
}

func (p *simulatedProcess) work(ctx context.Context, demand float64) {
	var group sync.WaitGroup
	defer group.Wait()
	if demand == greedy {
		for range 64 {
			group.Go(func() {
				for ctx.Err() == nil {
					p.call(ctx)
				}
			})
		}
		return
	}
	for ctx.Err() == nil {
		time.Sleep(p.chance(time.Duration(float64(time.Second) / demand)))
		group.Go(func() { p.call(ctx) })
	}
}

func (p *simulatedProcess) call(ctx context.Context) {
	begin, cost := time.Now(), p.cost()
	permit, err := p.limiter.Acquire(ctx, []api.Charge{{Limit: p.limit, Key: "3:org3:app", Cost: cost}})
	if err != nil {
		return // the time is over
	}
	p.mu.Lock()
	p.waits = append(p.waits, time.Since(begin))
	p.mu.Unlock()
	time.Sleep(p.way())
	p.vendor.arrive(cost)
	time.Sleep(p.way())
	permit.Done()
}

func (p *simulatedProcess) cost() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return 1 + p.random.Int64N(max(p.fleet.most, 1))
}

// chance is a time of which most are short and few are long.
func (p *simulatedProcess) chance(mean time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.random.ExpFloat64() * float64(mean))
}

// way is how long a request or a response travels.
func (p *simulatedProcess) way() time.Duration {
	late := p.chance(p.fleet.late)
	p.mu.Lock()
	defer p.mu.Unlock()
	return 5*time.Millisecond + time.Duration(p.random.Int64N(int64(20*time.Millisecond))) + late
}
