package rest

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// announce sets the headers with the remaining quota of the tightest limit, or of all.
func (x *Exchange) announce(states []ratelimit.State) {
	if len(states) == 0 || x.server.noHeaders { // another Enforcer may report no states
		return
	}
	if x.table.own {
		x.announceOwn(states)
	}
	if !x.server.allHeaders {
		tightest := tightestOf(states)
		states = states[tightest : tightest+1]
	}
	x.setLimitHeaders(x.limitHeaders(states))
}

// setLimitHeaders sets RateLimit-Policy and RateLimit.
func (x *Exchange) setLimitHeaders(policy []string, remaining string) {
	header := x.w.Header()
	x.room = &answerRoom{context: handlerContext{x.context(), header, x.mediaType()}, remaining: [1]string{remaining}}
	header["Ratelimit-Policy"], header["Ratelimit"] = policy, x.room.remaining[:]
}

// tightestOf returns the index of the state with the least part of its limit left.
func tightestOf(states []ratelimit.State) int {
	tightest := 0
	for i := 1; i < len(states); i++ {
		if compareLeft(&states[i], &states[tightest]) < 0 {
			tightest = i
		}
	}
	return tightest
}

// compareLeft compares the parts of their limits that two states have left.
func compareLeft(a, b *ratelimit.State) int {
	// a/qa and b/qb, in floating point because quotas may be large
	return cmp.Compare(
		float64(a.Remaining)*float64(b.Limit.Capacity()),
		float64(b.Remaining)*float64(a.Limit.Capacity()))
}

// planned returns the rate that a state is of, or nil: an Enforcer may have limits of its own.
func (x *Exchange) planned(state *ratelimit.State) *plannedRate {
	of := x.of.stages
	for _, rates := range [...][]plannedRate{of.late.rates, of.early.rates} {
		for i := range rates {
			if &x.table.limits[rates[i].rate.Limit] == state.Limit {
				return &rates[i]
			}
		}
	}
	return nil
}

// limitHeaders returns RateLimit-Policy, and RateLimit: the remaining quota, the partition, and the
// time until more is available.
func (x *Exchange) limitHeaders(states []ratelimit.State) (policy []string, remaining string) {
	var space [160]byte
	var policies []byte
	out := space[:0]
	for i := range states {
		state := &states[i]
		p := x.planned(state)
		if i > 0 {
			out = append(out, ", "...)
		}
		switch {
		case p != nil && len(states) == 1:
			policy = x.table.texts[p.rate.Limit].policy
		default:
			policies = appendPolicy(policies, state.Limit)
		}
		if p != nil {
			out = append(out, x.table.texts[p.rate.Limit].begin...)
		} else {
			out = append(appendQuoted(out, state.Limit.Name), remainingKey...)
		}
		out = x.appendPartition(appendNumbers(out, state), p, state.Limit, state.Key)
	}
	if policy == nil {
		policy = []string{string(policies)}
	}
	return policy, string(out)
}

// remaining returns RateLimit for a state of the charge.
func (t *keyText) remaining(state *ratelimit.State) string {
	var space [160]byte
	return string(append(appendNumbers(append(space[:0], t.begin...), state), t.end...))
}

// appendNumbers appends what remains, and the time until more does.
func appendNumbers(out []byte, state *ratelimit.State) []byte {
	out = strconv.AppendInt(out, max(0, state.Remaining), 10)
	if !state.Limit.Concurrent() {
		out = strconv.AppendInt(append(out, ";t="...), problemTime(state.Reset), 10)
	}
	return out
}

// remainingKey is the parameter of RateLimit that follows a name.
const remainingKey = ";r="

// appendPolicy adds a limit as a quota and window, the only form in RateLimit-Policy.
func appendPolicy(out []byte, limit *ratelimit.Limit) []byte {
	l := limit.AsWindow()
	out = appendName(out, l.Name)
	out = strconv.AppendInt(append(out, ";q="...), l.Quota, 10)
	if l.Unit == "content-bytes" || l.Concurrent() { // the registered units
		out = append(append(append(out, `;qu="`...), l.Unit...), '"')
	}
	if l.Window > 0 {
		out = strconv.AppendInt(append(out, ";w="...), problemTime(l.Window), 10)
	}
	return out
}

// appendPartition appends the digest of a key as a parameter, if there is a key.
func (x *Exchange) appendPartition(out []byte, p *plannedRate, limit *ratelimit.Limit, key string) []byte {
	if key == "" {
		return out
	}
	out = append(out, ";pk=:"...)
	if p != nil && p.digest != "" && p.fixed == key {
		return append(append(out, p.digest...), ':')
	}
	salted := p != nil && p.salted
	if p == nil {
		op := x.view.op
		salted = slices.ContainsFunc(op.Rates, func(r Rate) bool {
			return x.server.config.Limits[r.Limit].Name == limit.Name && op.secret(r.Limit)
		})
	}
	return append(x.server.digests.append(out, key, salted), ':')
}

// appendName adds a policy's name as a structured field's string, after a comma unless it is the
// first.
func appendName(out []byte, name string) []byte {
	if len(out) > 0 {
		out = append(out, ", "...)
	}
	return appendQuoted(out, name)
}

// appendQuoted adds a quoted string of printable ASCII.
func appendQuoted(out []byte, name string) []byte {
	out = append(out, '"')
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ' || c > '~': // not allowed in such a string
			out = append(out, '?')
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// problemTime rounds up to whole seconds, so that a caller does not come back too early.
func problemTime(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64((d + time.Second - 1) / time.Second)
}
