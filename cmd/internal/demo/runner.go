package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/limitgen/limitgen/gen/ratelimit"
	"github.com/limitgen/limitgen/gen/rest"
)

// runner does the work with one client, and counts how that goes.
type runner struct {
	name  string
	limit ratelimit.Limit
	total int
	call  func(ctx context.Context) error

	done, refused, failed atomic.Int64
	busy                  atomic.Int64 // nanoseconds of batches that are done
	windows               atomic.Int64 // that the batches which are done reached into
	batch                 atomic.Int64 // when the present one began, in nanoseconds; 0 for none
}

// run does all batches. What is refused is called again, until it is done.
func (r *runner) run(ctx context.Context, w work) {
	for i := range w.batches {
		if i > 0 {
			time.Sleep(w.pause)
		}
		begin := time.Now()
		r.batch.Store(begin.UnixNano())
		jobs := make(chan struct{}, w.size)
		for range w.size {
			jobs <- struct{}{}
		}
		close(jobs)
		var callers sync.WaitGroup
		for range w.callers {
			callers.Go(func() {
				for range jobs {
					r.one(ctx)
				}
			})
		}
		callers.Wait()
		took := time.Since(begin)
		r.batch.Store(0)
		r.busy.Add(int64(took))
		r.windows.Add(r.reached(took))
	}
}

// one makes one call until it is done.
func (r *runner) one(ctx context.Context) {
	for {
		err := r.call(ctx)
		var api *rest.APIError
		switch {
		case err == nil:
			r.done.Add(1)
			return
		case errors.As(err, &api) && api.StatusCode == http.StatusTooManyRequests:
			r.refused.Add(1)
		default:
			r.failed.Add(1)
			return
		}
	}
}

// time returns how long batches took so far, without the pauses.
func (r *runner) time() time.Duration {
	busy := time.Duration(r.busy.Load())
	if begin := r.batch.Load(); begin != 0 {
		busy += time.Duration(time.Now().UnixNano() - begin)
	}
	return busy
}

// used returns the part of what the quota allowed in that time.
func (r *runner) used() float64 {
	windows := r.windows.Load()
	if begin := r.batch.Load(); begin != 0 {
		windows += r.reached(time.Duration(time.Now().UnixNano() - begin))
	}
	return float64(r.done.Load()) / float64(max(windows, 1)*r.limit.Quota)
}

// reached returns how many windows a batch of that time reached into: each allows the quota.
func (r *runner) reached(took time.Duration) int64 { return int64(took/r.limit.Window) + 1 }
