package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// announce sets the headers with the remaining quota of the tightest limit, or of all.
func (x *Exchange) announce(states []ratelimit.State) {
	if len(states) == 0 || x.server.noHeaders { // another Enforcer may report no states
		return
	}
	x.announceOwn(states)
	header := x.w.Header()
	if !x.server.allHeaders {
		tightest := 0
		for i := range states {
			a, b := &states[i], &states[tightest]
			// a/qa < b/qb, in floating point because quotas may be large
			if float64(a.Remaining)*float64(b.Limit.Capacity()) < float64(b.Remaining)*float64(a.Limit.Capacity()) {
				tightest = i
			}
		}
		states = states[tightest : tightest+1]
	}
	lines := x.headerLines()
	lines[3], lines[4] = x.policyHeader(states), x.limitHeader(states)
	header["Ratelimit-Policy"], header["Ratelimit"] = lines[3:4:4], lines[4:5:5]
}

// headerLines holds the values of an answer's headers: three of its content, and two of its limits.
// Header maps refer to it after the exchange.
func (x *Exchange) headerLines() *[5]string {
	if x.lines == nil {
		x.lines = new([5]string)
	}
	return x.lines
}

// policyHeader returns RateLimit-Policy. The value for a single limit of the server's own is
// precomputed.
func (x *Exchange) policyHeader(states []ratelimit.State) string {
	if len(states) == 1 {
		for _, r := range x.view.op.Rates {
			if &x.table.limits[r.Limit] == states[0].Limit {
				return x.table.policies[r.Limit]
			}
		}
	}
	var out []byte
	for i := range states {
		out = appendPolicy(out, states[i].Limit)
	}
	return string(out)
}

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

// limitHeader returns RateLimit: the remaining quota, the partition, and the time until more is
// available.
func (x *Exchange) limitHeader(states []ratelimit.State) string {
	var space [160]byte
	out := space[:0]
	for i := range states {
		state := &states[i]
		out = x.appendLimit(out, state.Limit)
		out = strconv.AppendInt(append(out, ";r="...), max(0, state.Remaining), 10)
		if !state.Limit.Concurrent() {
			out = strconv.AppendInt(append(out, ";t="...), problemTime(state.Reset), 10)
		}
		if state.Key != "" {
			out = append(out, ";pk=:"...)
			hash := x.server.keyHash(x.view.op, state)
			out = base64.StdEncoding.AppendEncode(out, hash[:])
			out = append(out, ':')
		}
	}
	return string(out)
}

// appendLimit is appendName, with precomputed text for the server's own limits.
func (x *Exchange) appendLimit(out []byte, l *ratelimit.Limit) []byte {
	for _, r := range x.view.op.Rates {
		if &x.table.limits[r.Limit] == l && len(out) == 0 {
			return append(out, x.table.names[r.Limit]...)
		}
	}
	return appendName(out, l.Name)
}

// keyHash hides a partition key. A key with a credential or an identity is salted, so that values
// cannot be found by trial.
func (s *Server) keyHash(op *Operation, state *ratelimit.State) [8]byte {
	text := make([]byte, 0, 128)
	for i := range op.Rates {
		if s.config.Limits[op.Rates[i].Limit].Name != state.Limit.Name {
			continue
		}
		for _, d := range op.Rates[i].Key {
			if (d.Kind == DimCredential || d.Kind == DimIdentity) && len(text) == 0 {
				text = append(text, s.salt...)
			}
		}
	}
	sum := sha256.Sum256(append(text, state.Key...))
	return [8]byte(sum[:8])
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
