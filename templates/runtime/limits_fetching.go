package runtime

import (
	"context"
	"time"
)

type fetchingKey struct{}

// fetching is what the limiter may know of a fetch. That has no deadline, since many calls may wait
// for it, so it tells them of its wait for a limit, and they compare.
type fetching struct {
	tell     func(*LimitError) // of a wait, or of its end when nil
	deadline time.Time         // of the call that began the fetch; zero for none
}

// fetchOf returns the fetch that ctx is of, or nil.
func fetchOf(ctx context.Context) *fetching {
	f, _ := ctx.Value(fetchingKey{}).(*fetching)
	return f
}
