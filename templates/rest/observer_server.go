package rest

import "github.com/limitgen/limitgen/templates/ratelimit"

// event is what an Observer is told of a request so far.
func (x *Exchange) event() CallEvent {
	e := CallEvent{
		API: x.server.config.API, Role: "server", Method: x.r.Method, Scheme: "http", Charges: x.charges, Status: x.status, Err: x.failure,
	}
	if x.r.TLS != nil {
		e.Scheme = "https"
	}
	if op := x.view.op; op != nil {
		e.Operation, e.Path = op.ID, x.server.servedPath(op)
	}
	return e
}

// tellRefused tells of the limits that a request did not fit into, and when it would fit into all
// of them.
func (x *Exchange) tellRefused(d *ratelimit.Decision) {
	refused := x.server.observer.Refused
	if refused == nil {
		return
	}
	e := x.event()
	for i := range d.Limits {
		if state := &d.Limits[i]; state.Violated {
			e.Limits = append(e.Limits, state.Limit.Name)
			e.Wait = max(e.Wait, state.Wait)
		}
	}
	if len(d.Limits) == 0 { // another Enforcer may keep them to itself
		e.Limits = limitNames(x.charges)
	}
	refused(x.ctx, e)
}

// tellDone tells of the answer. It runs also when a handler panicked.
func (x *Exchange) tellDone() {
	e := x.event()
	e.Duration = x.server.clock.Now().Sub(x.begin)
	x.server.observer.Done(x.ctx, e)
}
