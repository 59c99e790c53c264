package redisstore

import (
	"context"
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// crowd has many callers, each with tags of its own, and returns the store they used.
func crowd(t *testing.T, client Client, prefix string) *Store {
	t.Helper()
	s := newStore(t, client, Options{Prefix: prefix, Replicas: 1, Timeout: 5 * time.Second})
	l := ratelimit.Limit{API: "api", Common: 2, Name: "l", Quota: 20, Window: time.Hour}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			name := strconv.Itoa(1000 + i)
			passed := 0
			for range 100 {
				d, err := s.Enforcer().Admit(t.Context(), []ratelimit.Charge{{Limit: &l, Key: "4:" + name + "3:app", Cost: 1}})
				if err != nil {
					t.Error(err)
					return
				}
				if d.Admitted {
					passed++
				}
			}
			if passed != 20 {
				t.Errorf("%s: %d passed, want 20", name, passed)
			}
		})
	}
	wg.Wait()
	time.Sleep(time.Second) // the store may still be asking for servers
	return s
}

// TestOneServerDecidesTogether has requests with different tags share scripts when there is one
// server for all.
func TestOneServerDecidesTogether(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := &counting{Client: redis.distant()}
		if s := crowd(t, client, "p"); !s.coalescer.servers.single.Load() {
			t.Error("the one server was not found out")
		}
		if n := client.calls.Load(); n > 5000 {
			t.Errorf("%d scripts for 6400 decisions", n)
		}
	})
}

// proxy chooses a server by the first key's tag and says nothing of it, as proxies do.
type proxy struct {
	t       *testing.T
	servers []*bubble
}

func (p *proxy) of(keys []string) *bubble {
	pick := func(key string) uint32 {
		h := fnv.New32a()
		_, _ = h.Write([]byte(key[strings.IndexByte(key, '{'):strings.IndexByte(key, '}')]))
		return h.Sum32() % uint32(len(p.servers))
	}
	for _, key := range keys {
		if pick(key) != pick(keys[0]) {
			p.t.Errorf("%s and %s are on different servers", key, keys[0])
		}
	}
	return p.servers[pick(keys[0])]
}

func (p *proxy) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	return p.of(keys).EvalSha(ctx, sha, keys, args)
}

func (p *proxy) Eval(ctx context.Context, script string, keys, args []string) (string, error) {
	return p.of(keys).Eval(ctx, script, keys, args)
}

// TestServersBehindAProxy keeps tags apart that different servers count.
func TestServersBehindAProxy(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := &proxy{t, []*bubble{redis.distant(), startRedis(t).distant()}}
		s := crowd(t, client, "p")
		if s.coalescer.servers.checkedAt.Load() == 0 || s.coalescer.servers.single.Load() {
			t.Error("two servers were taken for one, or nobody looked")
		}
	})
}
