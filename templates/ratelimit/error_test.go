package ratelimit

import (
	"context"
	"math"
	"testing"
	"time"
)

func TestLimitErrorText(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0:                            `limit "each": cost 2 does not fit now`,
		1:                            `limit "each": cost 2 fits in 1µs at the earliest`,
		12*time.Millisecond + 345678: `limit "each": cost 2 fits in 12.346ms at the earliest`,
		time.Millisecond:             `limit "each": cost 2 fits in 1ms at the earliest`,
		1234567891:                   `limit "each": cost 2 fits in 1.235s at the earliest`,
		time.Minute + 1:              `limit "each": cost 2 fits in 1m0.001s at the earliest`,
		math.MaxInt64:                `limit "each": cost 2 fits in 2562047h47m16.854775807s at the earliest`,
	} {
		if got := (&LimitError{Limit: "each", Cost: 2, Quota: 5, Wait: wait}).Error(); got != want {
			t.Errorf("%d: got %s, want %s", wait, got, want)
		}
	}
	late := &LimitError{Limit: "a\nb", Cost: 2, Quota: 5, Wait: 1500 * time.Microsecond, Err: context.DeadlineExceeded}
	if got, want := late.Error(), `limit "a\nb": cost 2 fits in 1.5ms at the earliest: context deadline exceeded`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
