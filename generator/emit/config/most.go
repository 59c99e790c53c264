package config

import (
	"math"

	"github.com/limitgen/limitgen/generator/model"
)

// Uncounted returns the limits whose requests may cost more than they count, and the factor.
func Uncounted(gaps []Gap) map[*model.Limit]int64 {
	out := make(map[*model.Limit]int64)
	for _, g := range gaps {
		switch {
		case g.Times == 0 || out[g.Limit] == Endless:
		case g.Times == Endless:
			out[g.Limit] = Endless
		default:
			out[g.Limit] = max(out[g.Limit], g.Times)
		}
	}
	return out
}

// Passing returns the most that can pass in any interval of the window's length, including costs
// that are not counted. It is 0 if that is unbounded.
func (b Bound) Passing(times int64) int64 {
	switch {
	case times == Endless:
		return 0
	case times > 1 && b.Most > math.MaxInt64/times:
		return math.MaxInt64
	}
	return b.Most * max(times, 1)
}
