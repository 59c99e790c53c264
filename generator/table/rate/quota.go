package rate

import (
	"math/big"
	"strings"
	"time"

	"github.com/limitgen/limitgen/generator/limit"
)

// settle turns the number into a quota: 0.5 a second means one in two seconds.
func (p *parser) settle(b *building) error {
	t := b.amount
	if t.end == 0 {
		return nil
	}
	if b.Unlimited {
		return p.fail(t, "%q is a number beside a word for unlimited", p.raw(t))
	}
	b.Quota = t.number
	if b.Window == 0 && b.Unit != Concurrent {
		b.Window = p.form.Window
	}
	if t.decimals > 0 {
		quota, window, ok := whole(t, b.Window)
		if !ok {
			return p.fail(t, "%q is not an integer in a time span of whole seconds", p.raw(t))
		}
		if exact, ok := perSecond(t); ok && b.Window == time.Second {
			b.PerSecond = exact
		}
		b.Quota, b.Window = quota, window
	}
	if b.Quota > maxQuota || b.Burst > maxQuota {
		return p.fail(t, "%q is more than a limit can be", p.raw(t))
	}
	if b.Quota == 0 {
		return p.fail(t, "a rate of 0 admits nothing")
	}
	return nil
}

// perSecond returns a decimal as a limit's rate; ok is false for a whole number, and for one that no
// rate can be.
func perSecond(t token) (string, bool) {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.decimals)), nil)
	r := new(big.Rat).SetFrac(big.NewInt(t.number), scale)
	if r.IsInt() || !limit.IsRate(r) {
		return "", false
	}
	return strings.TrimRight(r.FloatString(limit.RateDecimals), "0"), true
}

// whole finds the shortest window, in seconds, in which a decimal rate is a whole number to within
// half a percent, since vendors round it.
func whole(t token, window time.Duration) (int64, time.Duration, bool) {
	scale := int64(1)
	for range t.decimals {
		scale *= 10
	}
	seconds := int64(window / time.Second)
	if seconds == 0 || t.number == 0 {
		return 0, 0, false
	}
	if t.number%scale == 0 {
		return t.number / scale, window, true
	}
	rate := float64(t.number) / float64(scale) / float64(seconds)
	for w := int64(1); w <= 86400; w++ {
		n := int64(rate*float64(w) + 0.5)
		off := float64(n)/(rate*float64(w)) - 1
		if n > 0 && off < 0.005 && off > -0.005 {
			return n, time.Duration(w) * time.Second, true
		}
	}
	return 0, 0, false
}
