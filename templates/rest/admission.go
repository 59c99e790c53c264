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
	early, late  stage
	byCredential []plannedRate // of late, those keyed by credential
	identity     bool          // whether a rate is keyed by it
	numbers      []Expr        // parameters that keys read as numbers
}

// stage has rates that are decided together, and says what their partition keys contain.
type stage struct {
	rates               []plannedRate
	address, credential bool
	byPath              bool   // keys consist of values of the path alone, if of any; see keySets
	paths               []int  // the indexes of those values
	number              uint64 // among all of the server
}

// stagesOf splits the rates of an operation.
func stagesOf(op *Operation) stages {
	of := func(early bool) stage {
		rates := planRates(op, func(r *Rate) bool { return r.Early == early })
		out := stage{rates: rates, address: countedBy(rates, DimClientIP), credential: countedBy(rates, DimCredential)}
		out.paths, out.byPath = pathsOf(rates)
		return out
	}
	out := stages{early: of(true), late: of(false), identity: op.counts(DimIdentity) >= 0, numbers: op.numericKeys()}
	if out.late.credential {
		out.byCredential = planRates(op, func(r *Rate) bool {
			return !r.Early && slices.ContainsFunc(r.Key, func(d Dimension) bool { return d.Kind == DimCredential })
		})
	}
	return out
}

// countedBy reports whether the key of a rate has a dimension.
func countedBy(rates []plannedRate, kind DimensionKind) bool {
	return slices.ContainsFunc(rates, func(p plannedRate) bool {
		return slices.ContainsFunc(p.rate.Key, func(d Dimension) bool { return d.Kind == kind })
	})
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
	if !x.of.early {
		return nil
	}
	early := &x.of.stages.early
	charges, err := x.charge(early, x.known(early), make([]ratelimit.Charge, 0, len(early.rates)))
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
		d, cancel, err = r.Reserve(x.context(), charges)
	} else {
		d, err = x.server.enforcer.Admit(x.context(), charges)
	}
	if err != nil {
		return x.undecided(err)
	}
	if !d.Admitted {
		return x.refused(charges, &d, false)
	}
	e := &x.early
	x.counted = true
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

// charge appends what the request costs in the limits of a stage. known is what is remembered of
// the stage, or nil.
func (x *Exchange) charge(at *stage, known *keySet, charges []ratelimit.Charge) ([]ratelimit.Charge, error) {
	s := x.server
	if at.address {
		x.counted = true
		x.view.clientIP = clientAddress(x.r, s.proxies, cmp.Or(s.prefix, s.config.IPv6))
	}
	if at.credential {
		x.counted, x.view.credential, x.others = true, "", nil
		if all := x.credentials(); len(all) > 0 {
			x.view.credential, x.others = all[0], all[1:]
		}
	}
	charges, err := x.view.appendPlanned(charges, x.table.limits, at.rates, known)
	switch {
	case err != nil:
		return nil, costError(err)
	case s.unlimited:
		return nil, nil
	}
	return charges, nil
}

// reserveOthers counts the request by its further credentials. These costs are separate, because a
// store may keep their keys elsewhere.
func (x *Exchange) reserveOthers() error {
	var all [][]ratelimit.Charge
	for _, x.view.credential = range x.others {
		charges, err := x.view.appendPlanned(nil, x.table.limits, x.of.stages.byCredential, nil)
		if err != nil {
			return costError(err)
		}
		all = append(all, charges)
	}
	for _, charges := range all {
		if len(charges) == 0 || x.server.unlimited {
			continue
		}
		if err := x.reserve(charges); err != nil {
			return err
		}
	}
	return nil
}

// admit counts the request in the limits decided after validation, or fails with the error to
// answer. release ends the concurrent requests that it holds; it is nil if there are none.
func (x *Exchange) admit() (release func(), err error) {
	if !x.of.limited {
		return nil, nil
	}
	s, of := x.server, x.of.stages
	if of.identity && !s.unlimited {
		if err := x.unnamed(); err != nil {
			return nil, err
		}
	}
	if s.gate != nil && len(of.late.rates) <= mostInline {
		known := x.known(&of.late)
		if known != nil && known.costs != nil {
			return x.admitKnown(known)
		}
		return x.admitInline(&of.late, known)
	}
	charges, err := x.charge(&of.late, x.known(&of.late), nil)
	if err != nil {
		return nil, err
	}
	if err := x.reserveOthers(); err != nil {
		return nil, err
	}
	var d ratelimit.Decision
	if len(charges) > 0 {
		if d, err = s.enforcer.Admit(x.context(), charges); err != nil {
			return nil, x.undecided(err)
		}
		if !d.Admitted {
			return nil, x.refused(charges, &d, false)
		}
		s.meters.Decided(charges, &d)
	}
	x.admitted(charges, d.Limits, d.Done)
	return d.Release, nil
}

// mostInline is how many charges a decision on the stack can have.
const mostInline = 4

// admitInline is admit for a Gate, which retains neither charges nor states: both are on the stack.
func (x *Exchange) admitInline(late *stage, known *keySet) (release func(), err error) {
	var chargeRoom [mostInline]ratelimit.Charge
	var stateRoom [mostInline]ratelimit.State
	charges, err := x.charge(late, known, chargeRoom[:0])
	if err != nil {
		return nil, err
	}
	if err := x.reserveOthers(); err != nil {
		return nil, err
	}
	s, states := x.server, stateRoom[:len(charges)]
	if len(charges) > 0 {
		if err := x.context().Err(); err != nil {
			return nil, x.undecided(err) // the caller no longer waits, so nothing is spent
		}
		var admitted bool
		if admitted, release, err = s.meters.DecideBy(s.gate, charges, states); err != nil {
			return nil, x.undecided(err)
		}
		for i := range charges {
			stateRoom[i].Limit, stateRoom[i].Key = chargeRoom[i].Limit, chargeRoom[i].Key
		}
		if !admitted {
			return nil, x.refused(slices.Clone(charges), &ratelimit.Decision{Limits: slices.Clone(states)}, true)
		}
	}
	if x.unwatched() {
		x.announce(states)
		return release, nil
	}
	done := ratelimit.Decision{Release: release}.Done
	x.admitted(slices.Clone(charges), slices.Clone(states), done)
	return release, nil
}

// unwatched reports whether the charges of the last decision are of no further use.
func (x *Exchange) unwatched() bool {
	o := &x.server.observer
	return len(x.early.charges) == 0 && o.Admitted == nil && o.Done == nil
}

// admitKnown is admitInline for charges that are remembered.
func (x *Exchange) admitKnown(known *keySet) (release func(), err error) {
	if err := x.context().Err(); err != nil {
		return nil, x.undecided(err)
	}
	s, charges := x.server, known.costs.Charges()
	var room [mostInline]ratelimit.State
	states := room[:len(charges)]
	admitted, release := s.meters.DecidePrepared(s.gate, known.costs, states)
	for i := range charges {
		room[i].Limit, room[i].Key = charges[i].Limit, charges[i].Key
	}
	switch {
	case !admitted:
		return nil, x.refused(slices.Clone(charges), &ratelimit.Decision{Limits: slices.Clone(states)}, true)
	case !x.unwatched():
		x.admitted(slices.Clone(charges), slices.Clone(states), ratelimit.Decision{Release: release}.Done)
	case s.allHeaders || s.noHeaders || x.table.own:
		x.announce(states)
	default:
		at := tightestOf(states)
		x.setLimitHeaders(known.texts[at].policy, known.texts[at].remaining(&states[at]))
	}
	return release, nil
}

// admitted tells that the request is within its limits; undo ends what it holds if that panics.
func (x *Exchange) admitted(charges []ratelimit.Charge, states []ratelimit.State, undo func()) {
	x.counted, x.charges = true, charges
	if len(x.early.charges) > 0 {
		x.charges = slices.Concat(x.early.charges, charges)
		states = slices.Concat(x.early.states, states)
		x.settleEarly()
	}
	if len(x.charges) > 0 {
		if s := x.server; s.observer.Admitted != nil {
			tellOr(x.context(), s.observer.Admitted, x.event(), undo)
		}
		x.announce(states)
	}
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
// it. metered says that the meters have counted the decision.
func (x *Exchange) refused(charges []ratelimit.Charge, d *ratelimit.Decision, metered bool) error {
	x.cancelEarly()
	if !metered {
		x.server.meters.Decided(charges, d)
	}
	x.counted, x.charges = true, charges
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

// releaseAll ends the concurrent requests that the request holds.
func (x *Exchange) releaseAll() {
	if !x.counted {
		return
	}
	if x.release != nil {
		x.release()
	}
	x.settleEarly()
	for _, release := range x.early.release {
		release()
	}
}

// errSent says that the answer has been given already.
var errSent = errors.New("answered")

func costError(err error) error { return badRequest(err.Error()) }
