package rest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// stages are an operation as the limits see it that are decided before authentication, and those
// after validation.
type stages struct {
	early, late  *Operation
	byCredential *Operation // the rates of late that count by credential; nil without such rates

	ofEarly, ofLate keyParts
	identity        bool // whether a rate counts by it
}

// keyParts is what the keys of some rates are made of.
type keyParts struct{ address, credential bool }

func countedBy(op *Operation) keyParts {
	return keyParts{address: op.counts(DimClientIP) >= 0, credential: op.counts(DimCredential) >= 0}
}

// stagesOf splits the rates of an operation. What they are the same in is shared.
func stagesOf(op *Operation) stages {
	with := func(in func(r *Rate) bool) *Operation {
		part := *op
		part.Rates = nil
		for i := range op.Rates {
			if in(&op.Rates[i]) {
				part.Rates = append(part.Rates, op.Rates[i])
			}
		}
		return &part
	}
	out := stages{early: with(func(r *Rate) bool { return r.Early }), late: op}
	if len(out.early.Rates) > 0 {
		out.late = with(func(r *Rate) bool { return !r.Early })
	}
	out.ofEarly, out.ofLate, out.identity = countedBy(out.early), countedBy(out.late), op.counts(DimIdentity) >= 0
	if out.ofLate.credential {
		out.byCredential = with(func(r *Rate) bool {
			return !r.Early && slices.ContainsFunc(r.Key, func(d Dimension) bool { return d.Kind == DimCredential })
		})
	}
	return out
}

// admission is what was admitted while more is to be decided.
type admission struct {
	charges []ratelimit.Charge
	states  []ratelimit.State
	cancels []func() // give back what was charged
	release []func() // give back concurrent requests
	settled bool     // whether the meters have counted it
}

// admitEarly counts the request in those limits that need nothing but the connection. What follows
// may fail: then it stays counted, so that guessed credentials and malformed requests are limited
// too.
func (x *Exchange) admitEarly() error {
	op := x.server.stages[x.at].early
	if len(op.Rates) == 0 {
		return nil
	}
	charges, _, err := x.charge(op)
	if err != nil || len(charges) == 0 {
		return err
	}
	return x.reserve(charges)
}

// reserve admits charges that are given back should what is decided later refuse the request.
func (x *Exchange) reserve(charges []ratelimit.Charge) error {
	var d ratelimit.Decision
	var cancel func()
	var err error
	if r, ok := x.server.enforcer.(ratelimit.Reserver); ok {
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
func (x *Exchange) charge(op *Operation) (charges []ratelimit.Charge, further [][]ratelimit.Charge, err error) {
	if len(op.Rates) == 0 {
		return nil, nil, nil
	}
	v := x.view
	v.op = op
	by := x.server.stages[x.at].ofLate
	if op == x.server.stages[x.at].early {
		by = x.server.stages[x.at].ofEarly
	}
	if by.address {
		v.clientIP = clientAddress(x.r, x.server.proxies, cmp.Or(x.server.prefix, x.server.config.IPv6))
	}
	var others []string
	if by.credential {
		if all := x.credentials(); len(all) > 0 {
			v.credential, others = all[0], all[1:]
		}
	}
	var room []ratelimit.Charge
	if _, ok := x.server.enforcer.(*ratelimit.Gate); ok && op == x.server.stages[x.at].late { // another Enforcer may keep them
		if x.room == nil {
			x.room = new(exchangeRoom)
		}
		room = x.room.charges[:0]
	}
	charges, err = v.appendCharges(room, x.table.limits)
	for i := 0; i < len(others) && err == nil; i++ {
		var more []ratelimit.Charge
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
func (x *Exchange) admit() (release func(), err error) {
	s := x.server
	if len(x.view.op.Rates) == 0 {
		return nil, nil
	}
	if s.stages[x.at].identity && !s.unlimited {
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
	var d ratelimit.Decision
	if len(charges) > 0 {
		if d, err = x.decideLate(charges); err != nil {
			return nil, x.undecided(err)
		}
		if !d.Admitted {
			return nil, x.refused(charges, &d)
		}
		s.meters.Decided(charges, &d)
	}
	x.charges = charges
	states := d.Limits
	if len(x.early.charges) > 0 {
		x.charges = slices.Concat(x.early.charges, charges)
		states = slices.Concat(x.early.states, states)
		x.settleEarly()
	}
	if len(x.charges) > 0 {
		if s.observer.Admitted != nil {
			tellOr(x.ctx, s.observer.Admitted, x.event(), d.Done)
		}
		x.announce(states)
	}
	return d.Release, nil
}

// decideLate asks the Enforcer. A Gate needs no room of its own.
func (x *Exchange) decideLate(charges []ratelimit.Charge) (ratelimit.Decision, error) {
	g, ok := x.server.enforcer.(*ratelimit.Gate)
	if !ok {
		return x.server.enforcer.Admit(x.ctx, charges)
	}
	if err := x.ctx.Err(); err != nil {
		return ratelimit.Decision{}, err // the caller no longer waits, so nothing is spent
	}
	return g.Decide(charges, x.room.states[:0])
}

// undecided is what an Enforcer's error is answered with. Where it cannot tell, nothing stays
// spent.
func (x *Exchange) undecided(err error) error {
	// A cost that no wait can make room for is the caller's mistake, not a refusal.
	var cost *ratelimit.CostError
	var never *ratelimit.LimitError
	if errors.As(err, &cost) || errors.As(err, &never) {
		return costError(err)
	}
	x.cancelEarly()
	x.log(fmt.Errorf("limits: %w", err))
	return &APIError{StatusCode: http.StatusServiceUnavailable}
}

// refused answers 429. The request spends nothing then, neither in the limits that would have
// admitted it.
func (x *Exchange) refused(charges []ratelimit.Charge, d *ratelimit.Decision) error {
	x.cancelEarly()
	x.server.meters.Decided(charges, d)
	x.charges = charges
	x.tellRefused(d)
	x.refuse(d.Limits)
	return errSent
}

// cancelEarly gives back what was admitted so far.
func (x *Exchange) cancelEarly() {
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
func (x *Exchange) settleEarly() {
	if charges := x.early.charges; len(charges) > 0 && !x.early.settled {
		x.early.settled = true
		x.server.meters.Decided(charges, &ratelimit.Decision{Admitted: true, Limits: x.early.states})
	}
}

// releaseEarly ends what an exchange holds since before authentication.
func (x *Exchange) releaseEarly() {
	x.settleEarly()
	for _, release := range x.early.release {
		release()
	}
}

// errSent says that the answer has been given already.
var errSent = errors.New("answered")

func costError(err error) error { return badRequest(err.Error()) }
