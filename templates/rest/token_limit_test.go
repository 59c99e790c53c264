package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// clientTokensLimited returns a cache whose fetches are paced by a limit of one an hour.
func clientTokensLimited() (cache *tokenCache, p *ratelimit.Pacer, limit *ratelimit.Limit) {
	p, limit = ratelimit.NewPacer(ratelimit.PacerOptions{}), &ratelimit.Limit{Name: "token", Quota: 1, Window: time.Hour}
	fetches := 0
	return &tokenCache{clock: ratelimit.SystemClock(), fetch: func(ctx context.Context) (string, time.Duration, error) {
		permit, err := p.Acquire(ctx, []ratelimit.Charge{{Limit: limit, Key: "", Cost: 1}})
		if err != nil {
			return "", 0, err
		}
		defer permit.Done()
		time.Sleep(time.Second)
		fetches++
		return fmt.Sprint(fetches), 0, nil
	}}, p, limit
}

// Calls that cannot have a token before their deadline fail at once, the first and those that join
// its fetch. Calls with enough time wait on, and so do calls that arrive after the fetch was sent.
func TestClientTokenCannotComeInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, _, _ := clientTokensLimited()
		clientWantToken(t, cache, "1")
		cache.Drop("1")
		hopeless := func() {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			begin := time.Now()
			_, err := cache.Token(ctx)
			var limited *ratelimit.LimitError
			if !errors.As(err, &limited) || limited.Limit != "token" || limited.Wait <= time.Minute || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if waited := time.Since(begin); waited != 0 {
				t.Errorf("waited for %v", waited)
			}
		}
		hopeless() // alone, so its fetch ends
		synctest.Wait()
		var work sync.WaitGroup
		for _, patience := range []time.Duration{0, 2 * time.Hour} {
			work.Go(func() {
				ctx := t.Context()
				if patience > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, patience)
					defer cancel()
				}
				if got, err := cache.Token(ctx); err != nil || got != "2" {
					t.Errorf("patience of %v: %q, %v", patience, got, err)
				}
			})
		}
		synctest.Wait()
		hopeless() // beside them
		time.Sleep(time.Hour + time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // the limit holds nothing up any more
		defer cancel()
		if got, err := cache.Token(ctx); err != nil || got != "2" {
			t.Errorf("got %q, %v", got, err)
		}
		work.Wait()
	})
}

// A fetch that is let through earlier than was foreseen keeps no later caller away.
func TestClientTokenComesEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, p, limit := clientTokensLimited()
		other := acquire(t, p, ratelimit.Charge{Limit: limit, Key: "", Cost: 1})
		var work sync.WaitGroup
		work.Go(func() { clientWantToken(t, cache, "1") })
		synctest.Wait()
		other.Cancel()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if got, err := cache.Token(ctx); err != nil || got != "1" {
			t.Errorf("got %q, %v", got, err)
		}
		work.Wait()
	})
}

// The limit's error comes through all that wraps it.
func TestClientTokenLimitError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := 0
		handler := func(http.ResponseWriter, *http.Request) { served++ }
		c := clientCore(t, handler, WithTokenFetch(func(ctx context.Context, c *Client) (string, time.Duration, error) {
			r := c.NewCall(callGet)
			r.Path("name", "token")
			return "t", 0, DoEmpty(ctx, r)
		}))
		c.limiter.(*ratelimit.Pacer).Block(&ratelimit.Limit{Name: "each"}, "", time.Now().Add(30*time.Minute))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		err := clientGet(ctx, c)
		var limited *ratelimit.LimitError
		if !errors.As(err, &limited) || !errors.Is(err, ratelimit.ErrLimited) || limited.Limit != "each" || time.Since(begin) != 0 || served != 0 {
			t.Errorf("after %v, %d sent: %v", time.Since(begin), served, err)
		}
		if err != nil && !strings.Contains(err.Error(), "credential token") {
			t.Errorf("it does not say that it is about the credential: %v", err)
		}
	})
}

// otherLimiter hides that it is a Pacer, as one of a shared store is none.
type otherLimiter struct{ ratelimit.Limiter }

func (l otherLimiter) Acquire(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Permit, error) {
	return l.Limiter.Acquire(ratelimit.WithTrace(ctx, nil), charges)
}

// With a limiter that is asked elsewhere, the call that begins the fetch hears at once, too, and
// one that joined with more time has its token.
func TestClientTokenOfAnotherLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := &ratelimit.Limit{Name: "token", Quota: 1, Window: time.Hour}
		p := ratelimit.NewPacer(ratelimit.PacerOptions{})
		acquire(t, p, ratelimit.Charge{Limit: limit, Key: "", Cost: 1}).Done()
		cache := &tokenCache{clock: ratelimit.SystemClock(), fetch: func(ctx context.Context) (string, time.Duration, error) {
			permit, err := acquireFor(ctx, otherLimiter{p}, []ratelimit.Charge{{Limit: limit, Key: "", Cost: 1}})
			if err != nil {
				return "", 0, err
			}
			permit.Done()
			return "t", 0, nil
		}}
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var limited *ratelimit.LimitError
		if _, err := cache.Token(ctx); !errors.As(err, &limited) || !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 0 {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		synctest.Wait()
		clientWantToken(t, cache, "t")
		if waited := time.Since(begin); waited < time.Hour || waited > time.Hour+time.Minute {
			t.Errorf("the token came after %v", waited)
		}
	})
}
