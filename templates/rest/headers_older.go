package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// Names of the older fields as http.Header spells them.
const (
	fieldRateLimit = "Ratelimit"
	fieldPolicy    = "Ratelimit-Policy"
	fieldLimit     = "Ratelimit-Limit"
	fieldRemaining = "Ratelimit-Remaining"
	fieldReset     = "Ratelimit-Reset"
)

// tells reports whether a response can say anything of limits.
func tells(h http.Header, charges []ratelimit.Charge) bool {
	for _, field := range [...]string{fieldRateLimit, fieldPolicy, fieldLimit, fieldRemaining, fieldReset} {
		if len(h[field]) > 0 {
			return true
		}
	}
	for i := range charges {
		if charges[i].Limit.Announced != (ratelimit.Announced{}) {
			return true
		}
	}
	return false
}

// quotas is what a response says of quotas in RateLimit-Policy, as the current draft of the IETF
// has it, in fields that the table declares, or in older ones: their policies ("100;w=60"; in the oldest, behind RateLimit-Limit's
// figure) have no names.
func quotas(h http.Header, charges []ratelimit.Charge) []policy {
	named := append(ours(parsePolicies(h[fieldPolicy]), charges), ownFields(h, charges)...)
	for _, p := range olderPolicies(h) {
		if p.name = p.whose(charges); p.name != "" {
			named = append(named, p)
		}
	}
	return named
}

// remainders is what a response says of what is left, in RateLimit as the current draft has it, or
// else in the older forms: "limit=100, remaining=5, reset=9", or a field for each. Those are of one
// limit, the one that is nearest to its end, and do not say which. The name is "" where that is not
// clear: then callers are not told what remains.
func remainders(h http.Header, charges []ratelimit.Charge) []policy {
	named := append(ours(parsePolicies(h[fieldRateLimit]), charges), ownFields(h, charges)...)
	if named != nil {
		return named
	}
	p, ok := olderRemainder(h)
	if !ok {
		return nil
	}
	for _, q := range olderPolicies(h) {
		switch {
		case q.quota != p.quota:
		case p.window < 0:
			p.window = q.window
		case p.window != q.window:
			p.quota, p.window = -1, -1 // as many in windows of several lengths
		}
	}
	p.name = p.whose(charges)
	return []policy{p}
}

// whose names the one limit among the charges that a policy without a name can be about: in its
// window, or, where no window is known, with its quota. Of several in one window it is the one with
// its quota.
func (p *policy) whose(charges []ratelimit.Charge) string {
	name, exact, several := "", false, false
	for _, ch := range charges {
		same := p.quota == ch.Limit.AsWindow().Quota
		switch {
		case ch.Limit.Name == name || !p.fits(ch.Limit):
		case name == "" || same && !exact:
			name, exact, several = ch.Limit.Name, same, false
		case same == exact:
			several = true
		}
	}
	if several {
		return ""
	}
	return name
}

// fits reports whether a policy without a name can be about a limit. One of another quota counts
// requests, as far as can be told; one that ends later than the limit's window is longer than
// that.
func (p *policy) fits(limit *ratelimit.Limit) bool {
	l := limit.AsWindow()
	window := problemTime(l.Window)
	switch {
	case l.Concurrent(), p.reset > window+1:
		return false
	case p.window < 0:
		return p.quota == l.Quota
	}
	return p.window == window && (p.quota == l.Quota || l.Unit == "requests")
}

// olderRemainder reads RateLimit as a dictionary, or the three fields. What stands there twice says
// nothing.
func olderRemainder(h http.Header) (policy, bool) {
	p := policy{remaining: -1, reset: -1, quota: -1, window: -1}
	if values := h[fieldRateLimit]; len(values) == 1 {
		s := fieldScanner{rest: values[0]}
		s.dictionary(&p)
	} else if len(values) == 0 {
		if values := h[fieldLimit]; len(values) == 1 {
			first, _, _ := strings.Cut(values[0], ",")
			p.quota = figure(first)
		}
		if values := h[fieldRemaining]; len(values) == 1 {
			p.remaining = figure(values[0])
		}
		if values := h[fieldReset]; len(values) == 1 {
			p.reset = figure(values[0])
		}
	}
	if p.reset > int64(maxRetryAfter/time.Second) {
		p.reset = -1 // a time of day, not for how long
	}
	return p, p.remaining >= 0 || p.reset >= 0
}

// dictionary reads limit=100, remaining=5, reset=9 in any order, among others.
func (s *fieldScanner) dictionary(p *policy) {
	of := map[string]*int64{"limit": &p.quota, "remaining": &p.remaining, "reset": &p.reset}
	seen := make(map[string]bool, len(of))
	for range mostPolicies {
		s.space()
		key, ok := s.bare()
		if ok && s.rest != "" && s.rest[0] == '=' {
			s.rest = s.rest[1:]
			value, ok := s.bare()
			if to := of[key]; to != nil {
				if *to = -1; ok && !seen[key] && s.params(&policy{}) {
					*to = figure(value)
				}
				seen[key] = true
			}
		}
		s.skip()
		if !s.take(',') {
			return
		}
	}
}

// olderPolicies reads the policies without names, which are a quota and its window.
func olderPolicies(h http.Header) []policy {
	var list []policy
	for _, field := range [...]string{fieldPolicy, fieldLimit} {
		for _, p := range parseItems(h[field]) {
			if p.quota = figure(p.name); p.quota > 0 && p.window > 0 && p.bare {
				list = append(list, p)
			}
		}
	}
	return list
}

// figure reads digits; anything else is -1.
func figure(text string) int64 {
	text = strings.Trim(text, " \t")
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return -1
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
