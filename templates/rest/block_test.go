package rest

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestClientDoesNotBelieveAnyWait has a server ask for a year or more, once. The client waits for
// an hour or what is set, then one call goes, and only when that was answered all others do.
func TestClientDoesNotBelieveAnyWait(t *testing.T) {
	for name, header := range map[string][]string{
		"seconds":     {"Retry-After", "99999999999"},
		"no number":   {"Retry-After", "99999999999999999999999999999999999999999999"},
		"date":        {"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"},
		"RateLimit":   {"RateLimit", `"each";r=0;t=99999999999`},
		"most":        {"RateLimit", `"each";r=0;t=9223372036854775807`},
		"older field": {"RateLimit-Limit", "10", "RateLimit-Remaining", "0", "RateLimit-Reset", "31000000", "Retry-After", "31000000"},
	} {
		for _, most := range []time.Duration{0, time.Minute, 300 * 24 * time.Hour} {
			t.Run(name+" "+most.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { blockedFor(t, header, most) })
			})
		}
	}
}

func blockedFor(t *testing.T, header []string, most time.Duration) {
	var seen, broken atomic.Int64
	options := []ClientOption{WithMaxRetries(0)}
	if want := most; want > 0 {
		options = append(options, WithMaxRetryAfter(want))
	}
	c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) {
		switch seen.Add(1) {
		case 1:
			clientAnswer(429, header...)(w)
		case 2: // the one that finds out is told the same once more
			time.Sleep(5 * time.Second)
			clientAnswer(429, header...)(w)
		case 3:
			time.Sleep(5 * time.Second)
		}
	}, options...)
	if most == 0 {
		most = time.Hour
	}
	_ = clientGet(t.Context(), c)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Hour)
	defer cancel()
	var group sync.WaitGroup
	for range 9 {
		group.Go(func() {
			if clientGet(ctx, c) != nil {
				broken.Add(1)
			}
		})
	}
	expect := func(after time.Duration, want int64) {
		t.Helper()
		time.Sleep(after)
		synctest.Wait()
		if got := seen.Load(); got != want {
			t.Errorf("the server saw %d requests, want %d", got, want)
		}
	}
	if most > time.Hour { // the server's time is used in full, longer than any call waits
		group.Wait()
		expect(0, 1)
		return
	}
	expect(most-time.Second, 1)
	expect(2*time.Second, 2) // one call goes, and hears the same
	expect(most+4*time.Second-time.Second, 2)
	expect(2*time.Second, 3)  // after as long one goes again
	expect(5*time.Second, 10) // and was answered
	if group.Wait(); broken.Load() != 1 {
		t.Errorf("%d calls failed", broken.Load())
	}
}

// TestClientWaitsNoLongerAfter503 bounds what a server that is not available asks for.
func TestClientWaitsNoLongerAfter503(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen atomic.Int64
		c := clientCore(t, func(w http.ResponseWriter, _ *http.Request) {
			if seen.Add(1) == 1 {
				clientAnswer(503, "Retry-After", "99999999999")(w)
			}
		})
		begin := time.Now()
		if err := clientGet(t.Context(), c); err != nil || time.Since(begin) > 67*time.Minute {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}
