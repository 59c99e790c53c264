package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// clientTokens returns a cache whose fetches take a second and give token 1, then 2, and so on.
func clientTokens(lifetime time.Duration) (cache *tokenCache, fetches *int) {
	fetches = new(int)
	return &tokenCache{clock: ratelimit.SystemClock(), fetch: func(ctx context.Context) (string, time.Duration, error) {
		*fetches++
		select {
		case <-time.After(time.Second):
			return fmt.Sprint(*fetches), lifetime, nil
		case <-ctx.Done():
			return "", 0, ctx.Err()
		}
	}}, fetches
}

func clientWantToken(t *testing.T, source TokenSource, want string) {
	t.Helper()
	if got, err := source.Token(t.Context()); err != nil || got != want {
		t.Errorf("got token %q, %v, want %q", got, err, want)
	}
}

func TestClientTokenSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, fetches := clientTokens(time.Hour)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { clientWantToken(t, cache, "1") })
		}
		wg.Wait()
		if *fetches != 1 {
			t.Errorf("%d fetches", *fetches)
		}
	})
}

func TestClientTokenRenewal(t *testing.T) {
	for lifetime, renew := range map[time.Duration]time.Duration{
		100 * time.Hour:   90 * time.Hour,
		time.Hour:         54 * time.Minute,
		200 * time.Second: 140 * time.Second,
		100 * time.Second: 50 * time.Second, // a minute before the end would be after too little of its life
		30 * time.Second:  15 * time.Second,
	} {
		if got := renewAfter(lifetime); got != renew {
			t.Errorf("lifetime %v: renewed after %v, want %v", lifetime, got, renew)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		cache, _ := clientTokens(time.Hour)
		clientWantToken(t, cache, "1")
		time.Sleep(54*time.Minute - 2*time.Second) // the lifetime counts from the request, a second ago
		clientWantToken(t, cache, "1")
		time.Sleep(time.Second)
		clientWantToken(t, cache, "2")
		cache.Drop("1")
		clientWantToken(t, cache, "2")
		cache.Drop("2")
		clientWantToken(t, cache, "3")
	})
	synctest.Test(t, func(t *testing.T) {
		cache, _ := clientTokens(0)
		clientWantToken(t, cache, "1")
		time.Sleep(1000 * time.Hour)
		clientWantToken(t, cache, "1")
	})
}

// While a token is still valid, a failed renewal does not fail the call.
func TestClientTokenOutlivesFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fail := errors.New("down")
		var err error
		cache := &tokenCache{clock: ratelimit.SystemClock(), fetch: func(context.Context) (string, time.Duration, error) { return "t", time.Hour, err }}
		clientWantToken(t, cache, "t")
		err = fail
		time.Sleep(59 * time.Minute)
		clientWantToken(t, cache, "t")
		time.Sleep(time.Minute)
		if _, err := cache.Token(t.Context()); !errors.Is(err, fail) {
			t.Errorf("got %v", err)
		}
	})
}

func TestClientTokenWaiterLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, fetches := clientTokens(time.Hour)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := cache.Token(impatient); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() { clientWantToken(t, cache, "1") })
		wg.Wait()

		// When all have left, the fetch ends, and the next caller begins another.
		cache.Drop("1")
		alone, cancel2 := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel2()
		begin := time.Now()
		if _, err := cache.Token(alone); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second/2 {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		clientWantToken(t, cache, "3")
		if *fetches != 3 {
			t.Errorf("%d fetches", *fetches)
		}
	})
}

// The token request goes through the client itself, paced by its own limits and without a token.
func TestClientTokenFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		valid, fetched, served := "", 0, 0
		handler := func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/v1/things/token") {
				if r.Header.Get("Authorization") != "" {
					t.Error("the token request carries a token")
				}
				fetched++
				valid = fmt.Sprint("t", fetched)
				fmt.Fprintf(w, "%q", valid)
				return
			}
			if r.Header.Get("Authorization") != "Bearer "+valid {
				w.WriteHeader(401)
				return
			}
			served++
		}
		fetch := func(ctx context.Context, c *Client) (string, time.Duration, error) {
			r := c.NewCall(callGet) // an operation that asks for the token, as specs carelessly say of theirs
			r.Path("name", "token")
			token, err := DoValue[string](ctx, r)
			return token, time.Hour, err
		}
		c := clientCore(t, handler, WithTokenFetch(fetch))
		for range 3 {
			if err := clientGet(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		valid = "revoked"
		if err := clientGet(t.Context(), c); err != nil || fetched != 2 || served != 4 {
			t.Errorf("fetched %d tokens, served %d calls, %v", fetched, served, err)
		}
	})
}

// A 401 fetches one new token, not a loop of them, and none without another token to get.
func TestClientUnauthorized(t *testing.T) {
	for name, test := range map[string]struct {
		option ClientOption
		body   bool
		want   int
	}{
		"static":          {WithToken(StaticToken("x")), false, 1},
		"fetched":         {WithTokenFetch(func(context.Context, *Client) (string, time.Duration, error) { return "x", 0, nil }), false, 2},
		"body read once":  {WithTokenFetch(func(context.Context, *Client) (string, time.Duration, error) { return "x", 0, nil }), true, 1},
		"nothing at hand": {WithMaxRetries(3), false, 1},
	} {
		n := 0
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) { n++; w.WriteHeader(401) }, test.option)
		r := c.NewCall(callGet)
		r.Path("name", "x")
		if test.body {
			r.Binary(io.MultiReader(strings.NewReader("x")))
		}
		var api *APIError
		if err := DoEmpty(t.Context(), r); !errors.As(err, &api) || n != test.want {
			t.Errorf("%s: %d requests, %v", name, n, err)
		}
	}
}

func TestClientTokenFails(t *testing.T) {
	fail := errors.New("down")
	for name, fetch := range map[string]func(context.Context, *Client) (string, time.Duration, error){
		"error": func(context.Context, *Client) (string, time.Duration, error) { return "", 0, fail },
		"empty": func(context.Context, *Client) (string, time.Duration, error) { return "", time.Hour, nil },
	} {
		c := clientCore(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") }, WithTokenFetch(fetch))
		if err := clientGet(t.Context(), c); err == nil || name == "error" && !errors.Is(err, fail) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
