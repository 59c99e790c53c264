package rest

import (
	"context"
	"errors"
	"iter"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// A BatchPart is one of the calls into which a long list was split: for the items from From up to,
// but not including, To. Result is its answer.
type BatchPart[T any] struct {
	From, To int
	Result   T
}

// InParts calls send for one part of n items after the other, from the item from on. A part is as
// large as one call may be, and calls that are not part of a batch overtake it while it waits. It
// ends with the first error.
func InParts[T any](ctx context.Context, c *Client, op int, list string, from, n int, send func(ctx context.Context, from, to int) (T, error)) iter.Seq2[BatchPart[T], error] {
	return func(yield func(BatchPart[T], error) bool) {
		most := c.mostItems(&c.config.Operations[op], list)
		for at := max(from, 0); at < n; {
			part := BatchPart[T]{From: at, To: n}
			if n-at > most {
				part.To = at + most
			}
			var err error
			part.Result, err = send(ratelimit.AsBatch(ctx), part.From, part.To)
			if less := fewer(part.To-part.From, err); less > 0 {
				most = less
				continue
			}
			if !yield(part, err) || err != nil {
				return
			}
			at = part.To
		}
	}
}

// fewer returns how many items fit after a call was refused as above the quota in force, without
// being sent: the limiter has only a share of the quota, or the API announced a smaller one. It
// returns 0 if fewer items would not help.
func fewer(items int, err error) int {
	var limited *ratelimit.LimitError
	if !errors.As(err, &limited) || limited.Cost <= limited.Quota {
		return 0
	}
	return min(int(float64(items)*float64(max(limited.Quota, 0))/float64(limited.Cost)), items-1)
}

// mostItems returns how many items of the list in the body one call may have: as many as fit into
// every limit that counts them.
func (c *Client) mostItems(op *Operation, list string) int {
	most, limits := int64(1)<<31, c.limits.Limits()
	for i := range op.Rates {
		r := &op.Rates[i]
		if r.Count == nil || r.Value || r.Count.In != InBody || r.Count.Pointer != list {
			continue
		}
		limit := &limits[r.Limit]
		cost := ratelimit.ShareOf(limit.Capacity(), c.settings.share)
		if r.Max > 0 {
			cost = min(cost, r.Max)
		}
		most = min(most, cost/max(1, r.Times))
	}
	return int(max(most, 1))
}
