package redisstore_test

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/redisstore"
)

// limit is one of the table for a day, which ends in no test.
func limit(t testing.TB, name string) *ratelimit.Limit {
	t.Helper()
	for _, l := range easemob.Limits() {
		if l.Name == name {
			l.Window = 24 * time.Hour
			return &l
		}
	}
	t.Fatal("no limit ", name)
	return nil
}

// newStore makes a store that a busy machine does not make impatient.
func newStore(t testing.TB, client redisstore.Client, o redisstore.Options) *redisstore.Store {
	t.Helper()
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	s, err := redisstore.New(client, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestClientsShareCounters has replicas with different clients count together, through a flush of
// the scripts.
func TestClientsShareCounters(t *testing.T) {
	n := startRedis(t)
	one := redis.NewClient(&redis.Options{Addr: n.addr})
	defer one.Close()
	two, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{n.addr}, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	replicas := []ratelimit.Enforcer{
		newStore(t, redisstore.GoRedis(one), redisstore.Options{Replicas: 2}).Enforcer(),
		newStore(t, redisstore.Rueidis(two), redisstore.Options{Replicas: 2}).Enforcer(),
	}
	history, users := limit(t, "history"), limit(t, "messages-users")
	admitted := 0
	for i := range 30 {
		if i == 5 {
			if err := one.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		d, err := replicas[i%2].Admit(t.Context(), []ratelimit.Charge{
			{Limit: history, Key: appKey(1), Cost: 1}, {Limit: users, Key: appKey(1), Cost: 600},
		})
		if err != nil {
			t.Fatal(err)
		}
		if d.Admitted {
			admitted++
		}
	}
	if admitted != 10 {
		t.Errorf("%d calls of 600 were admitted within 6000, want 10", admitted)
	}
}

// TestCluster decides on a cluster of three nodes: every request finds its counters on one node,
// and keys spread.
func TestCluster(t *testing.T) {
	nodes := startCluster(t)
	var seeds []string
	for _, n := range nodes {
		seeds = append(seeds, n.addr)
	}
	db := redis.NewClusterClient(&redis.ClusterOptions{Addrs: seeds})
	defer db.Close()
	other, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: seeds, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	deletes, register := limit(t, "delete-many"), limit(t, "register")
	for _, client := range []redisstore.Client{redisstore.GoRedis(db), redisstore.Rueidis(other)} {
		e := newStore(t, client, redisstore.Options{Replicas: 1}).Enforcer()
		// Many at once, for several rounds: neither client may be given keys of different slots.
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				for range 10 {
					d, err := e.Admit(t.Context(), []ratelimit.Charge{
						{Limit: deletes, Key: appKey(i), Cost: 1}, {Limit: register, Key: appKey(i), Cost: 2},
					})
					if err != nil || len(d.Limits) != 2 {
						t.Error(d, err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	for _, n := range nodes {
		one := redis.NewClient(&redis.Options{Addr: n.addr})
		if size := one.DBSize(t.Context()).Val(); size == 0 {
			t.Errorf("%s holds nothing of 200 counters", n.addr)
		}
		one.Close()
	}
	s := newStore(t, redisstore.GoRedis(db), redisstore.Options{})
	for i := range 20 {
		permit, err := s.Limiter().Acquire(t.Context(), []ratelimit.Charge{
			{Limit: deletes, Key: appKey(i), Cost: 1}, {Limit: register, Key: appKey(i), Cost: 2},
		})
		if err != nil {
			t.Fatal(err)
		}
		permit.Done()
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestHotKey has many callers decide on one key at once, as the busiest App Key would.
func TestHotKey(t *testing.T) {
	n := startRedis(t)
	db := redis.NewClient(&redis.Options{Addr: n.addr})
	defer db.Close()
	e := newStore(t, redisstore.GoRedis(db), redisstore.Options{Replicas: 1}).Enforcer()
	users := limit(t, "messages-users")
	var admitted atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 100 {
				d, err := e.Admit(context.Background(), []ratelimit.Charge{{Limit: users, Key: appKey(1), Cost: 7}})
				if err != nil {
					t.Error(err)
					return
				}
				if d.Admitted {
					admitted.Add(7)
				}
			}
		})
	}
	wg.Wait()
	if got := admitted.Load(); got > 6000 || got < 5994 {
		t.Errorf("%d of 6000 were admitted", got)
	}
}
