package runtime

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// stages are an operation as the limits see it that are decided before authentication, and those
// after validation.
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

// admission is what was admitted while more is to be decided.
type admission struct {
	charges []Charge
	states  []State
	cancels []func() // give back what was charged
	release []func() // give back concurrent requests
	settled bool     // whether the meters have counted it
}

// admitEarly counts the request in those limits that need nothing but the connection. What follows
// may fail: then it stays counted, so that guessed credentials and malformed requests are limited
// too.
func (x *exchange) admitEarly() error {
	op := x.server.stages[x.at].early
	if len(op.rates) == 0 {
		return nil
	}
	charges, _, err := x.charge(op)
	if err != nil || len(charges) == 0 {
		return err
	}
	return x.reserve(charges)
}

// reserve admits charges that are given back should what is decided later refuse the request.
func (x *exchange) reserve(charges []Charge) error {
	var d Decision
	var cancel func()
	var err error
	if r, ok := x.server.enforcer.(Reserver); ok {
		d, cancel, err = r.Reserve(x.ctx, charges)
	} else {
		d, err = x.server.enforcer.Admit(x.ctx, charges)
	}
	if err != nil {
		return x.undecided(err)
	}
	if !d.Admitted {
		return x.refused(charges, &d)
	}
	e := &x.early
	e.charges, e.states = append(e.charges, charges...), append(e.states, d.Limits...)
	if cancel != nil {
		e.cancels = append(e.cancels, cancel)
	}
	if d.Release != nil {
		e.release = append(e.release, d.Release)
	}
	x.charges = e.charges
	return nil
}

// charge says what the request costs in the limits of op, which is a part of its operation. What it
// costs by a further credential is apart, since that has other keys, which a store may keep
// elsewhere.
func (x *exchange) charge(op *operation) (charges []Charge, further [][]Charge, err error) {
	if len(op.rates) == 0 {
		return nil, nil, nil
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
	charges, err = v.charges(x.table.limits)
	for i := 0; i < len(others) && err == nil; i++ {
		var more []Charge
		v.op, v.credential = x.server.stages[x.at].byCredential, others[i]
		if more, err = v.charges(x.table.limits); len(more) > 0 {
			further = append(further, more)
		}
	}
	switch {
	case err != nil:
		return nil, nil, costError(err)
	case x.server.unlimited:
		return nil, nil, nil
	}
	return charges, further, nil
}

// admit counts the request in the limits that are decided when all else is known, or fails with
// what is to be answered. What it holds is given back by release, which is nil when there is
// nothing.
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
	charges, further, err := x.charge(s.stages[x.at].late)
	if err != nil {
		return nil, err
	}
	for _, more := range further {
		if err := x.reserve(more); err != nil {
			return nil, err
		}
	}
	var d Decision
	if len(charges) > 0 {
		if d, err = s.enforcer.Admit(x.ctx, charges); err != nil {
			return nil, x.undecided(err)
		}
		if !d.Admitted {
			return nil, x.refused(charges, &d)
		}
		s.meter(charges, &d)
	}
	x.charges = charges
	states := d.Limits
	if len(x.early.charges) > 0 {
		x.charges = slices.Concat(x.early.charges, charges)
		states = slices.Concat(x.early.states, states)
		x.settleEarly()
	}
	if len(x.charges) > 0 {
		tellOr(x.ctx, s.observer.Admitted, x.event(), d.Done)
		x.announce(states)
	}
	return d.Release, nil
}

// undecided is what an Enforcer's error is answered with. Where it cannot tell, nothing stays
// spent.
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

// refused answers 429. The request spends nothing then, neither in the limits that would have
// admitted it.
func (x *exchange) refused(charges []Charge, d *Decision) error {
	x.cancelEarly()
	x.server.meter(charges, d)
	x.charges = charges
	x.tellRefused(d)
	x.refuse(d.Limits)
	return errSent
}

// cancelEarly gives back what was admitted so far.
func (x *exchange) cancelEarly() {
	if len(x.early.cancels) == 0 {
		x.settleEarly()
		return
	}
	for _, cancel := range x.early.cancels {
		cancel()
	}
	x.early.charges, x.early.cancels, x.charges = nil, nil, nil
}

// settleEarly counts once what was admitted early, when it is known to stay so.
func (x *exchange) settleEarly() {
	if charges := x.early.charges; len(charges) > 0 && !x.early.settled {
		x.early.settled = true
		x.server.meter(charges, &Decision{Admitted: true, Limits: x.early.states})
	}
}

// releaseEarly ends what an exchange holds since before authentication.
func (x *exchange) releaseEarly() {
	x.settleEarly()
	for _, release := range x.early.release {
		release()
	}
}

// errSent says that the answer has been given already.
var errSent = errors.New("answered")

func costError(err error) error { return badRequest(err.Error()) }
