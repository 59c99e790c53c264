package compat

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
)

// verdict compares what two limits admit.
type verdict int

// A limit is looser when every sequence of requests that the old one admits passes the new one as
// well, and tighter when that holds the other way round only. It is mixed when neither holds.
const (
	same verdict = iota
	looser
	tighter
	mixed // tighter at one pace and looser at another
	other // not comparable: another unit is counted
)

// harms reports whether a caller that respected the old limit may be refused now.
func (v verdict) harms() bool { return v != same && v != looser }

// both combines two verdicts.
func both(a, b verdict) verdict {
	switch {
	case a == same:
		return b
	case b == same || a == b:
		return a
	case a == other || b == other:
		return other
	}
	return mixed
}

// of returns the verdict from the two comparisons: the old admits no more than the new, and the new
// no more than the old.
func of(within, contains bool) verdict {
	switch {
	case within && contains:
		return same
	case within:
		return looser
	case contains:
		return tighter
	}
	return mixed
}

// figures define what a server admits: a quota in any interval of the window's length, in each UTC
// window, or from a bucket of the burst's size that refills at quota per window.
type figures struct {
	quota, window, burst int64 // seconds; 0 for requests at the same time
	utc                  bool
	unit                 string
}

func figuresOf(l *model.Limit) figures {
	return figures{l.Quota, l.Seconds, l.Burst, l.UTC, l.Unit}.plain()
}

func recorded(l manifest.LimitTerms) figures {
	return figures{l.Quota, l.Window, l.Burst, l.UTC, l.Unit}.plain()
}

// plain drops the burst if servers have no bucket.
func (f figures) plain() figures {
	if f.utc || f.unit == limit.UnitConcurrent {
		f.burst = 0
	}
	return f
}

// compareFigures compares two limits that count the same units under the same keys.
func compareFigures(was, is figures) verdict {
	if was.unit != is.unit || (was.window == 0) != (is.window == 0) {
		return other
	}
	return of(within(was, is), within(is, was))
}

// within reports whether b admits everything that a admits. It compares the maxima of a and b per
// interval, at the lengths at which the difference is greatest.
func within(a, b figures) bool {
	switch {
	case a.window == 0:
		return a.quota <= b.quota
	case b.burst > 0: // compare the maximum at one instant, and the rate
		return a.atOnce() <= b.burst && slower(a, b)
	case a.burst > 0: // a bucket is full at the start of a window, and refills during it
		return grows(a, b.window) <= b.quota
	}
	return times(a.quota, a.windowsIn(b)) <= b.quota
}

// atOnce returns the maximum at one instant. Around the end of a UTC window that is twice the
// quota.
func (f figures) atOnce() int64 {
	switch {
	case f.burst > 0:
		return f.burst
	case f.utc:
		return 2 * f.quota
	}
	return f.quota
}

// windowsIn returns the maximum number of windows of f that overlap one window of b.
func (f figures) windowsIn(b figures) int64 {
	covering := (b.window + f.window - 1) / f.window
	switch {
	case !f.utc: // any interval is covered by windows that begin with it
		return covering
	case !b.utc: // an interval that begins just before the end of a window
		return covering + 1
	}
	step := gcd(f.window, b.window)
	return (b.window + f.window - step + f.window - 1) / f.window
}

// slower reports whether a's quota per second is at most b's.
func slower(a, b figures) bool {
	left := new(big.Int).Mul(big.NewInt(a.quota), big.NewInt(b.window))
	return left.Cmp(new(big.Int).Mul(big.NewInt(b.quota), big.NewInt(a.window))) <= 0
}

// sameRate reports whether both admit the same in the long run.
func sameRate(a, b figures) bool {
	return a.window > 0 && b.window > 0 && slower(a, b) && slower(b, a)
}

// grows returns the maximum that a bucket admits in an interval. The refill at its very end belongs
// to the next one.
func grows(f figures, seconds int64) int64 {
	n := new(big.Int).Mul(big.NewInt(f.quota), big.NewInt(seconds))
	n.Sub(n, big.NewInt(1)).Div(n, big.NewInt(f.window))
	return clamp(n.Add(n, big.NewInt(f.burst)))
}

func times(a, b int64) int64 {
	return clamp(new(big.Int).Mul(big.NewInt(a), big.NewInt(b)))
}

func clamp(n *big.Int) int64 {
	if !n.IsInt64() {
		return 1<<63 - 1
	}
	return n.Int64()
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// compareKeys compares the keys of two limits: with fewer parts, more callers share a counter.
func compareKeys(was, is []string) verdict {
	in := func(all []string) func(string) bool {
		return func(s string) bool { return !slices.Contains(all, s) }
	}
	fewer, more := !slices.ContainsFunc(is, in(was)), !slices.ContainsFunc(was, in(is))
	if !fewer && !more {
		return other
	}
	return of(more, fewer)
}

// compareCosts compares two costs of one request.
func compareCosts(was, is int64) verdict {
	return of(cmp.Compare(is, was) <= 0, cmp.Compare(is, was) >= 0)
}
