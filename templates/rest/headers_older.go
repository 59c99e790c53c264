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

// tells reports whether a response has header fields about limits.
func tells(h http.Header, charges []ratelimit.Charge) bool {
	for _, field := range [...]string{fieldRateLimit, fieldPolicy, fieldLimit, fieldRemaining, fieldReset} {
		if len(h[field]) > 0 {
			return true
		}
	}
	for i := range charges {
		if charges[i].Limit.Announced.Any() {
			return true
		}
	}
	return false
}

// quotas reads the quotas in a response: from RateLimit-Policy of the current IETF draft, from
// fields that the table declares, or from older ones, whose policies ("100;w=60"; in the oldest,
// after the value of RateLimit-Limit) have no names.
func quotas(h http.Header, charges []ratelimit.Charge) []policy {
	named := append(ours(parsePolicies(h[fieldPolicy]), charges), ownFields(h, charges)...)
	for _, p := range olderPolicies(h) {
		if p.name = p.whose(charges); p.name != "" {
			named = append(named, p)
		}
	}
	return named
}

// remainders reads what is left from a response: from RateLimit of the current draft, or else from
// the older forms: "limit=100, remaining=5, reset=9", or a field for each. The older forms describe
// the tightest limit without naming it. If it cannot be identified, the name is "", and the
// remainder is ignored.
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
			p.quota, p.window = -1, -1 // the same quota in windows of different lengths
		}
	}
	p.name = p.whose(charges)
	return []policy{p}
}

// whose returns the only limit among the charges that a policy without a name can mean: by its
// window or, without one, by its quota. Of several limits with that window it is the one with that
// quota.
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

// fits reports whether a policy without a name can mean a limit. With a different quota it must
// count requests; a reset after the limit's window means a longer window.
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

// olderRemainder reads RateLimit as a dictionary, or the three fields. A duplicated key is ignored.
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
		p.reset = -1 // a time of day, not a duration
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

// figure reads digits; it returns -1 for anything else.
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
