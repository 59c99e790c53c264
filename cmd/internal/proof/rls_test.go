package proof

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/limitgen/limitgen/cmd/internal/proof/front"
	"github.com/limitgen/limitgen/cmd/internal/proof/harness"
	api "github.com/limitgen/limitgen/gen/easemob"
	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rlsstore"
)

// startService runs the rate limit service with what is committed for the table, and connects to
// it.
func startService(t *testing.T) *grpc.ClientConn {
	t.Helper()
	conn, _ := startServiceAt(t)
	return conn
}

func startServiceAt(t *testing.T) (*grpc.ClientConn, string) {
	t.Helper()
	address := harness.RateLimitService(t, harness.Root+"/gen/easemob/config/ratelimit", harness.Redis(t))
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, address
}

func newRLS(t *testing.T, conn *grpc.ClientConn) *rlsstore.Store {
	t.Helper()
	s, err := rlsstore.New(conn, rlsstore.Options{
		Fallback: rlsstore.Closed, Timeout: time.Minute, OnError: func(err error) { t.Error(err) },
	}, api.Descriptors())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tableLimit returns a limit of the table.
func tableLimit(t *testing.T, name string) *ratelimit.Limit {
	t.Helper()
	for _, l := range api.Limits() {
		if l.Name == name {
			return &l
		}
	}
	t.Fatal("no limit ", name)
	return nil
}

// appKeyOf returns the partition key of an App Key.
func appKeyOf(org string) string { return "2:" + org[:2] + "3:app" }

// TestRLSServers has two servers share each limit of the table over the real service, which knows
// them all.
func TestRLSServers(t *testing.T) {
	conn := startService(t)
	enforcers := [2]ratelimit.Enforcer{newRLS(t, conn).Enforcer(), newRLS(t, conn).Enforcer()}
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
						d, err := enforcers[w%2].Admit(t.Context(), []ratelimit.Charge{{Limit: &l, Key: partition, Cost: cost}})
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

// TestRLSBesideEnvoy has Envoy's filters and a server count in the same counters, with and without
// operations in their names.
func TestRLSBesideEnvoy(t *testing.T) {
	conn, address := startServiceAt(t)
	u := harness.NewUpstream(t)
	example := filepath.Join(t.TempDir(), "example.yaml")
	data, err := os.ReadFile(harness.Root + "/gen/easemob/config/envoy/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(example, data, 0o600); err != nil {
		t.Fatal(err)
	}
	harness.Rewrite(t, example, "port_value: 8081", port(t, address), "port_value: 9090", port(t, u.Address()))
	envoy, server := front.Start(t, example, false), newRLS(t, conn).Enforcer()
	for _, c := range []struct {
		limit, operation string
		request          harness.Request
		sent, cost, want int64
	}{
		{"messages-users", "", harness.Request{Method: "POST", Target: "/a_b/app/messages/users", Body: recipients(600)}, 5, 600, 2400},
		{"each", "GET /{}/{}/users/{}", harness.Request{Method: "GET", Target: "/a_b/app/users/ann"}, 5, 1, 94},
	} {
		// A window may end between: then fewer are counted, so another is tried.
		var got int64
		for range 5 {
			harness.NextWindow(min(tableLimit(t, c.limit).Window, time.Second))
			for range c.sent {
				if r := harness.Do(t, envoy.Address(), c.request); !r.Passed() {
					t.Fatal(r.Status)
				}
			}
			key := "3:a_b3:app"
			if c.operation != "" {
				key += fmt.Sprintf("%d:%s", len(c.operation), c.operation)
			}
			d, err := server.Admit(t.Context(), []ratelimit.Charge{{Limit: tableLimit(t, c.limit), Key: key, Cost: c.cost}})
			if err != nil || !d.Admitted {
				t.Fatal(d, err)
			}
			if got = d.Limits[0].Remaining; got == c.want {
				break
			}
			time.Sleep(time.Until(time.Now().Truncate(tableLimit(t, c.limit).Window).Add(tableLimit(t, c.limit).Window)))
		}
		if got != c.want {
			t.Errorf("%s: %d left, want %d", c.limit, got, c.want)
		}
	}
}

// TestRLSRefusedCost shows what a refused cost does in the service, and that a server that knows it
// asks no more.
func TestRLSRefusedCost(t *testing.T) {
	conn := startService(t)
	one, other := newRLS(t, conn).Enforcer(), newRLS(t, conn).Enforcer()
	if time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)) < 10*time.Second {
		harness.NextWindow(time.Minute)
	}
	users := tableLimit(t, "messages-users")
	admit := func(e ratelimit.Enforcer, key string, cost int64) bool {
		d, err := e.Admit(t.Context(), []ratelimit.Charge{{Limit: users, Key: key, Cost: cost}})
		if err != nil {
			t.Fatal(err)
		}
		return d.Admitted
	}
	for _, c := range []struct {
		key  string
		by   ratelimit.Enforcer
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

// TestRLSClients has four clients share 30 a second: all are admitted, and not in fewer windows
// than they fill.
func TestRLSClients(t *testing.T) {
	conn := startService(t)
	limit, key := tableLimit(t, "delete-many"), appKeyOf("cl")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	var sent atomic.Int64
	start := time.Now()
	for range 4 {
		l := newRLS(t, conn).Limiter()
		for range 30 {
			wg.Go(func() {
				permit, err := l.Acquire(ctx, []ratelimit.Charge{{Limit: limit, Key: key, Cost: 1}})
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
}
