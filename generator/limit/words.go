package limit

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/limitgen/limitgen/generator/naming"
)

// These functions are the one place that describes limits in words. Units are text from the spec,
// so callers must escape the result for their output.

// Quota is "6000 messages per minute", or "100 concurrent requests" without a window.
func Quota(n int64, unit string, seconds int64) string {
	if seconds == 0 {
		return Count(n, unit)
	}
	return Count(n, unit) + " per " + Window(seconds)
}

// Rate is "0.0167 requests per second", for a quota in a window that stands for a rate.
func Rate(n int64, unit string, seconds int64) string {
	return PerSecond(n, seconds) + " " + Unit(unit, 2) + " per second"
}

// PerSecond is "0.0167".
func PerSecond(n, seconds int64) string {
	text := big.NewRat(n, max(seconds, 1)).FloatString(RateDecimals)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// ShortQuota is "100/s", "6000 messages/min" or "100 at once", for tables. Requests go without
// saying.
func ShortQuota(n int64, unit string, seconds int64) string {
	text := fmt.Sprint(n)
	if unit != UnitRequests && seconds > 0 {
		text = Count(n, unit)
	}
	if seconds == 0 {
		return text + " at once"
	}
	return text + "/" + ShortWindow(seconds)
}

// Count is "1 request" or "2 requests".
func Count(n int64, unit string) string { return fmt.Sprintf("%d %s", n, Unit(unit, n)) }

// Unit returns the singular or plural of a unit for n. A plural is kept if its singular is
// uncertain.
func Unit(unit string, n int64) string {
	unit = strings.ReplaceAll(unit, "-", " ")
	if n != 1 {
		return unit
	}
	return naming.Singular(unit)
}

// spans are the units of windows, the longest first.
var spans = []struct {
	name, short string
	seconds     int64
}{{"day", "d", 86400}, {"hour", "h", 3600}, {"minute", "min", 60}, {"second", "s", 1}}

// Window is "second", "10 seconds" or "day".
func Window(seconds int64) string {
	for _, s := range spans {
		switch n := seconds / s.seconds; {
		case seconds <= 0 || seconds%s.seconds != 0:
		case n == 1:
			return s.name
		default:
			return fmt.Sprintf("%d %ss", n, s.name)
		}
	}
	return "window"
}

// ShortWindow is "s", "10s" or "d".
func ShortWindow(seconds int64) string {
	for _, s := range spans {
		switch n := seconds / s.seconds; {
		case seconds <= 0 || seconds%s.seconds != 0:
		case n == 1:
			return s.short
		default:
			return fmt.Sprintf("%d%s", n, s.short)
		}
	}
	return "window"
}

// Spending is the cost of one request. Of describes what is counted in the request; "" for a fixed
// cost.
type Spending struct {
	Cost           int64 // of each request, without Of
	Of             string
	Value          bool // Of is a number, not a list
	Times, Default int64
	Max            int64 // 0 if nothing bounds it
}

// String is "3", "1 for each of $request.body#/to, at most 600" or "2 times $request.query.n, 2
// when absent".
func (s Spending) String() string {
	text := fmt.Sprintf("%d for each of %s", s.Times, s.Of)
	switch {
	case s.Of == "":
		return fmt.Sprint(s.Cost)
	case s.Value:
		text = fmt.Sprintf("%d times %s, %d when absent", s.Times, s.Of, s.Default)
	}
	if s.Max > 0 {
		text += fmt.Sprintf(", at most %d", s.Max)
	}
	return text
}
