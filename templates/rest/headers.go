package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds a server's Retry-After, so that sums of times cannot overflow.
const maxRetryAfter = 365 * 24 * time.Hour

// parseRetryAfter reads Retry-After, which is a number of seconds or an HTTP date. A date is
// measured from the response's own Date when it has one, so that the two clocks need not agree. A
// date in the past is 0.
func parseRetryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	if strings.Trim(value, "0123456789.") == "" {
		seconds, err := strconv.ParseFloat(value, 64) // some servers send fractions; a large number is +Inf
		if err != nil && seconds == 0 {
			return 0, false
		}
		if seconds > maxRetryAfter.Seconds() {
			return maxRetryAfter, true
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(date.Sub(now), 0), maxRetryAfter), true
}

// mostPolicies bounds how many members of a field are read.
const mostPolicies = 64

// policy is one item of RateLimit or RateLimit-Policy. A missing number is -1.
type policy struct {
	name      string
	bare      bool   // the name had no quotes around it
	remaining int64  // r
	reset     int64  // t, in seconds
	quota     int64  // q
	window    int64  // w, in seconds
	unit      string // qu
}

// parsePolicies reads RateLimit or RateLimit-Policy, a list of names with parameters (RFC 9651). It
// is tolerant, since the fields are hints: malformed members and parameters are skipped. A number
// is not a name but an older draft's policy.
func parsePolicies(values []string) []policy {
	return slices.DeleteFunc(parseItems(values), func(p policy) bool { return p.bare && figure(p.name) >= 0 })
}

func parseItems(values []string) []policy {
	var list []policy
	for _, value := range values {
		s := fieldScanner{rest: value}
		for len(list) < mostPolicies {
			s.space()
			p := policy{remaining: -1, reset: -1, quota: -1, window: -1, bare: s.rest != "" && s.rest[0] != '"'}
			name, ok := s.bare()
			if p.name = name; ok && name != "" && s.params(&p) {
				list = append(list, p)
			} else {
				s.skip()
			}
			if !s.take(',') {
				break
			}
		}
	}
	return list
}

// fieldScanner reads a structured field from its front.
type fieldScanner struct{ rest string }

func (s *fieldScanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

// take skips c if it comes next.
func (s *fieldScanner) take(c byte) bool {
	s.space()
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// bare reads a string, a byte sequence, a token or a number, without its delimiters.
func (s *fieldScanner) bare() (string, bool) {
	if s.rest == "" {
		return "", false
	}
	switch s.rest[0] {
	case '"':
		return s.quoted()
	case ':':
		value, rest, ok := strings.Cut(s.rest[1:], ":")
		s.rest = rest
		return value, ok
	}
	end := strings.IndexAny(s.rest, " \t,;=\"")
	if end < 0 {
		end = len(s.rest)
	}
	value := s.rest[:end]
	s.rest = s.rest[end:]
	return value, value != ""
}

func (s *fieldScanner) quoted() (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case '\\':
			if i++; i < len(s.rest) {
				b.WriteByte(s.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	s.rest = ""
	return "", false
}

// params reads ;key=value up to the next member and reports whether that is where it stopped.
func (s *fieldScanner) params(p *policy) bool {
	for s.take(';') {
		s.space()
		key, _ := s.bare()
		if s.rest == "" || s.rest[0] != '=' {
			continue // a key alone is true
		}
		s.rest = s.rest[1:]
		value, ok := s.bare()
		if !ok {
			continue
		}
		p.assign(key, value)
	}
	s.space()
	return s.rest == "" || s.rest[0] == ','
}

// skip skips the rest of a member.
func (s *fieldScanner) skip() {
	for s.rest != "" && s.rest[0] != ',' {
		if s.rest[0] == '"' {
			s.quoted()
		} else {
			s.rest = s.rest[1:]
		}
	}
}

func (p *policy) assign(key, value string) {
	if key == "qu" {
		p.unit = value
		return
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		return
	}
	switch key {
	case "r":
		p.remaining = n
	case "t":
		p.reset = n
	case "q":
		p.quota = n
	case "w":
		p.window = n
	}
}
