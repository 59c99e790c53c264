package proof

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/limitgen/limitgen/cmd/proof/harness"
	api "github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/easemob/rlsstore"
)

// startService runs the rate limit service with what is committed for the table, and connects to it.
func startService(t *testing.T) *grpc.ClientConn {
	t.Helper()
	address := harness.RateLimitService(t, harness.Root+"/gen/easemob/config/ratelimit", harness.Redis(t))
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func newRLS(t *testing.T, conn *grpc.ClientConn) *rlsstore.Store {
	t.Helper()
	s, err := rlsstore.New(conn, rlsstore.Options{
		Fallback: rlsstore.Closed, Timeout: 5 * time.Second, OnError: func(err error) { t.Error(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tableLimit is a limit of the table.
func tableLimit(t *testing.T, name string) *api.Limit {
	t.Helper()
	for _, l := range api.Limits() {
		if l.Name == name {
			return &l
		}
	}
	t.Fatal("no limit ", name)
	return nil
}

// appKeyOf is the partition key of an App Key.
func appKeyOf(org string) string { return "2:" + org[:2] + "3:app" }

// TestRLSServers has two servers share each limit of the table over the real service, which knows them all.
func TestRLSServers(t *testing.T) {
	conn := startService(t)
	enforcers := [2]api.Enforcer{newRLS(t, conn).Enforcer(), newRLS(t, conn).Enforcer()}
	operations := map[string]string{"each": "GET /{}/{}/users", "each-50": "POST /{}/{}/users/batch/status"}
	costs := map[string]int64{"messages-users": 600, "messages-groups": 3, "messages-rooms": 10}
	for _, l := range api.Limits() {
		cost := max(costs[l.Name], 1)
		passes := int(l.Quota / cost)
		oneWindow(t, l.Window, passes, func(key string) []harness.Response {
			partition := fmt.Sprintf("%d:%s3:app", len(key), key)
			if op := operations[l.Name]; op != "" {
				partition += fmt.Sprintf("%d:%s", len(op), op)
			}
			responses := make([]harness.Response, passes+passes/2+2)
			var wg sync.WaitGroup
			var next atomic.Int64
			for w := range 16 {
				wg.Go(func() {
					for i := next.Add(1) - 1; i < int64(len(responses)); i = next.Add(1) - 1 {
						d, err := enforcers[w%2].Admit(t.Context(), []api.Charge{{Limit: &l, Key: partition, Cost: cost}})
						if err != nil {
							t.Error(err)
						}
						if d.Admitted {
							responses[i].Status = 200
						}
					}
				})
			}
			wg.Wait()
			return responses
		})
		if t.Failed() {
			t.Fatal(l.Name)
		}
	}
}

// TestRLSRefusedCost shows what a refused cost does in the service, and that a server that knows it asks no more.
func TestRLSRefusedCost(t *testing.T) {
	conn := startService(t)
	one, other := newRLS(t, conn).Enforcer(), newRLS(t, conn).Enforcer()
	if time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)) < 10*time.Second {
		harness.NextWindow(time.Minute)
	}
	users := tableLimit(t, "messages-users")
	admit := func(e api.Enforcer, key string, cost int64) bool {
		d, err := e.Admit(t.Context(), []api.Charge{{Limit: users, Key: key, Cost: cost}})
		if err != nil {
			t.Fatal(err)
		}
		return d.Admitted
	}
	for _, c := range []struct {
		key  string
		by   api.Enforcer
		cost int64
		want bool
	}{
		{"k1", one, 5900, true}, {"k1", one, 600, false}, {"k1", one, 100, true}, // it knew, so 600 was not debited
		{"k2", one, 5900, true}, {"k2", other, 600, false}, {"k2", other, 1, false}, // it did not, so it was
	} {
		if got := admit(c.by, appKeyOf(c.key), c.cost); got != c.want {
			t.Errorf("%s: cost %d admitted: %v", c.key, c.cost, got)
		}
	}
}

// TestRLSClients has four clients share 30 a second. No fixed window admits more, and nobody starves or hangs.
func TestRLSClients(t *testing.T) {
	conn := startService(t)
	limit, key := tableLimit(t, "delete-many"), appKeyOf("cl")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	var sent atomic.Int64
	start := time.Now()
	for range 4 {
		l := newRLS(t, conn).Limiter()
		for range 30 {
			wg.Go(func() {
				permit, err := l.Acquire(ctx, []api.Charge{{Limit: limit, Key: key, Cost: 1}})
				if err != nil {
					t.Error(err)
					return
				}
				sent.Add(1)
				permit.Done()
			})
		}
	}
	wg.Wait()
	// 120 calls at 30 in each fixed window need four of them, so two whole ones between.
	if took := time.Since(start); sent.Load() != 120 || took < 2*time.Second {
		t.Errorf("%d calls in %v", sent.Load(), took)
	}
	t.Logf("120 calls in %v", time.Since(start))
}
