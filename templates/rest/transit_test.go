package rest

import (
	"errors"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

type clientBroken struct{ err error }

func (b clientBroken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

// TestClientTransit has connections break without a response: what was sent on them counts for
// Transit and a window.
func TestClientTransit(t *testing.T) {
	for _, c := range []struct {
		options []ClientOption
		transit time.Duration
	}{{nil, 10 * time.Second}, {[]ClientOption{WithTransit(time.Second)}, time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			client := clientCore(t, nil, append(c.options, WithMaxRetries(0), WithHTTPClient(&http.Client{Transport: clientBroken{syscall.ECONNRESET}}))...)
			begin := time.Now()
			for range 11 { // the quota is 10 a second
				if err := clientGet(t.Context(), client); !errors.Is(err, syscall.ECONNRESET) {
					t.Fatal(err)
				}
			}
			if took := time.Since(begin); took < c.transit+time.Second || took > c.transit*9/8+1100*time.Millisecond {
				t.Errorf("the quota was free after %v, want %v and a second", took, c.transit)
			}
		})
	}
}
