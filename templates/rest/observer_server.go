package rest

import "github.com/limitgen/limitgen/templates/ratelimit"

// event returns the event of a request so far.
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

// tellRefused reports the limits that refused a request, and when it would fit into all of them.
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
	if len(d.Limits) == 0 { // an Enforcer of another package may omit them
		e.Limits = limitNames(x.charges)
	}
	refused(x.context(), e)
}

// tellDone reports the answer. It runs even if a handler panicked.
func (x *Exchange) tellDone() {
	e := x.event()
	e.Duration = x.server.clock.Now().Sub(x.begin)
	x.server.observer.Done(x.context(), e)
}
