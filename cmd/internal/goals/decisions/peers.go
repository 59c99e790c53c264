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

// A contestant decides on requests.
type contestant struct {
	name   string
	limits int // of one decision
	// The limits have partition keys of their own, so that a decision visits more places.
	distinct bool
	// worker makes what decides on one request of a key at a time: one for each goroutine. An error
	// means that there is no decision.
	worker func() func(key string) error
}

// alike returns a contestant that keeps nothing for a goroutine.
func alike(name string, decide func(key string) error) contestant {
	return contestant{name: name, limits: 1, worker: func() func(string) error { return decide }}
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

// peers make what is compared, x/time/rate first. quota is per second.
var peers = []func(quota int64) (contestant, error){timeRate, sethvargo, throttledStore}

func timeRate(quota int64) (contestant, error) {
	b := newBuckets(rate.Limit(quota), int(quota))
	return alike("x/time/rate, 64 maps", func(key string) error {
		b.allow(key)
		return nil
	}), nil
}

func sethvargo(quota int64) (contestant, error) {
	store, err := memorystore.New(&memorystore.Config{Tokens: uint64(quota), Interval: time.Second, SweepInterval: time.Hour, SweepMinTTL: time.Hour})
	return alike("sethvargo/go-limiter", func(key string) error {
		_, _, _, _, err := store.Take(context.Background(), key)
		return err
	}), err
}

func throttledStore(quota int64) (contestant, error) {
	store, err := memstore.NewCtx(0)
	if err != nil {
		return contestant{}, err
	}
	l, err := throttled.NewGCRARateLimiterCtx(store, throttled.RateQuota{MaxRate: throttled.PerSec(int(quota)), MaxBurst: int(quota) - 1})
	return alike("throttled, memory", func(key string) error {
		_, _, err := l.RateLimitCtx(context.Background(), key, 1)
		return err
	}), err
}
