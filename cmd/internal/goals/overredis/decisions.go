package overredis

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/limitgen/limitgen/cmd/internal/goals/goal"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/redisstore"
)

// Decisions measures goal 4.
var Decisions = goal.Part{Name: "decisions in Redis", Run: decisions}

const (
	callers = 64
	rounds  = 9
	round   = time.Second
	many    = 100_000 // keys
)

// contender decides once about a key.
type contender struct {
	name   string
	decide func(ctx context.Context, key string) error
	hot    sample
	cold   sample
}

// sample is what the rounds of one contender gave.
type sample struct {
	rates    []float64
	p50, p99 []time.Duration
	errors   int64
}

// median returns the one of the rounds: one that something else disturbed does not decide.
func median[T cmp.Ordered](of []T) T {
	slices.Sort(of)
	return of[len(of)/2]
}

func (s *sample) rate() float64 { return median(s.rates) }

// decisions lets the contenders take turns, in short rounds, so that whatever else the machine does
// falls on all of them.
func decisions(ctx context.Context, out io.Writer) ([]goal.Figure, error) {
	addr, stop, err := Start(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	contenders, closeAll, err := contend(addr)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	for range rounds {
		for _, c := range contenders {
			c.measure(ctx, &c.hot, 1)
		}
		for _, c := range contenders {
			c.measure(ctx, &c.cold, many)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	fmt.Fprintf(out, "%-34s %22s %30s\n", "", "hot key", "100,000 keys")
	fmt.Fprintf(out, "%-34s %10s %7s %7s %6s %10s %7s %7s\n", "64 callers", "1/s", "p50 ms", "p99 ms", "errors", "1/s", "p50 ms", "p99 ms")
	ms := func(rounds []time.Duration) float64 { return float64(median(rounds).Microseconds()) / 1000 }
	for _, c := range contenders {
		fmt.Fprintf(out, "%-34s %10.0f %7.2f %7.2f %6d %10.0f %7.2f %7.2f\n", c.name, c.hot.rate(), ms(c.hot.p50), ms(c.hot.p99),
			c.hot.errors, c.cold.rate(), ms(c.cold.p50), ms(c.cold.p99))
	}
	own, peer := contenders[0], contenders[1]
	return []goal.Figure{
		goal.AtLeast("hot", own.hot.rate()/peer.hot.rate(), 0.75, " x redis_rate"),
		goal.AtLeast("100k keys", own.cold.rate()/peer.cold.rate(), 0.75, " x redis_rate"),
		goal.AtMost("p99 hot", ms(own.hot.p99), ms(peer.hot.p99), " ms"),
		goal.AtMost("p99 100k", ms(own.cold.p99), ms(peer.cold.p99), " ms"),
		goal.AtMost("errors", float64(own.hot.errors+own.cold.errors), 0, ""),
	}, nil
}

func contend(addr string) ([]*contender, func(), error) {
	db := redis.NewClient(&redis.Options{Addr: addr})
	piped, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, DisableCache: true})
	if err != nil {
		return nil, nil, err
	}
	peer := redis_rate.NewLimiter(db)
	plenty := redis_rate.Limit{Rate: 1_000_000, Burst: 1_000_000, Period: time.Second}
	list := []*contender{
		{name: "this, 3 limits with costs"},
		{name: "redis_rate, 1 limit", decide: func(ctx context.Context, key string) error {
			_, err := peer.Allow(ctx, key, plenty)
			return err
		}},
		{name: "this, 3 limits, over rueidis"},
	}
	for i, client := range map[int]redisstore.Client{0: redisstore.GoRedis(db), 2: redisstore.Rueidis(piped)} {
		store, err := redisstore.New(client, redisstore.Options{Prefix: "goal" + strconv.Itoa(i), Replicas: 1, Timeout: 5 * time.Second})
		if err != nil {
			return nil, nil, err
		}
		list[i].decide = threeLimits(store.Enforcer())
	}
	return list, func() { _ = db.Close(); piped.Close() }, nil
}

// threeLimits decides about three limits with different windows and costs.
func threeLimits(e ratelimit.Enforcer) func(context.Context, string) error {
	limits := []ratelimit.Limit{
		{API: "easemob", Common: 2, Name: "second", Quota: 1_000_000, Window: time.Second, Unit: "requests"},
		{API: "easemob", Common: 2, Name: "minute", Quota: 100_000_000, Window: time.Minute, Unit: "requests"},
		{API: "easemob", Common: 2, Name: "hour", Quota: 1_000_000_000, Window: time.Hour, Unit: "requests"},
	}
	return func(ctx context.Context, key string) error {
		d, err := e.Admit(ctx, []ratelimit.Charge{
			{Limit: &limits[0], Key: key, Cost: 1}, {Limit: &limits[1], Key: key, Cost: 3}, {Limit: &limits[2], Key: key, Cost: 2},
		})
		if err == nil && !d.Admitted {
			err = fmt.Errorf("refused: %+v", d.Limits)
		}
		return err
	}
}

// measure runs one round.
func (c *contender) measure(ctx context.Context, into *sample, keys int) {
	runtime.GC() // of the round before
	var failed atomic.Int64
	var latencies []time.Duration
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range callers {
		r := rand.New(rand.NewPCG(uint64(i), uint64(keys)))
		wg.Go(func() {
			var own []time.Duration
			for time.Since(begin) < round && ctx.Err() == nil {
				n := strconv.Itoa(r.IntN(keys))
				at := time.Now()
				if err := c.decide(ctx, strconv.Itoa(len(n))+":"+n+"3:app"); err != nil {
					failed.Add(1)
				}
				own = append(own, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			latencies = append(latencies, own...)
		})
	}
	wg.Wait()
	if len(latencies) == 0 {
		return // interrupted
	}
	into.rates = append(into.rates, float64(len(latencies))/time.Since(begin).Seconds())
	slices.Sort(latencies)
	into.p50 = append(into.p50, latencies[len(latencies)/2])
	into.p99 = append(into.p99, latencies[len(latencies)*99/100])
	into.errors += failed.Load()
}
