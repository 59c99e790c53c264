package envoy

import (
	"fmt"
	"math"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// Both engines keep quotas in 32 bits, and Envoy ignores a descriptor that adds more hits than
// this.
const (
	largestQuota = math.MaxUint32
	largestCost  = 1_000_000_000
)

// units are the windows that the service documents, the longest first.
var units = []struct {
	name    string
	seconds int64
}{{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}}

// A window is what the service counts a limit in.
type window struct {
	unit    string
	seconds int64
	quota   int64
	exact   bool // it is the limit's own
}

// windowOf chooses the service's window for a limit whose requests cost up to largest: its own,
// else the longest one that divides it with a share of the quota in which a request still fits,
// else the shortest longer one.
func windowOf(l *model.Limit, largest int64) (window, bool) {
	longer, quota := window{}, min(l.Quota, largestQuota)
	for _, u := range units {
		switch {
		case u.seconds == l.Seconds:
			return window{u.name, u.seconds, quota, true}, true
		case u.seconds > l.Seconds:
			longer = window{u.name, u.seconds, quota, false}
		case l.Seconds%u.seconds == 0 && quota/(l.Seconds/u.seconds) >= max(1, largest):
			return window{u.name, u.seconds, quota / (l.Seconds / u.seconds), false}, true
		}
	}
	return longer, longer.unit != ""
}

// most returns what can pass of a limit in any interval of its own window's length. The interval
// may touch one more of the service's windows than fit into it.
func (w window) most(l *model.Limit) int64 {
	return (l.Seconds/w.seconds + 1 + min(1, l.Seconds%w.seconds)) * w.quota
}

// least returns what a caller gets in each of the limit's windows in the long run.
func (w window) least(l *model.Limit) int64 {
	if w.seconds > l.Seconds {
		return int64(float64(w.quota) * float64(l.Seconds) / float64(w.seconds))
	}
	return l.Seconds / w.seconds * w.quota
}

// serviceBound is the bound for requests of cost 1; boundIn takes costs into account.
func serviceBound(l *model.Limit, _ config.Options) config.Bound { return boundOf(l, 1) }

func boundIn(in *config.Input) func(*model.Limit, config.Options) config.Bound {
	return func(l *model.Limit, _ config.Options) config.Bound { return boundOf(l, largest(in, l)) }
}

func boundOf(l *model.Limit, largest int64) config.Bound {
	b := config.Bound{Algorithm: "fixed windows by the clock of the rate limit service, counted in Redis, so twice the quota can pass around a window's edge"}
	if w, ok := windowOf(l, largest); ok {
		b.Most, b.Least = w.most(l), w.least(l)
	}
	return b
}

// largest returns the largest cost of one request in a limit.
func largest(in *config.Input, l *model.Limit) int64 {
	return config.Once(in, l, "largest", func() int64 { return dearest(in, l) })
}

func dearest(in *config.Input, l *model.Limit) int64 {
	most := int64(1)
	for _, r := range in.Uses(l) {
		for _, op := range r.Variants {
			for _, rate := range op.Rates {
				if rate.Limit == l {
					most = max(most, costliest(rate))
				}
			}
		}
	}
	return most
}

// costliest returns the maximum cost of one request; a higher one is refused before it is counted.
func costliest(rate *model.Rate) int64 {
	if rate.Count == nil {
		return rate.Cost
	}
	most := min(rate.Limit.Quota, largestCost)
	if rate.Limit.Burst > 0 {
		most = min(most, rate.Limit.Burst)
	}
	if rate.Max > 0 {
		most = min(most, rate.Max)
	}
	return most
}

// approximation describes how a limit is counted if the service lacks its window.
func (w window) approximation(l *model.Limit) string {
	if w.seconds < l.Seconds {
		return fmt.Sprintf("%d per %s pass instead of %d per %s: no more in the long run, but a burst above %d is refused", w.quota, w.unit, l.Quota, limit.Window(l.Seconds), w.quota)
	}
	return fmt.Sprintf("%d per %s pass instead of per %s, so a caller gets %.3g of the quota in the long run", w.quota, w.unit, limit.Window(l.Seconds), float64(l.Seconds)/float64(w.seconds))
}
