package proof

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/redisstore"
)

// greedy is the demand of a process that calls as often as it can.
const greedy = 0

// TestFleetSimulated has fleets share a quota over Redis's scripts, by a clock that is not real:
// how much of it they use, how long an occasional caller waits, how often Redis is asked, and that
// the vendor refuses nothing.
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
	most    int64                                                // cost of a call; 0 is 1
	late    time.Duration                                        // how late timers are, in the mean
	reset   float64                                              // the part of requests whose connection breaks before the response
	quotas  []int64                                              // of the processes, where a roll-out changes it; nil is the quota for all
	setup   func(i int, o redisstore.Options) redisstore.Options // gives a process options of its own
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
	time.Sleep(max(f.window, 2*time.Second)) // in which Redis's memory is not believed yet, and the first burst costs no time
	s.reset()
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

// reset forgets what was measured.
func (s *simulation) reset() {
	for i, p := range s.processes {
		p.mu.Lock()
		p.waits = nil
		p.mu.Unlock()
		s.links[i].mu.Lock()
		s.links[i].calls = 0
		s.links[i].mu.Unlock()
	}
	s.vendor.mu.Lock()
	s.vendor.arrived = 0
	s.vendor.mu.Unlock()
}

// simulation is a fleet at work.
type simulation struct {
	fleet     *simulatedFleet
	options   redisstore.Options
	ctx       context.Context
	redis     *simulatedRedis
	vendor    *simulatedVendor
	links     []*link
	stores    []*redisstore.Store
	processes []*simulatedProcess
	working   sync.WaitGroup
	cancel    context.CancelFunc
}

func (f *simulatedFleet) start(t *testing.T, o redisstore.Options) *simulation {
	s := &simulation{fleet: f, options: o, redis: newSimulatedRedis(), vendor: &simulatedVendor{quota: f.quota, span: f.window}}
	s.ctx, s.cancel = context.WithCancel(t.Context())
	for range f.demands {
		s.join(t)
	}
	return s
}

// join starts one more process, with the demand and the quota that its number has.
func (s *simulation) join(t *testing.T) *simulatedProcess {
	f, i := s.fleet, len(s.processes)
	limit := &ratelimit.Limit{Name: "each", Quota: f.quota, Window: f.window, Unit: "requests"}
	if f.quotas != nil {
		limit.Quota = f.quotas[i%len(f.quotas)]
	}
	options := s.options
	if f.setup != nil {
		options = f.setup(i, options)
	}
	l := &link{redis: s.redis, random: rand.New(rand.NewPCG(f.seed, uint64(1000+i)))}
	store, err := redisstore.New(l, options)
	if err != nil {
		t.Fatal(err)
	}
	p := &simulatedProcess{
		fleet: f, link: l, store: store, limiter: store.Limiter(), limit: limit, vendor: s.vendor, transit: s.options.Transit,
		random: rand.New(rand.NewPCG(f.seed, uint64(i))),
	}
	p.ctx, p.die = context.WithCancel(s.ctx)
	s.links, s.stores, s.processes = append(s.links, l), append(s.stores, store), append(s.processes, p)
	s.working.Go(func() { p.work(p.ctx, f.demands[i%len(f.demands)]) })
	return p
}

// kill ends a process as SIGKILL does: it says nothing to Redis any more, and what it has sent may
// still arrive.
func (s *simulation) kill(p *simulatedProcess) {
	p.killed.Store(true)
	p.link.set(linkCut)
	p.die()
}

func (s *simulation) stop(t *testing.T) {
	s.cancel()
	s.working.Wait()
	for _, l := range s.links {
		l.set(linkNear) // sleeping with a contended lock would stop the bubble's time
	}
	time.Sleep(5 * time.Second)
	for _, p := range s.processes {
		if err := p.store.Close(t.Context()); err != nil && !p.killed.Load() {
			t.Error(err)
		}
	}
	s.redis.state.Close()
}

// simulatedVendor counts exactly in a sliding window.
type simulatedVendor struct {
	quota   int64
	span    time.Duration
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
	for len(v.window) > 0 && now.Sub(v.window[0].at) >= v.span {
		v.sum -= v.window[0].cost
		v.window = v.window[1:]
	}
	v.arrived++
	if v.sum+cost > v.quota {
		v.refused++
		return
	}
	v.window = append(v.window, simulatedArrival{now, cost})
	v.sum += cost
	v.passed += cost
}

// set changes the quota.
func (v *simulatedVendor) set(quota int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.quota = quota
}

func (v *simulatedVendor) count() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.passed
}

type simulatedProcess struct {
	fleet   *simulatedFleet
	link    *link
	store   *redisstore.Store
	limiter ratelimit.Limiter
	limit   *ratelimit.Limit
	vendor  *simulatedVendor
	transit time.Duration
	ctx     context.Context
	die     context.CancelFunc
	killed  atomic.Bool
	passed  atomic.Int64

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
	permit, err := p.limiter.Acquire(ctx, []ratelimit.Charge{{Limit: p.limit, Key: "3:org3:app", Cost: cost}})
	if err != nil {
		return // the time is over
	}
	p.mu.Lock()
	p.waits = append(p.waits, time.Since(begin))
	p.mu.Unlock()
	time.Sleep(p.way())
	if p.broken() {
		// The process hears of the reset at once; what it sent is still on its way.
		permit.Lost()
		time.Sleep(p.stray())
		p.vendor.arrive(cost)
		return
	}
	if p.killed.Load() {
		time.Sleep(p.stray())
	}
	p.vendor.arrive(cost)
	p.passed.Add(cost)
	time.Sleep(p.way())
	permit.Done()
}

// broken says whether a request's connection breaks.
func (p *simulatedProcess) broken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fleet.reset > 0 && p.random.Float64() < p.fleet.reset
}

// stray is for how long a request may still be on its way that was given up, or whose process has
// died.
func (p *simulatedProcess) stray() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.random.Float64() * float64(max(p.transit-50*time.Millisecond, 0)))
}

func (p *simulatedProcess) cost() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return 1 + p.random.Int64N(max(p.fleet.most, 1))
}

// chance returns a time of which most are short and few are long.
func (p *simulatedProcess) chance(mean time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.random.ExpFloat64() * float64(mean))
}

// way returns how long a request or a response travels.
func (p *simulatedProcess) way() time.Duration {
	late := p.chance(p.fleet.late)
	p.mu.Lock()
	defer p.mu.Unlock()
	return 5*time.Millisecond + time.Duration(p.random.Int64N(int64(20*time.Millisecond))) + late
}
