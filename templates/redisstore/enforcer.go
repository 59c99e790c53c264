package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	api "github.com/limitgen/limitgen/templates/runtime"
)

// Enforcer returns the store as a server needs it: replicas of the server then share counters. Give it to
// WithServerLimiter. Each decision is one round trip, whatever the number of limits.
func (s *Store) Enforcer() api.Enforcer { return enforcer{s} }

type enforcer struct{ store *Store }

// Admit admits all charges or none. See Options.Fallback for what it does when Redis does not answer.
func (e enforcer) Admit(ctx context.Context, charges []api.Charge) (api.Decision, error) {
	s := e.store
	for i := range charges {
		c := &charges[i]
		if most := capacity(c.Limit); c.Cost > most {
			return api.Decision{}, &api.LimitError{Limit: c.Limit.Name, Key: c.Key, Cost: c.Cost, Quota: most}
		}
	}
	s.announce()
	q := newQuestion(s, charges)
	reply, err := s.run(ctx, decideScript, q.keys, q.args)
	if err == nil {
		var d api.Decision
		if d, err = q.decision(reply); err == nil {
			if d.Admitted {
				d.Release = s.hold(q)
				if parts := s.parts(); parts > 0 && s.options.Fallback == Local {
					s.local.note(charges, parts, s.clock)
				}
			}
			return d, nil
		}
	}
	if ctx.Err() != nil {
		return api.Decision{}, ctx.Err()
	}
	switch s.options.Fallback {
	case Open:
		return api.Decision{Admitted: true}, nil
	case Local:
		// While nobody knows with how many others the quota is shared, there is no part of it to go by.
		if parts := s.parts(); parts > 0 {
			return s.local.admit(charges, parts, s.clock), nil
		}
	}
	return api.Decision{}, err
}

// question is one request as the script is asked about it: charges in the same counter are one.
type question struct {
	charges    []api.Charge
	of         []int // the counter of each charge
	keys, args []string
	kinds      []byte
	costs      []int64
}

const words = 5 // in the script's arguments, for each counter

func newQuestion(s *Store, charges []api.Charge) *question {
	n := len(charges)
	q := &question{charges: charges, of: make([]int, 0, n), keys: make([]string, 0, n), args: make([]string, 0, n*words)}
	for i := range charges {
		c := &charges[i]
		kind := kindOf(c.Limit)
		name := nameOf(s.options.Prefix, tagParts, kind, c.Limit, c.Key)
		at := -1
		for j, k := range q.keys {
			if k == name {
				at = j
			}
		}
		cost := max(c.Cost, 0)
		if at >= 0 {
			q.costs[at] += cost
			q.args[at*words+1] = itoa(q.costs[at])
			q.of = append(q.of, at)
			continue
		}
		q.of = append(q.of, len(q.keys))
		q.keys, q.kinds, q.costs = append(q.keys, name), append(q.kinds, kind), append(q.costs, cost)
		span, more := itoa(c.Limit.Window.Microseconds()), ""
		switch kind {
		case 'b':
			more = itoa(c.Limit.Burst)
		case 'c':
			span, more = itoa(holdLease.Milliseconds()), s.id
		}
		q.args = append(q.args, string(kind), itoa(cost), itoa(c.Limit.Quota), span, more)
	}
	return q
}

// decision reads the script's reply.
func (q *question) decision(reply string) (api.Decision, error) {
	numbers := make([]int64, 0, 4*len(q.keys))
	for text := range strings.FieldsSeq(reply) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return api.Decision{}, fmt.Errorf("redisstore: reply %q", reply)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) != 4*len(q.keys) {
		return api.Decision{}, fmt.Errorf("redisstore: reply %q", reply)
	}
	d := api.Decision{Admitted: true, Limits: make([]api.State, len(q.charges))}
	for i := range q.charges {
		c, n := &q.charges[i], numbers[4*q.of[i]:]
		d.Limits[i] = api.State{
			Limit: c.Limit, Key: c.Key, Cost: c.Cost, Violated: n[0] == 1, Remaining: n[1],
			Reset: time.Duration(n[2]) * time.Microsecond, Wait: time.Duration(n[3]) * time.Microsecond,
		}
		d.Admitted = d.Admitted && n[0] == 0
	}
	return d, nil
}

// kindOf tells how a limit is counted.
func kindOf(l *api.Limit) byte {
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
func capacity(l *api.Limit) int64 {
	if kindOf(l) == 'b' {
		return l.Burst
	}
	return l.Quota
}
