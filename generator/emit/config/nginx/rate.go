package nginx

import (
	"fmt"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// most is the largest quota that is written. nginx multiplies rates by 1000 and by the milliseconds
// since a key was used last, in 64 bits.
const most = 1_000_000_000

// A bucket is the parameters of limit_req for one limit.
type bucket struct {
	rate  string // "100r/s"; "" when nginx has no rate that is slow enough
	milli int64  // nginx's internal unit: thousandths of a request per second
	size  int64  // burst+1
	exact bool   // the rate is the limit's own, and not a slower one
}

// newBucket finds the fastest rate that is not above the limit's, in a mode. Each request costs
// cost.
func newBucket(l *model.Limit, cost int64, mode string) bucket {
	quota, size := l.Quota/cost, l.Quota/cost
	if l.Burst > 0 {
		size = max(l.Burst/cost, 1)
	}
	if mode == "strict" && l.Burst == 0 {
		return strict(quota, l.Seconds)
	}
	b := fastest(quota, l.Seconds)
	b.size = size
	return b
}

// strict shares the quota between a tenth that may come at once and the rate that fills it up
// again, so that no interval of the window's length sees more than both.
func strict(quota, seconds int64) bucket {
	size := max(quota/10, 1)
	b := fastest(quota-size, seconds)
	if b.rate == "" && quota > 0 {
		b = spaced(quota-size, seconds)
	}
	b.size = size
	b.exact = b.milli*seconds >= (quota-size)*900 // the loss by rounding is small compared with that tenth
	return b
}

// spaced returns the fastest rate that adds no more than a whole number of requests in a window,
// which is a little more than the number itself: with none, requests are further apart than the
// window.
func spaced(quota, seconds int64) bucket {
	if n := ((quota+1)*60 - 1) / seconds; n > 0 && perMinute(n).perWindow(seconds) <= quota {
		return perMinute(n)
	}
	if b := perMinute(1); b.perWindow(seconds) <= quota { // 0.016 a second, since nginx rounds down
		return b
	}
	return bucket{}
}

// fastest returns the fastest rate that nginx knows and that passes no more than a quota in a
// number of seconds.
func fastest(quota, seconds int64) bucket {
	switch {
	case quota <= 0 || seconds <= 0:
		return bucket{}
	case quota%seconds == 0:
		return bucket{
			rate: fmt.Sprintf("%dr/s", quota/seconds), milli: quota / seconds * 1000, exact: true,
		}
	case quota*60/seconds == 0:
		return bucket{}
	}
	b := perMinute(quota * 60 / seconds)
	b.exact = quota*60%seconds == 0
	return b
}

func perMinute(n int64) bucket {
	return bucket{rate: fmt.Sprintf("%dr/m", n), milli: n * 1000 / 60}
}

// perWindow returns how many requests the rate alone lets through in a window.
func (b bucket) perWindow(seconds int64) int64 { return b.milli * seconds / 1000 }

// retry returns after how many seconds a refused request fits, if no others arrive.
func (b bucket) retry() int64 { return (1000 + b.milli - 1) / max(b.milli, 1) }

// parameters returns those of limit_req, behind the zone.
func (b bucket) parameters(mode string) string {
	text := ""
	if b.size > 1 {
		text = fmt.Sprintf(" burst=%d", b.size-1)
	}
	if b.size > 1 && mode != "queue" {
		text += " nodelay"
	}
	return text
}

func bound(l *model.Limit, o config.Options) config.Bound {
	if l.Seconds == 0 {
		n := min(l.Quota, maxConnections)
		return config.Bound{
			Algorithm: "limit_conn, requests whose header is read and whose answer is not yet sent", Most: n,
			Least: n,
		}
	}
	b := newBucket(l, 1, o.NginxMode)
	through := b.perWindow(l.Seconds)
	switch {
	case o.NginxMode == "queue":
		return config.Bound{
			Algorithm: "limit_req, a leaky bucket that delays requests until they keep the rate and refuses what does not fit into it",
			Most:      through + 1, Least: through,
		}
	case o.NginxMode == "strict" && l.Burst == 0:
		return config.Bound{
			Algorithm: "limit_req, a leaky bucket of a tenth of the quota, filled up at the rest of it; never above the quota",
			Most:      b.size + through, Least: through,
		}
	}
	return config.Bound{
		Algorithm: "limit_req, a leaky bucket of the quota's size; a caller who keeps to the quota is hardly ever refused",
		Most:      b.size + through, Least: through,
	}
}
