package runtime

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// stages are an operation as the limits see it that are decided before authentication, and those after validation.
type stages struct {
	early, late  *operation
	byCredential *operation // the rates of late that count by credential; nil when there are none
}

// stagesOf splits the rates of an operation. What they are the same in is shared.
func stagesOf(op *operation) stages {
	with := func(in func(r *rate) bool) *operation {
		part := *op
		part.rates = nil
		for i := range op.rates {
			if in(&op.rates[i]) {
				part.rates = append(part.rates, op.rates[i])
			}
		}
		return &part
	}
	out := stages{early: with(func(r *rate) bool { return r.early }), late: op}
	if len(out.early.rates) > 0 {
		out.late = with(func(r *rate) bool { return !r.early })
	}
	if out.late.counts(dimCredential) >= 0 {
		out.byCredential = with(func(r *rate) bool {
			return !r.early && slices.ContainsFunc(r.key, func(d dimension) bool { return d.kind == dimCredential })
		})
	}
	return out
}

// admission is what the early limits admitted.
type admission struct {
	charges []Charge
	states  []State
	cancel  func() // gives back what was charged; nil when that cannot be
	release func() // gives back concurrent requests
	settled bool   // whether the meters have counted it
}

// admitEarly counts the request in those limits that need nothing but the connection. What follows may fail: then it
// stays counted, so that guessed credentials and malformed requests are limited too.
func (x *exchange) admitEarly() error {
	op := x.server.stages[x.at].early
	if len(op.rates) == 0 {
		return nil
	}
	charges, err := x.charge(op)
	if err != nil || len(charges) == 0 {
		return err
	}
	d, cancel, err := x.reserve(charges)
	if err != nil {
		return x.undecided(err)
	}
	if !d.Admitted {
		return x.refused(charges, &d)
	}
	x.early = admission{charges: charges, states: d.Limits, cancel: cancel, release: d.Release}
	x.charges = charges
	return nil
}

func (x *exchange) reserve(charges []Charge) (Decision, func(), error) {
	if r, ok := x.server.enforcer.(Reserver); ok {
		return r.Reserve(x.ctx, charges)
	}
	d, err := x.server.enforcer.Admit(x.ctx, charges)
	return d, nil, err
}

// charge says what the request costs in the limits of op, which is a part of its operation.
func (x *exchange) charge(op *operation) ([]Charge, error) {
	if len(op.rates) == 0 {
		return nil, nil
	}
	v := x.view
	v.op = op
	if op.counts(dimClientIP) >= 0 {
		v.clientIP = clientAddress(x.r, x.server.proxies, cmp.Or(x.server.prefix, x.server.ipv6))
	}
	var others []string
	if op.counts(dimCredential) >= 0 {
		if all := x.credentials(); len(all) > 0 {
			v.credential, others = all[0], all[1:]
		}
	}
	charges, err := v.charges(x.table.limits)
	for _, other := range others {
		if err != nil {
			break
		}
		var more []Charge
		v.op, v.credential = x.server.stages[x.at].byCredential, other
		more, err = v.charges(x.table.limits)
		charges = append(charges, more...)
	}
	if err != nil {
		return nil, costError(err)
	}
	if x.server.unlimited {
		return nil, nil
	}
	return charges, nil
}

// admit counts the request in the limits that are decided when all else is known, or fails with what is to be
// answered. What it holds is given back by release, which is nil when there is nothing.
func (x *exchange) admit() (release func(), err error) {
	s := x.server
	if len(x.view.op.rates) == 0 {
		return nil, nil
	}
	if !s.unlimited {
		if err := x.unnamed(); err != nil {
			return nil, err
		}
	}
	charges, err := x.charge(s.stages[x.at].late)
	if err != nil {
		return nil, err
	}
	if len(charges) == 0 {
		if len(x.early.charges) > 0 {
			x.settleEarly()
			tellOr(x.ctx, s.observer.Admitted, x.event(), func() {})
			x.announce(x.early.states)
		}
		return nil, nil
	}
	decision, err := s.enforcer.Admit(x.ctx, charges)
	if err != nil {
		return nil, x.undecided(err)
	}
	if !decision.Admitted {
		return nil, x.refused(charges, &decision)
	}
	s.meter(charges, &decision)
	x.charges = charges
	states := decision.Limits
	if len(x.early.charges) > 0 {
		x.charges = slices.Concat(x.early.charges, charges)
		states = slices.Concat(x.early.states, states)
	}
	x.settleEarly()
	tellOr(x.ctx, s.observer.Admitted, x.event(), decision.Done)
	x.announce(states)
	return decision.Release, nil
}

// undecided is what an Enforcer's error is answered with. Where it cannot tell, nothing stays spent.
func (x *exchange) undecided(err error) error {
	// A cost that no wait can make room for is the caller's mistake, not a refusal.
	var cost *CostError
	var never *LimitError
	if errors.As(err, &cost) || errors.As(err, &never) {
		return costError(err)
	}
	x.cancelEarly()
	x.log(fmt.Errorf("limits: %w", err))
	return &APIError{StatusCode: http.StatusServiceUnavailable}
}

// refused answers 429. The request spends nothing then, neither in the limits that would have admitted it.
func (x *exchange) refused(charges []Charge, d *Decision) error {
	x.cancelEarly()
	x.server.meter(charges, d)
	x.charges = charges
	x.tellRefused(d)
	x.refuse(d.Limits)
	return errSent
}

// cancelEarly gives back what the early limits admitted.
func (x *exchange) cancelEarly() {
	if x.early.cancel != nil {
		x.early.cancel()
		x.early.charges, x.charges = nil, nil
	}
	x.settleEarly()
}

// settleEarly counts once what the early limits admitted, when it is known to stay so.
func (x *exchange) settleEarly() {
	if charges := x.early.charges; len(charges) > 0 && !x.early.settled {
		x.early.settled = true
		x.server.meter(charges, &Decision{Admitted: true, Limits: x.early.states})
	}
}

// releaseEarly ends what an exchange holds since before authentication.
func (x *exchange) releaseEarly() {
	x.settleEarly()
	if x.early.release != nil {
		x.early.release()
	}
}

// errSent says that the answer has been given already.
var errSent = errors.New("answered")

func costError(err error) error { return badRequest(err.Error()) }
