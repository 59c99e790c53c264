package redisstore_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/redisstore"
)

// TestStoppedRedis stops a Redis without closing its connections. Both libraries would wait for an
// hour; neither a server's decision nor a client's call may wait for them.
func TestStoppedRedis(t *testing.T) {
	for name, connect := range map[string]func(t *testing.T, addr string) redisstore.Client{
		"go-redis": func(t *testing.T, addr string) redisstore.Client {
			db := redis.NewClient(&redis.Options{Addr: addr, ReadTimeout: time.Hour})
			t.Cleanup(func() { _ = db.Close() })
			return redisstore.GoRedis(db)
		},
		"rueidis": func(t *testing.T, addr string) redisstore.Client {
			db, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, DisableCache: true, ConnWriteTimeout: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			return redisstore.Rueidis(db)
		},
	} {
		t.Run(name, func(t *testing.T) {
			node := startRedis(t)
			store := newStore(t, connect(t, node.addr), redisstore.Options{Fallback: redisstore.Closed, Timeout: 250 * time.Millisecond})
			limit := ratelimit.Limit{API: "easemob", Common: 2, Name: "each", Quota: 5, Window: time.Second, Unit: "requests"}
			charge := []ratelimit.Charge{{Limit: &limit, Key: appKey(1), Cost: 1}}
			await(t, "Redis decides", func() bool {
				_, err := store.Enforcer().Admit(t.Context(), charge)
				return err == nil
			})
			if err := node.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = node.cmd.Process.Signal(syscall.SIGCONT) })
			over := time.AfterFunc(10*time.Minute, func() { panic("a call waits for a Redis that was stopped") })
			defer over.Stop()
			if _, err := store.Enforcer().Admit(t.Context(), charge); !errors.Is(err, redisstore.ErrUnavailable) {
				t.Errorf("a decision without Redis: %v", err)
			}
			if _, err := store.Limiter().(interface {
				TryAcquire([]ratelimit.Charge) (ratelimit.Permit, error)
			}).TryAcquire(charge); err == nil {
				t.Error("a call without Redis is admitted")
			}
		})
	}
}
