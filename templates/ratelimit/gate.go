package ratelimit

import (
	"context"
	"time"
)

// An Enforcer decides for a server whether requests are within their limits. A *Gate does so within
// one process; a store shared by several processes does so for all of them. An Enforcer that is
// also a Reserver can undo a decision, and one that is a Reporter says how much is used.
type Enforcer interface {
	// Admit admits all charges or none, without waiting. An error means that it cannot decide, or
	// that a cost can never fit.
	Admit(ctx context.Context, charges []Charge) (Decision, error)
}

// A Decision is an Enforcer's answer for one request. Its Done must be called when the request has
// been served.
type Decision struct {
	Admitted bool
	Limits   []State // one for each charge, in the same order
	Release  func()  // ends concurrent requests; nil when there are none
}

// Done ends the concurrent requests that a request counts as while it is served. It may be called
// more than once.
func (d Decision) Done() {
	if d.Release != nil {
		d.Release()
	}
}

// State is the state of one counter after a decision.
type State struct {
	Limit     *Limit
	Key       string
	Cost      int64
	Violated  bool          // the cost did not fit
	Remaining int64         // units available at once
	Reset     time.Duration // until more units are available; 0 when all are, or when unknown
	Wait      time.Duration // until this cost fits if no further requests arrive; 0 when it did, or when unknown
}
