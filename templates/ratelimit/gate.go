package ratelimit

import (
	"context"
	"time"
)

// An Enforcer decides for a server whether requests are within their limits. A *Gate does so within
// one process; stores that several processes share can implement it too. One that is a Reserver can
// take a decision back, and one that is a Reporter says how much is used.
type Enforcer interface {
	// Admit admits all charges or none, at once. An error says that it cannot tell, or that a cost
	// can never fit.
	Admit(ctx context.Context, charges []Charge) (Decision, error)
}

// A Decision is what an Enforcer says of one request. Its Done must be called when the request has
// been served.
type Decision struct {
	Admitted bool
	Limits   []State // one for each charge, in the same order
	Release  func()  // gives back concurrent requests; nil when there are none
}

// Done gives back what is held while a request is served. It may be called more than once.
func (d Decision) Done() {
	if d.Release != nil {
		d.Release()
	}
}

// State is where one counter stands after a decision.
type State struct {
	Limit     *Limit
	Key       string
	Cost      int64
	Violated  bool          // the cost did not fit
	Remaining int64         // units that can be had at once
	Reset     time.Duration // until more units are available; 0 when all are, or when unknown
	Wait      time.Duration // until this cost fits if no further requests arrive; 0 when it did, or when unknown
}
