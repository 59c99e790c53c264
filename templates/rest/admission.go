package rest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// stages splits an operation's rates into those decided before authentication and those decided
// after validation.
type stages struct {
	early, late  *Operation
	byCredential *Operation // the rates of late keyed by credential; nil without such rates

	ofEarly, ofLate keyParts
	identity        bool   // whether a rate is keyed by it
	numbers         []Expr // parameters that keys read as numbers
}

// keyParts says what the partition keys of some rates contain.
type keyParts struct{ address, credential bool }

func countedBy(op *Operation) keyParts {
	return keyParts{address: op.counts(DimClientIP) >= 0, credential: op.counts(DimCredential) >= 0}
}

// stagesOf splits the rates of an operation. The parts share its other fields.
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
	out.numbers = op.numericKeys()
	if out.ofLate.credential {
		out.byCredential = with(func(r *Rate) bool {
			return !r.Early && slices.ContainsFunc(r.Key, func(d Dimension) bool { return d.Kind == DimCredential })
		})
	}
	return out
}

// admission records what was admitted before the last decision.
type admission struct {
	charges []ratelimit.Charge
	states  []ratelimit.State
	cancels []func() // return what was charged
	release []func() // end concurrent requests
	settled bool     // whether the meters have counted it
}

// admitEarly counts the request in the limits that need only the connection. If a later step fails,
// the request stays counted, so that guessed credentials and malformed requests are limited too.
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

// reserve admits charges that are returned if a later decision refuses the request.
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

// charge returns what the request costs in the limits of op, which is a part of its operation. The
// costs by a further credential are separate, because a store may keep their keys elsewhere.
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
	if _, ok := x.server.enforcer.(*ratelimit.Gate); ok && op == x.server.stages[x.at].late { // others may retain them
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

// admit counts the request in the limits decided after validation, or fails with the error to
// answer. release ends the concurrent requests that it holds; it is nil if there are none.
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

// decideLate asks the Enforcer. A Gate writes into the exchange's own buffers.
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

// undecided returns the answer for an Enforcer's error. An Enforcer that cannot decide spends
// nothing.
func (x *Exchange) undecided(err error) error {
	// A cost above the quota can never be admitted: the caller's mistake, not a refusal.
	var cost *ratelimit.CostError
	var never *ratelimit.LimitError
	if errors.As(err, &cost) || errors.As(err, &never) {
		return costError(err)
	}
	x.cancelEarly()
	x.log(fmt.Errorf("limits: %w", err))
	return &APIError{StatusCode: http.StatusServiceUnavailable}
}

// refused answers 429. The request then spends nothing, not even in limits that would have admitted
// it.
func (x *Exchange) refused(charges []ratelimit.Charge, d *ratelimit.Decision) error {
	x.cancelEarly()
	x.server.meters.Decided(charges, d)
	x.charges = charges
	x.tellRefused(d)
	x.refuse(d.Limits)
	return errSent
}

// cancelEarly returns what was admitted so far.
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

// settleEarly counts, once, early admissions that are final.
func (x *Exchange) settleEarly() {
	if charges := x.early.charges; len(charges) > 0 && !x.early.settled {
		x.early.settled = true
		x.server.meters.Decided(charges, &ratelimit.Decision{Admitted: true, Limits: x.early.states})
	}
}

// releaseEarly ends the concurrent requests held since before authentication.
func (x *Exchange) releaseEarly() {
	x.settleEarly()
	for _, release := range x.early.release {
		release()
	}
}

// errSent says that the answer has been given already.
var errSent = errors.New("answered")

func costError(err error) error { return badRequest(err.Error()) }
