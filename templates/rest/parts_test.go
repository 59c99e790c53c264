package rest

import (
	"context"
	"fmt"
	"testing"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// sendUpTo returns a call that a limiter admits if it has no more items than most.
func sendUpTo(most int64) func(context.Context, int, int) (int, error) {
	return func(_ context.Context, from, to int) (int, error) {
		if cost := int64(to - from); cost > most {
			return 0, fmt.Errorf("send: %w", &ratelimit.LimitError{Limit: "a", Cost: cost, Quota: most})
		}
		return to - from, nil
	}
}

func TestPartsFollowTheQuotaInForce(t *testing.T) {
	c := &Client{limits: ratelimit.NewSchedule(nil, nil), config: ClientConfig{Operations: make([]Operation, 1)}}
	for _, most := range []int64{1, 3, 7, 100} {
		at := 2
		for part, err := range InParts(t.Context(), c, 0, "/to", 2, 50, sendUpTo(most)) {
			if err != nil || part.From != at || part.Result != part.To-part.From {
				t.Fatalf("at most %d: %+v, %v after %d", most, part, err, at)
			}
			at = part.To
		}
		if at != 50 {
			t.Errorf("at most %d: ended at %d of 50", most, at)
		}
	}
	failed := 0
	for part, err := range InParts(t.Context(), c, 0, "/to", 2, 50, sendUpTo(0)) {
		if failed++; err == nil || part.From != 2 {
			t.Errorf("a quota of nothing: %+v, %v", part, err)
		}
	}
	if failed != 1 {
		t.Errorf("a quota of nothing ended %d times", failed)
	}
}
