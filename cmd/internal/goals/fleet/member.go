package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/redisstore"
	"github.com/limitgen/limitgen/gen/rest"
)

// Member is the argument with which this program is one process of a fleet.
const Member = "member"

const callers = 64 // of a process that sends as many as it can

// Join is one process of a fleet: it calls for a while and prints how long each call waited for its
// turn.
func Join(args []string, out io.Writer) error {
	if len(args) != 7 {
		return fmt.Errorf("%s takes 7 arguments", Member)
	}
	contender, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	demand, err := strconv.ParseFloat(args[3], 64)
	if err != nil {
		return err
	}
	length, err := time.ParseDuration(args[4])
	if err != nil {
		return err
	}
	seed, err := strconv.ParseUint(args[5], 10, 64)
	if err != nil {
		return err
	}
	quota, err := strconv.Atoi(args[6])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	m := &member{random: rand.New(rand.NewPCG(seed, 1)), from: time.Now().Add(warm)}
	leave, err := m.equip(contender, args[1], args[2], quota)
	if err != nil {
		return err
	}
	defer leave()
	m.work(ctx, demand)
	return json.NewEncoder(out).Encode(m.waits)
}

type member struct {
	call   func(ctx context.Context) error
	random *rand.Rand
	from   time.Time // when waits begin to count
	mu     sync.Mutex
	waits  []time.Duration
}

func (m *member) waited(d time.Duration) {
	if time.Now().Before(m.from) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waits = append(m.waits, d)
}

// equip gives the member a client: the generated one, with a limiter that is a contender's.
func (m *member) equip(contender int, url, addr string, quota int) (leave func(), err error) {
	db := redis.NewClient(&redis.Options{Addr: addr})
	leave = func() { _ = db.Close() }
	var limiter ratelimit.Limiter
	switch contender {
	case 0:
		store, err := redisstore.New(redisstore.GoRedis(db), redisstore.Options{})
		if err != nil {
			return nil, err
		}
		limiter = store.Limiter()
		leave = func() {
			_ = store.Close(context.Background()) // the process ends anyhow
			_ = db.Close()
		}
	case 1:
		limiter = waiter{wait: rate.NewLimiter(rate.Limit(quota/len(mixed)), 1).Wait}
	case 2:
		limiter = polling(db, redis_rate.PerSecond(quota))
	case 3:
		limiter = polling(db, redis_rate.Limit{Rate: quota * 96 / 100, Burst: 1, Period: time.Second})
	}
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	client, err := easemob.NewClient(url, "org", "app", rest.WithToken(rest.StaticToken("secret")), rest.WithMaxRetries(0),
		rest.WithHTTPClient(web), rest.WithLimiter(timed{limiter, m}),
		rest.WithOverrides(map[string]ratelimit.Amount{"each": {Quota: int64(quota)}}))
	m.call = func(ctx context.Context) error {
		_, err := client.Users.GetUser(ctx, "ann")
		return err
	}
	return leave, err
}

// work calls until ctx ends.
func (m *member) work(ctx context.Context, demand float64) {
	var wg sync.WaitGroup
	defer wg.Wait()
	if demand == 0 {
		for range callers {
			wg.Go(func() {
				for ctx.Err() == nil {
					_ = m.call(ctx) // what is refused is counted by the vendor
				}
			})
		}
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(m.random.ExpFloat64() / demand * float64(time.Second))):
			wg.Go(func() { _ = m.call(ctx) })
		}
	}
}

// timed measures how long a limiter makes calls wait.
type timed struct {
	ratelimit.Limiter
	member *member
}

// Acquire waits.
func (t timed) Acquire(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	begin := time.Now()
	p, err := t.Limiter.Acquire(ctx, charges)
	if err == nil {
		t.member.waited(time.Since(begin))
	}
	return p, err
}

// waiter is a limiter that knows nothing of responses.
type waiter struct {
	ratelimit.Deaf
	wait func(ctx context.Context) error
}

// Acquire waits.
func (w waiter) Acquire(ctx context.Context, _ []ratelimit.Charge) (ratelimit.Permit, error) {
	return ratelimit.NoPermit{}, w.wait(ctx)
}

// TryAcquire is for WithFailFast, which nothing here sets.
func (w waiter) TryAcquire([]ratelimit.Charge) (ratelimit.Permit, error) {
	return nil, ratelimit.ErrLimited
}

// polling asks redis_rate until it says yes, and sleeps as long as it says between.
func polling(db *redis.Client, limit redis_rate.Limit) ratelimit.Limiter {
	l := redis_rate.NewLimiter(db)
	return waiter{wait: func(ctx context.Context) error {
		for {
			r, err := l.Allow(ctx, "app", limit)
			if err != nil {
				return err
			}
			if r.Allowed > 0 {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(r.RetryAfter):
			}
		}
	}}
}
