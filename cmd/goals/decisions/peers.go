package decisions

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/sethvargo/go-limiter/memorystore"
	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/memstore"
	"golang.org/x/time/rate"
)

// A contestant decides on one request of a key at a time.
type contestant struct {
	name   string
	limits int // of one decision
	// The limits have partition keys of their own, so that a decision visits more places.
	distinct bool
	decide   func(key string) bool
}

// buckets is how x/time/rate is used for many keys: a map of limiters in 64 shards.
type buckets struct {
	seed   maphash.Seed
	limit  rate.Limit
	burst  int
	shards [64]struct {
		sync.Mutex
		limiters map[string]*rate.Limiter
		_        [64]byte
	}
}

func newBuckets(limit rate.Limit, burst int) *buckets {
	b := &buckets{seed: maphash.MakeSeed(), limit: limit, burst: burst}
	for i := range b.shards {
		b.shards[i].limiters = make(map[string]*rate.Limiter)
	}
	return b
}

func (b *buckets) allow(key string) bool {
	s := &b.shards[maphash.String(b.seed, key)%64]
	s.Lock()
	l := s.limiters[key]
	if l == nil {
		l = rate.NewLimiter(b.limit, b.burst)
		s.limiters[key] = l
	}
	s.Unlock()
	return l.AllowN(time.Now(), 1)
}

// peers are made anew for each round of measurements. quota is per second.
func timeRate(quota int64) contestant {
	return contestant{name: "x/time/rate, 64 maps", limits: 1, decide: newBuckets(rate.Limit(quota), int(quota)).allow}
}

func sethvargo(quota int64) (contestant, error) {
	store, err := memorystore.New(&memorystore.Config{Tokens: uint64(quota), Interval: time.Second, SweepInterval: time.Hour, SweepMinTTL: time.Hour})
	return contestant{name: "sethvargo/go-limiter", limits: 1, decide: func(key string) bool {
		_, _, _, ok, err := store.Take(context.Background(), key)
		return err == nil && ok
	}}, err
}

func throttledStore(quota int64) (contestant, error) {
	store, err := memstore.NewCtx(0)
	if err != nil {
		return contestant{}, err
	}
	l, err := throttled.NewGCRARateLimiterCtx(store, throttled.RateQuota{MaxRate: throttled.PerSec(int(quota)), MaxBurst: int(quota) - 1})
	return contestant{name: "throttled, memory", limits: 1, decide: func(key string) bool {
		limited, _, err := l.RateLimitCtx(context.Background(), key, 1)
		return err == nil && !limited
	}}, err
}
