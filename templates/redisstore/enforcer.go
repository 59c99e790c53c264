package redisstore

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Enforcer returns the store in the form that a server needs: replicas of the server then share
// counters. Give it to rest.WithEnforcer. Each decision is one round trip, whatever the number of
// limits.
func (s *Store) Enforcer() ratelimit.Enforcer { return enforcer{s} }

type enforcer struct{ store *Store }

// Admit admits all charges or none. Options.Fallback says what it does when Redis does not answer.
func (e enforcer) Admit(ctx context.Context, charges []ratelimit.Charge) (ratelimit.Decision, error) {
	d, _, err := e.admit(ctx, charges)
	return d, err
}

// admit is Admit, and returns the time of the decision by Redis's clock in microseconds; 0 if Redis
// did not decide.
func (e enforcer) admit(ctx context.Context, charges []ratelimit.Charge) (d ratelimit.Decision, at int64, err error) {
	s := e.store
	for i := range charges {
		c := &charges[i]
		if most := capacity(c.Limit); c.Cost > most {
			return ratelimit.Decision{}, 0, &ratelimit.LimitError{API: c.Limit.API, Limit: c.Limit.Name, Key: c.Key, Cost: c.Cost, Quota: most}
		}
	}
	s.announce()
	if s.options.Strict {
		if d, young := s.tooYoung(charges); young {
			return d, 0, nil
		}
	}
	q := newDecisionRequest(s, charges)
	d, err = q.ask(ctx)
	if err == nil && d.Admitted && s.options.Strict {
		if err = s.checkMarker(ctx); err == nil {
			if refused, young := s.tooYoung(charges); young {
				if release := s.hold(q); release != nil {
					release()
				}
				return refused, 0, nil
			}
		}
	}
	if err == nil {
		at = q.at
		if d.Admitted {
			d.Release = s.hold(q)
		}
		if d.Release == nil {
			q.free()
		}
		return d, at, nil
	}
	if ctx.Err() != nil {
		return ratelimit.Decision{}, 0, ctx.Err()
	}
	switch s.options.Fallback {
	case Open:
		return ratelimit.Decision{Admitted: true}, 0, nil
	case Local:
		// The share of the quota is unknown until the number of replicas is known.
		if parts := s.parts(); parts > 0 {
			return s.local.admit(charges, parts, s.clock), 0, nil
		}
	}
	return ratelimit.Decision{}, 0, err
}

// decisionRequest is one request for a decision by a script; charges of the same counter are
// merged.
type decisionRequest struct {
	store     *Store
	charges   []ratelimit.Charge
	names     []byte
	counterOf []int // the counter of each charge
	keys      []string
	kinds     []byte
	costs     []int64
	limits    []*ratelimit.Limit

	until time.Time  // deadline while it waits in a queue
	done  chan error // receives the result of its batch
	reply string     // its part of rollingScript's reply; "" if none
	at    int64      // time of the decision by Redis's clock, in microseconds
}

func newDecisionRequest(s *Store, charges []ratelimit.Charge) *decisionRequest {
	q, ok := s.requests.Get().(*decisionRequest)
	if !ok {
		q = &decisionRequest{done: make(chan error, 1)}
	}
	q.store, q.charges = s, charges
	q.names, q.counterOf, q.keys, q.kinds, q.costs, q.limits = q.names[:0], q.counterOf[:0], q.keys[:0], q.kinds[:0], q.costs[:0], q.limits[:0]
	for i := range charges {
		c := &charges[i]
		q.names = appendName(q.names, s.options.Prefix, kindOf(c.Limit), c.Limit, c.Key)
		q.counterOf = append(q.counterOf, len(q.names)) // until the loop below: the end of the name
	}
	names, from := string(q.names), 0
	for i := range charges {
		c := &charges[i]
		name := names[from:q.counterOf[i]]
		from = q.counterOf[i]
		at := slices.Index(q.keys, name)
		if at < 0 {
			at = len(q.keys)
			q.keys, q.kinds = append(q.keys, name), append(q.kinds, kindOf(c.Limit))
			q.costs, q.limits = append(q.costs, 0), append(q.limits, c.Limit)
		}
		q.costs[at] += max(c.Cost, 0)
		q.counterOf[i] = at
	}
	return q
}

// free returns q to the pool; the caller must not use it afterwards.
func (q *decisionRequest) free() {
	pool := &q.store.requests
	q.store, q.charges, q.reply, q.at = nil, nil, "", 0
	clear(q.keys)
	clear(q.limits)
	pool.Put(q)
}

// rolls reports whether rollingScript can decide.
func (q *decisionRequest) rolls() bool {
	return len(q.keys) <= maxCounters && !slices.ContainsFunc(q.kinds, func(kind byte) bool { return kind != 'r' })
}

// ask gets the decision from Redis.
func (q *decisionRequest) ask(ctx context.Context) (ratelimit.Decision, error) {
	if q.rolls() {
		err := q.store.try(ctx, false, func(until time.Time) error { return q.store.coalescer.ask(ctx, until, q) })
		if err != nil {
			return ratelimit.Decision{}, err
		}
		if q.reply != "" {
			return q.rollingDecision(), nil
		}
	}
	reply, err := q.store.run(ctx, decideScript, q.keys, q.args(), false)
	if err != nil {
		return ratelimit.Decision{}, err
	}
	return q.decision(reply)
}

// args are the arguments of decideScript.
func (q *decisionRequest) args() []string {
	var args []string
	for i, l := range q.limits {
		span, more := itoa(l.Window.Microseconds()), ""
		switch q.kinds[i] {
		case 'b':
			more = itoa(l.Burst)
		case 'c':
			span, more = itoa(holdLease.Milliseconds()), q.store.id
		}
		args = append(args, string(q.kinds[i]), itoa(q.costs[i]), itoa(l.Quota), span, more)
	}
	return args
}

// decision reads the script's reply.
func (q *decisionRequest) decision(reply string) (ratelimit.Decision, error) {
	numbers := make([]int64, 0, 4*len(q.keys)+1)
	for text := range strings.FieldsSeq(reply) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return ratelimit.Decision{}, errReply
		}
		numbers = append(numbers, n)
	}
	if len(numbers) != 4*len(q.keys)+1 {
		return ratelimit.Decision{}, errReply
	}
	q.at = numbers[4*len(q.keys)]
	d := ratelimit.Decision{Admitted: true, Limits: make([]ratelimit.State, len(q.charges))}
	for i := range q.charges {
		c, n := &q.charges[i], numbers[4*q.counterOf[i]:]
		d.Limits[i] = ratelimit.State{
			Limit: c.Limit, Key: c.Key, Cost: c.Cost, Violated: n[0] == 1, Remaining: n[1],
			Reset: time.Duration(n[2]) * time.Microsecond, Wait: time.Duration(n[3]) * time.Microsecond,
		}
		d.Admitted = d.Admitted && n[0] == 0
	}
	return d, nil
}

// kindOf returns the kind of a limit's counter.
func kindOf(l *ratelimit.Limit) byte {
	switch {
	case l.Concurrent():
		return 'c'
	case l.UTC:
		return 'u'
	case l.Burst > 0:
		return 'b'
	}
	return 'r'
}

// capacity is the largest cost that can ever be admitted.
func capacity(l *ratelimit.Limit) int64 {
	if kindOf(l) == 'b' {
		return l.Burst
	}
	return l.Quota
}
