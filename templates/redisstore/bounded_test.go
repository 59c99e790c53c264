package redisstore

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// deaf is a client that ignores contexts and returns when the test lets it.
type deaf struct{ let chan struct{} }

func (d deaf) EvalSha(context.Context, string, []string, []string) (string, error) {
	<-d.let
	return "", errors.New("connection lost")
}

func (d deaf) Eval(ctx context.Context, script string, keys, args []string) (string, error) {
	return d.EvalSha(ctx, script, keys, args)
}

// TestTimeoutHoldsForDeafClients has a client that ignores its context: decisions and waiting calls
// take no longer than Timeout, and the calls that never return are bounded.
func TestTimeoutHoldsForDeafClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := deaf{make(chan struct{})}
		s := newStore(t, client, Options{Fallback: Closed, Timeout: 250 * time.Millisecond})
		begin := time.Now()
		if _, err := admit(t, s, each, 1); !errors.Is(err, ErrUnavailable) || time.Since(begin) != 250*time.Millisecond {
			t.Errorf("a decision took %v: %v", time.Since(begin), err)
		}
		begin = time.Now()
		if _, err := s.fleet.TryAcquire([]ratelimit.Charge{{Limit: each, Key: "3:org3:app", Cost: 1}}); err == nil || time.Since(begin) > 600*time.Millisecond {
			t.Errorf("a client's call took %v: %v", time.Since(begin), err)
		}
		before := runtime.NumGoroutine()
		for range 2000 {
			_, _ = admit(t, s, each, 1)
			time.Sleep(3 * time.Second)
		}
		if n := runtime.NumGoroutine() - before; n > 2*maxAbandoned+10 {
			t.Errorf("%d goroutines were left behind", n)
		}
		close(client.let)
		synctest.Wait()
		if n := s.client.(*bounded).abandoned.Load(); n != 0 {
			t.Errorf("%d calls still count as given up", n)
		}
	})
}
