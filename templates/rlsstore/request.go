//go:build ignore

package rlsstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	service "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// decisionRequest is one decision request for the service; charges of the same counter are merged.
type decisionRequest struct {
	store     *Store
	charges   []ratelimit.Charge
	counterOf []int // the counter of each charge
	counters  []counter
	costs     []int64
	limits    []*ratelimit.Limit
}

func (s *Store) request(charges []ratelimit.Charge) *decisionRequest {
	q := &decisionRequest{store: s, charges: charges}
	for i := range charges {
		c := &charges[i]
		id := counter{c.Limit.API, c.Limit.Name, c.Key}
		at := slices.Index(q.counters, id)
		if at < 0 {
			at = len(q.counters)
			q.counters, q.costs, q.limits = append(q.counters, id), append(q.costs, 0), append(q.limits, c.Limit)
		}
		q.costs[at] += max(c.Cost, 0)
		q.counterOf = append(q.counterOf, at)
	}
	return q
}

// ask returns the states of all charges: from memory if that suffices to refuse, otherwise from the
// service. It fails with a *LimitError if a cost can never fit.
func (q *decisionRequest) ask(ctx context.Context) ([]ratelimit.State, error) {
	counters := make([]ratelimit.State, len(q.counters))
	if !q.fromMemory(counters) {
		request := &service.RateLimitRequest{Domain: q.store.options.Domain}
		for i, c := range q.counters {
			names := q.store.apis[c.api]
			if names == nil {
				return nil, fmt.Errorf("rlsstore: the store was made without the descriptors of API %q", c.api)
			}
			request.Domain = cmp.Or(request.Domain, names.Domain)
			d, err := descriptor(names, q.limits[i], c.key, q.costs[i])
			if err != nil {
				return nil, err
			}
			request.Descriptors = append(request.Descriptors, d)
		}
		sent := q.store.clock.Now()
		response, err := q.store.call(ctx, request)
		if err != nil {
			return nil, err
		}
		if err := q.read(response, sent, counters); err != nil {
			return nil, err
		}
	}
	states := make([]ratelimit.State, len(q.charges))
	for i, c := range q.charges {
		states[i] = counters[q.counterOf[i]]
		states[i].Limit, states[i].Key, states[i].Cost = c.Limit, c.Key, c.Cost
	}
	return states, nil
}

// fromMemory fills in the remembered states, and reports whether they refuse the request. For other
// counters it fills in only the quota.
func (q *decisionRequest) fromMemory(states []ratelimit.State) bool {
	refused, now := false, q.store.clock.Now()
	for i, c := range q.counters {
		states[i] = ratelimit.State{Remaining: q.limits[i].Quota}
		if l, no := q.store.known.refuses(c, q.costs[i], now); no {
			wait := l.until.Sub(now) + resolution
			states[i] = ratelimit.State{Violated: true, Remaining: l.units, Reset: wait, Wait: wait}
			refused = true
		}
	}
	return refused
}

// read fills in the service's answer.
func (q *decisionRequest) read(response *service.RateLimitResponse, sent time.Time, states []ratelimit.State) error {
	var never *ratelimit.LimitError
	for i, status := range response.GetStatuses() {
		quota := int64(status.GetCurrentLimit().GetRequestsPerUnit())
		reset := status.GetDurationUntilReset().AsDuration()
		state := ratelimit.State{Remaining: int64(status.GetLimitRemaining())}
		if state.Remaining < quota {
			state.Reset = reset
		}
		// A charge without cost is admitted even if its counter is overdrawn.
		if status.GetCode() == service.RateLimitResponse_OVER_LIMIT && q.costs[i] > 0 {
			state.Violated, state.Remaining, state.Wait = true, 0, reset
			if q.costs[i] > quota {
				never = &ratelimit.LimitError{API: q.counters[i].api, Limit: q.counters[i].limit, Key: q.counters[i].key, Cost: q.costs[i], Quota: quota}
			}
		}
		q.store.known.store(q.counters[i], state.Remaining, reset, sent)
		states[i] = state
	}
	if never != nil {
		return never
	}
	return nil
}

// aboveQuota is the error of a cost above its limit's quota. The service is not asked, because it
// would debit the cost.
func (q *decisionRequest) aboveQuota() error {
	for i, l := range q.limits {
		if q.costs[i] > l.Quota {
			return &ratelimit.LimitError{API: l.API, Limit: l.Name, Key: q.counters[i].key, Cost: q.costs[i], Quota: l.Quota}
		}
	}
	return nil
}
