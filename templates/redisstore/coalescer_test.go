package redisstore

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// TestLinesDecideTogether has many callers share counters: exactly the quota passes, whatever was
// decided together, and a limit that only some of them have is charged for those alone.
func TestLinesDecideTogether(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := &counting{Client: redis.distant()}
		s := newStore(t, client, Options{Replicas: 1})
		all := ratelimit.Limit{API: "api", Common: 2, Name: "all", Quota: 300, Window: time.Minute}
		some := ratelimit.Limit{API: "api", Common: 2, Name: "some", Quota: 200, Window: time.Hour}
		var admitted, cost [2]atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				kind := i % 2
				for j := range 20 {
					charges := []ratelimit.Charge{{Limit: &all, Key: "4:acme3:app", Cost: int64(j % 3)}}
					if kind == 1 {
						charges = append(charges, ratelimit.Charge{Limit: &some, Key: "4:acme3:app" + "1:" + strconv.Itoa(i%4), Cost: 1})
					}
					d, err := s.Enforcer().Admit(t.Context(), charges)
					if err != nil {
						t.Error(err)
						return
					}
					if d.Admitted {
						admitted[kind].Add(1)
						cost[kind].Add(charges[0].Cost)
					}
				}
			})
		}
		wg.Wait()
		if sum := cost[0].Load() + cost[1].Load(); sum != 300 {
			t.Errorf("%d units passed, want 300", sum)
		}
		d, err := s.Enforcer().Admit(t.Context(), []ratelimit.Charge{
			{Limit: &all, Key: "4:acme3:app", Cost: 0},
			{Limit: &some, Key: "4:acme3:app1:1", Cost: 0}, {Limit: &some, Key: "4:acme3:app1:3", Cost: 0},
		})
		if err != nil {
			t.Fatal(err)
		}
		if left := d.Limits[1].Remaining + d.Limits[2].Remaining; left != 400-admitted[1].Load() {
			t.Errorf("%d of 400 left after %d", left, admitted[1].Load())
		}
		if n := client.calls.Load(); n > 1000 {
			t.Errorf("%d scripts for 1281 decisions", n)
		}
	})
}

// TestLinesKeepFiguresApart has one counter charged by its old and its new quota at the same time,
// as while a plan changes.
func TestLinesKeepFiguresApart(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		s := newStore(t, redis.client(), Options{Replicas: 1})
		var passed atomic.Int64
		var wg sync.WaitGroup
		for i := range 40 {
			l := ratelimit.Limit{API: "api", Common: 2, Name: "plan", Quota: []int64{100, 1000}[i%2], Window: time.Minute}
			wg.Go(func() {
				for range 20 {
					d, err := s.Enforcer().Admit(t.Context(), []ratelimit.Charge{{Limit: &l, Key: "4:acme3:app", Cost: 1}})
					if err != nil {
						t.Error(err)
					} else if d.Admitted {
						passed.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if n := passed.Load(); n < 400 || n > 500 {
			t.Errorf("%d passed of 400 by the new quota and at most 100 by the old", n)
		}
	})
}

// TestLinesLeave has callers leave a line behind a Redis that does not answer; the others are
// served.
func TestLinesLeave(t *testing.T) {
	onFakeClock(t, func(t *testing.T, redis *server) {
		client := &stuck{bubble: redis.client(), open: make(chan struct{})}
		s := newStore(t, client, Options{Replicas: 1, Timeout: 5 * time.Second})
		l := ratelimit.Limit{API: "api", Common: 2, Name: "l", Quota: 100, Window: time.Minute}
		ask := func(ctx context.Context) (ratelimit.Decision, error) {
			return s.Enforcer().Admit(ctx, []ratelimit.Charge{{Limit: &l, Key: "4:acme3:app", Cost: 1}})
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := ask(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		var leavers sync.WaitGroup
		for range 8 {
			leavers.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				defer cancel()
				if _, err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("left with %v", err)
				}
			})
		}
		leavers.Wait()
		close(client.open)
		wg.Wait()
		if d, err := ask(t.Context()); err != nil || d.Limits[0].Remaining != 91 {
			t.Errorf("%v %v: those who left counted", d, err)
		}
	})
}

// stuck answers when open is closed.
type stuck struct {
	*bubble
	open chan struct{}
}

func (c *stuck) EvalSha(ctx context.Context, sha string, keys, args []string) (string, error) {
	<-c.open
	return c.bubble.EvalSha(ctx, sha, keys, args)
}
