package runtime

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// admit counts the request, or fails with what is to be answered. What it holds is given back
// by release, which is nil when there is nothing.
func (x *exchange) admit() (release func(), err error) {
	s := x.server
	if len(x.view.op.rates) == 0 {
		return nil, nil
	}
	x.identify()
	charges, err := x.view.charges(s.limits)
	if err != nil {
		return nil, costError(err)
	}
	if s.unlimited || len(charges) == 0 {
		return nil, nil
	}
	decision, err := s.enforcer.Admit(x.ctx, charges)
	if err != nil {
		// A cost that no wait can make room for is the caller's mistake, not a refusal.
		var cost *CostError
		var never *LimitError
		if errors.As(err, &cost) || errors.As(err, &never) {
			return nil, costError(err)
		}
		x.log(fmt.Errorf("limits: %w", err))
		return nil, &APIError{StatusCode: http.StatusServiceUnavailable}
	}
	s.meter(charges, &decision)
	x.charges = charges
	if !decision.Admitted {
		x.tellRefused(&decision)
		x.refuse(decision.Limits)
		return nil, errSent
	}
	tellOr(x.ctx, s.observer.Admitted, x.event(), decision.Done)
	if !s.noHeaders {
		x.announce(decision.Limits)
	}
	return decision.Release, nil
}

// errSent says that the answer has been given already.
var errSent = errors.New("answered")

func costError(err error) error { return badRequest(err.Error()) }

// identify fills in what partition keys need to know about the caller.
func (x *exchange) identify() {
	for i := range x.view.op.rates {
		for _, d := range x.view.op.rates[i].key {
			switch d.kind {
			case dimClientIP:
				x.view.clientIP = clientAddress(x.r, x.server.proxies)
			case dimCredential:
				x.view.credential = x.credential()
			}
		}
	}
}

// credential gives the values of the first alternative of security schemes that the request satisfies.
func (x *exchange) credential() string {
	for _, schemes := range x.view.op.security {
		var all []byte
		for _, scheme := range schemes {
			value := x.schemeValue(scheme)
			if value == "" {
				all = nil
				break
			}
			all = appendKey(all, value)
		}
		if len(all) > 0 {
			return string(all)
		}
	}
	return ""
}

func (x *exchange) schemeValue(scheme string) string {
	for i := range x.server.credentials {
		c := &x.server.credentials[i]
		if c.scheme != scheme {
			continue
		}
		value := x.view.value(&expr{in: c.in, name: c.name})
		if len(value) >= len(c.prefix) && strings.EqualFold(value[:len(c.prefix)], c.prefix) {
			return value[len(c.prefix):]
		}
	}
	return ""
}

// clientAddress is the peer's address, or behind trusted proxies the last one that they did not add themselves.
// What stands further left in X-Forwarded-For is the caller's own invention.
func clientAddress(r *http.Request, proxies []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address := peer.Addr().Unmap().WithZone("")
	lines := r.Header.Values("X-Forwarded-For")
	for i := len(lines) - 1; i >= 0; i-- {
		hops := strings.Split(lines[i], ",")
		for j := len(hops) - 1; j >= 0; j-- {
			if !trusted(address, proxies) {
				return address.String()
			}
			hop, err := parseHop(strings.TrimSpace(hops[j]))
			if err != nil {
				return address.String()
			}
			address = hop
		}
	}
	return address.String()
}

func parseHop(hop string) (netip.Addr, error) {
	if pair, err := netip.ParseAddrPort(hop); err == nil {
		return pair.Addr().Unmap().WithZone(""), nil
	}
	address, err := netip.ParseAddr(strings.Trim(hop, "[]"))
	return address.Unmap().WithZone(""), err
}

func trusted(address netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// announce tells a caller how much is left: of the tightest limit, or of all.
func (x *exchange) announce(states []State) {
	if len(states) == 0 { // another Enforcer may keep them to itself
		return
	}
	header := x.w.Header()
	if !x.server.allHeaders {
		tightest := 0
		for i := range states {
			a, b := &states[i], &states[tightest]
			// a/qa < b/qb, in floating point because quotas may be large
			if float64(a.Remaining)*float64(b.Limit.Quota) < float64(b.Remaining)*float64(a.Limit.Quota) {
				tightest = i
			}
		}
		states = states[tightest : tightest+1]
	}
	values := [...]string{x.policyHeader(states), x.limitHeader(states)} // one allocation for both
	header["Ratelimit-Policy"] = values[:1:1]
	header["Ratelimit"] = values[1:]
}

// refuse answers 429 in the terms of the IETF's rate limit headers and problem type.
func (x *exchange) refuse(states []State) {
	violated := make([]State, 0, len(states))
	names := make([]string, 0, len(states))
	detail := ""
	var wait time.Duration
	for _, state := range states {
		if !state.Violated {
			continue
		}
		violated = append(violated, state)
		names = append(names, state.Limit.Name)
		if detail != "" {
			detail += "; "
		}
		detail += fmt.Sprintf("%s: cost %d, %d left", state.Limit.Unit, state.Cost, state.Remaining)
		if !state.Limit.Concurrent() {
			wait = max(wait, state.Wait, state.Reset)
		}
	}
	header := x.w.Header()
	header.Set("Cache-Control", "no-store")
	if len(violated) > 0 {
		header["Ratelimit-Policy"] = []string{x.policyHeader(violated)}
		header["Ratelimit"] = []string{x.limitHeader(violated)}
	}
	if wait > 0 { // nobody knows when a concurrent request will end
		header.Set("Retry-After", strconv.FormatInt(problemTime(wait), 10))
	}
	body, err := json.Marshal(struct {
		Type     string   `json:"type"`
		Title    string   `json:"title"`
		Status   int      `json:"status"`
		Violated []string `json:"violated-policies"`
		Detail   string   `json:"detail"`
	}{
		"https://iana.org/assignments/http-problem-types#quota-exceeded",
		"Request cannot be satisfied as assigned quota has been exceeded",
		http.StatusTooManyRequests, names, detail,
	})
	if err != nil {
		x.log(err)
	}
	x.write(http.StatusTooManyRequests, "application/problem+json", body)
}

// policyHeader says what the limits are. That of a single one of the server's own was written beforehand.
func (x *exchange) policyHeader(states []State) string {
	if len(states) == 1 {
		for _, r := range x.view.op.rates {
			if &x.server.limits[r.limit] == states[0].Limit {
				return x.server.policies[r.limit]
			}
		}
	}
	var out []byte
	for i := range states {
		out = appendPolicy(out, states[i].Limit)
	}
	return string(out)
}

func appendPolicy(out []byte, l *Limit) []byte {
	out = appendName(out, l.Name)
	out = strconv.AppendInt(append(out, ";q="...), l.Quota, 10)
	if l.Unit == "content-bytes" || l.Concurrent() { // the units that are registered
		out = append(append(append(out, `;qu="`...), l.Unit...), '"')
	}
	if l.Window > 0 {
		out = strconv.AppendInt(append(out, ";w="...), int64(l.Window/time.Second), 10)
	}
	return out
}

// limitHeader says how much is left, in which partition, and when there will be more.
func (x *exchange) limitHeader(states []State) string {
	var space [160]byte
	out := space[:0]
	for i := range states {
		state := &states[i]
		out = appendName(out, state.Limit.Name)
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

// keyHash hides a partition key. One that holds a credential is salted, so that nobody can try values.
func (s *Server) keyHash(op *operation, state *State) [8]byte {
	text := make([]byte, 0, 128)
	for i := range op.rates {
		if s.limits[op.rates[i].limit].Name != state.Limit.Name {
			continue
		}
		for _, d := range op.rates[i].key {
			if d.kind == dimCredential && len(text) == 0 {
				text = append(text, s.salt...)
			}
		}
	}
	sum := sha256.Sum256(append(text, state.Key...))
	return [8]byte(sum[:8])
}

// appendName adds a policy's name as a structured field's string, behind a comma where one stands before.
func appendName(out []byte, name string) []byte {
	if len(out) > 0 {
		out = append(out, ", "...)
	}
	out = append(out, '"')
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ' || c > '~': // cannot stand in such a string
			out = append(out, '?')
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
