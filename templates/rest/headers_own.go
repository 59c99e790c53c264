package rest

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/limitgen/limitgen/templates/ratelimit"
)

// ownFields reads a response's limits from the API's own header fields, as the table declares them.
// Duplicate fields, and values that are not as declared, are ignored.
func ownFields(h http.Header, charges []ratelimit.Charge) []policy {
	var list []policy
	for i, ch := range charges {
		a := &ch.Limit.Announced
		if !a.Any() || i > 0 && charges[i-1].Limit == ch.Limit {
			continue
		}
		p := policy{name: ch.Limit.Name, window: -1, quota: amount(only(h, a.Quota)), remaining: amount(only(h, a.Remaining)), reset: -1}
		if !isOf(p.quota, charges, i) {
			continue
		}
		if q := quotaAt(decimal(only(h, a.Rate)), ch.Limit); q > 0 {
			p.quota = q
		}
		if text := only(h, a.Reset); text != "" {
			p.reset = secondsUntil(text, a.ResetAs, dateOf(h))
		}
		if p.quota > 0 || p.remaining >= 0 || p.reset >= 0 {
			list = append(list, p)
		}
	}
	return list
}

// isOf reports whether what fields announce is of charge i: always, unless the request counts
// against another limit that is announced in the same fields. Then the quota has to be of this one
// alone.
func isOf(quota int64, charges []ratelimit.Charge, i int) bool {
	l := charges[i].Limit
	for j := range charges {
		other := charges[j].Limit
		if other == l || other.Name == l.Name || other.Announced != l.Announced {
			continue
		}
		a, b := l.AsWindow(), other.AsWindow()
		if quota != a.Quota || quota == b.Quota {
			return false
		}
	}
	return true
}

// rateError is by how much a rate in a field may be off: vendors write at most six decimals.
const rateError = 5e-7

// quotaAt returns the quota at which a limit admits no more than a rate a second, rounded down, but
// never to 0; -1 for a rate that is not below the table's.
func quotaAt(perSecond float64, l *ratelimit.Limit) int64 {
	if perSecond <= 0 || l.Window <= 0 || perSecond+rateError >= perSecondOf(l) {
		return -1
	}
	window := l.AsWindow()
	return max(1, int64(perSecond*window.Window.Seconds()))
}

func perSecondOf(l *ratelimit.Limit) float64 { return float64(l.Quota) / l.Window.Seconds() }

// rateText spells the rate of a limit with the decimals that vendors write.
func rateText(l *ratelimit.Limit) string {
	text := strconv.FormatFloat(perSecondOf(l), 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// only returns the value of a field that occurs once; "" otherwise.
func only(h http.Header, name string) string {
	if name == "" {
		return ""
	}
	values := h.Values(name)
	if len(values) != 1 {
		return ""
	}
	return strings.Trim(values[0], " \t")
}

// dateOf returns when a response was sent, by the server's clock, which its other times use too.
func dateOf(h http.Header) time.Time {
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		return sent
	}
	return time.Now()
}

// amount reads a number of units, rounded down; -1 if the text is not a number.
func amount(text string) int64 {
	n := decimal(text)
	if n < 0 || n > 1<<53 {
		return -1
	}
	return int64(n)
}

// decimal reads digits with or without a fraction; it returns -1 for anything else.
func decimal(text string) float64 {
	if text == "" || strings.Trim(text, "0123456789.") != "" {
		return -1
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return -1
	}
	return n
}

// secondsUntil reads when a limit resets, in whole seconds from now, rounded up; -1 if the text is
// not in the declared form. A time in the past is 0.
func secondsUntil(text, form string, now time.Time) int64 {
	var wait float64
	switch n := decimal(text); form {
	case "duration":
		d, err := time.ParseDuration(text)
		if err != nil {
			return -1
		}
		wait = d.Seconds()
	case "rfc3339":
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return -1
		}
		wait = t.Sub(now).Seconds()
	case "milliseconds":
		wait = n / 1000
		if n < 0 {
			return -1
		}
	case "epoch-seconds":
		wait = n - float64(now.Unix())
		if n < 0 {
			return -1
		}
	default:
		wait = n
		if n < 0 {
			return -1
		}
	}
	return int64(math.Ceil(min(max(wait, 0), maxRetryAfter.Seconds())))
}

// ours replaces the API's names of limits by the table's.
func ours(list []policy, charges []ratelimit.Charge) []policy {
	for i := range list {
		list[i].name = ourName(list[i].name, charges)
	}
	return list
}

func ourName(name string, charges []ratelimit.Charge) string {
	for _, ch := range charges {
		if ch.Limit.Alias != "" && ch.Limit.Alias == name {
			return ch.Limit.Name
		}
	}
	return name
}

// announceOwn sets the API's own header fields for limits, as the table declares them. Of limits
// that share a field, the tightest sets it.
func (x *Exchange) announceOwn(states []ratelimit.State) {
	for i := range states {
		s := &states[i]
		a := &s.Limit.Announced
		if *a == (ratelimit.Announced{}) || looser(states, i) {
			continue
		}
		header := x.w.Header()
		if a.Quota != "" {
			window := s.Limit.AsWindow()
			header.Set(a.Quota, strconv.FormatInt(window.Quota, 10))
		}
		if a.Rate != "" && s.Limit.Window > 0 {
			header.Set(a.Rate, rateText(s.Limit))
		}
		if a.Remaining != "" {
			header.Set(a.Remaining, strconv.FormatInt(max(0, s.Remaining), 10))
		}
		if a.Reset != "" {
			header.Set(a.Reset, resetText(s.Reset, a.ResetAs, x.server.clock.Now()))
		}
	}
}

// looser reports whether a limit with less left is announced in the same fields. Of equal ones the
// first is announced.
func looser(states []ratelimit.State, i int) bool {
	for j := range states {
		if j == i || states[j].Limit.Announced != states[i].Limit.Announced {
			continue
		}
		if order := compareLeft(&states[j], &states[i]); order < 0 || order == 0 && j < i {
			return true
		}
	}
	return false
}

// resetText spells a time from now as declared, rounded up so that a caller does not come back too
// early.
func resetText(left time.Duration, form string, now time.Time) string {
	left = max(left, 0)
	switch form {
	case "duration":
		return (left + time.Millisecond - 1).Truncate(time.Millisecond).String()
	case "milliseconds":
		return strconv.FormatInt(int64((left+time.Millisecond-1)/time.Millisecond), 10)
	case "epoch-seconds":
		return strconv.FormatInt(now.Add(left+time.Second-1).Unix(), 10)
	case "rfc3339":
		return now.Add(left + time.Second - 1).UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	return strconv.FormatInt(problemTime(left), 10)
}
