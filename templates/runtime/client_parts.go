package runtime

import (
	"context"
	"iter"
)

// A BatchPart is one call of several that a long list was split into: it was for the items from From up to To, To not
// included, and Result is what it answered.
type BatchPart[T any] struct {
	From, To int
	Result   T
}

// inParts calls send for one part of n items after the other, from the item from on. A part is as large as one call may
// be, and calls that are no part of a batch pass it while it waits. It ends with the first error.
func inParts[T any](ctx context.Context, c *core, op int, list string, from, n int, send func(ctx context.Context, from, to int) (T, error)) iter.Seq2[BatchPart[T], error] {
	return func(yield func(BatchPart[T], error) bool) {
		most := c.mostItems(&c.config.operations[op], list)
		for at := max(from, 0); at < n; at += most {
			part := BatchPart[T]{From: at, To: n}
			if n-at > most {
				part.To = at + most
			}
			var err error
			part.Result, err = send(AsBatch(ctx), part.From, part.To)
			if !yield(part, err) || err != nil {
				return
			}
		}
	}
}

// mostItems is how many items of the list in the body one call may have: what fits into every limit that counts them.
func (c *core) mostItems(op *operation, list string) int {
	most := int64(1) << 31
	for i := range op.rates {
		r := &op.rates[i]
		if r.count == nil || r.count.in != inBody || r.count.pointer != list {
			continue
		}
		limit := &c.limits[r.limit]
		cost := limit.Quota
		if limit.Burst > 0 {
			cost = min(cost, limit.Burst)
		}
		cost = shareOf(cost, c.settings.share)
		if r.max > 0 {
			cost = min(cost, r.max)
		}
		most = min(most, cost/max(1, r.times))
	}
	return int(max(most, 1))
}
