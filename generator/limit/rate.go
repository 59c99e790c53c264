package limit

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// A rate is a decimal a second, as vendors of buckets write it: 0.0167. It stands for the smallest
// whole quota in whole seconds that is the same: 167 in 10,000 s. Only a bucket goes by a quota and
// a window as a ratio, so a rate needs a burst.

// RateDecimals are the decimals of a rate at most.
const RateDecimals = 6

// IsRate reports whether a number can be written as a rate.
func IsRate(r *big.Rat) bool {
	scaled := new(big.Rat).Mul(r, big.NewRat(1_000_000, 1))
	return r.Sign() > 0 && scaled.IsInt() && r.Cmp(big.NewRat(1_000_000_000, 1)) < 0
}

// ratePattern is of rates whose windows are at most a million seconds.
var ratePattern = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,6})?$`)

func (p *parser) rate(v *yaml.Node) string {
	if v.Kind != yaml.ScalarNode || v.Tag != "!!int" && v.Tag != "!!float" ||
		!ratePattern.MatchString(v.Value) || strings.Trim(v.Value, "0.") == "" {
		p.errorf(v, RuleSchema, "rate must be a number a second above 0 and below 1000000000, such as 0.0167, with at most 6 decimals")
		return ""
	}
	whole, part, _ := strings.Cut(v.Value, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if part = strings.TrimRight(part, "0"); part == "" {
		return whole
	}
	return whole + "." + part
}

// rated checks the members beside a rate.
func (p *parser) rated(name *yaml.Node, seen map[string]bool) {
	if !seen["burst"] {
		p.errorf(name, RuleSchema, "limit %q has a rate, so it needs a burst, the size of the bucket; without a bucket use quota and window", name.Value)
	}
	for _, other := range []string{"quota", "window", "reset"} {
		if seen[other] {
			p.errorf(name, RuleSchema, "limit %q has a rate, so it has no %s", name.Value, other)
		}
	}
}

// rates makes quotas and windows of rates. The plans of a limit share its window.
func (p *parser) rates(t *Table) {
	for _, l := range t.Limits {
		of := []*Amount{}
		for i := range t.Plans {
			for k := range t.Plans[i].Amounts {
				if a := &t.Plans[i].Amounts[k]; a.Limit == l.Name {
					of = append(of, a)
				}
			}
		}
		for i := range l.From {
			of = append(of, &l.From[i].Amount)
		}
		seconds := big.NewInt(1)
		fit := func(rate string) {
			if r, ok := new(big.Rat).SetString(rate); ok {
				common := new(big.Int).GCD(nil, nil, seconds, r.Denom())
				seconds.Mul(seconds, new(big.Int).Quo(r.Denom(), common))
			}
		}
		fit(l.Rate)
		for _, a := range of {
			switch fit(a.Rate); {
			case a.Rate != "" && l.Rate == "" && l.Quota > 0:
				p.diags.Errorf(a.QuotaPos, RuleSchema, "limit %q has a quota in a window; it can be given another quota, not a rate", l.Name)
			case a.Rate == "" && a.Quota > 0 && l.Rate != "":
				p.diags.Errorf(a.QuotaPos, RuleSchema, "limit %q has a rate; it can be given another rate, not a quota", l.Name)
			}
		}
		if l.Rate == "" {
			continue
		}
		l.Quota, l.Window = inWindow(l.Rate, seconds), time.Duration(seconds.Int64())*time.Second
		for _, a := range of {
			if a.Rate != "" {
				a.Quota = inWindow(a.Rate, seconds)
			}
		}
	}
}

// inWindow is what a rate comes to in a window in which it is whole.
func inWindow(rate string, seconds *big.Int) int64 {
	r, _ := new(big.Rat).SetString(rate)
	return r.Mul(r, new(big.Rat).SetInt(seconds)).Num().Int64()
}
