package lint

import (
	"cmp"
	"fmt"

	"github.com/limitgen/limitgen/generator/analyze"
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
)

const ruleAboveQuota = "cost-above-quota"

// costsAboveQuota reports costs that exceed a quota, so that waiting cannot help: a server answers
// such a request with 400. A cost within the table's quota may still exceed a plan's.
func costsAboveQuota(l *linter) {
	planned := make(map[string]bool)
	for _, u := range l.AllUses() {
		for _, c := range u.Charges {
			l.chargeAboveQuota(u, c, planned)
		}
	}
}

// chargeAboveQuota reports costs above the quota. It stops at the first that concerns all requests,
// since the others follow from it.
func (l *linter) chargeAboveQuota(u *analyze.Use, c limit.ResolvedCharge, planned map[string]bool) {
	own := boundOf(c.Limit, nil)
	if own.n == 0 {
		return // reported by the parser
	}
	for _, cost := range l.costsOf(u, c.Cost) {
		switch most := c.Cost.Max; {
		case most > 0 && cost.n > most && !cost.some:
			l.aboveQuota(c.Cost.MaxPos, cost, fmt.Sprintf("its max of %d", most))
			return
		case cost.n > own.n && !cost.some:
			l.aboveQuota(cost.pos, cost, own.text(c.Limit))
			return
		case cost.n > own.n:
			l.aboveQuota(cost.pos, cost, own.text(c.Limit))
			continue
		}
		for _, p := range l.Table.Plans {
			l.abovePlan(p, c.Limit, cost, planned)
		}
		l.aboveStage(c.Limit, cost, planned)
	}
}

// abovePlan reports a cost above a plan's quota or burst, at the plan's value, once for each cost.
func (l *linter) abovePlan(p limit.Plan, lim *limit.Limit, cost costly, seen map[string]bool) {
	for i := range p.Amounts {
		a := &p.Amounts[i]
		if a.Limit != lim.Name {
			continue
		}
		b := boundOf(lim, a)
		id := fmt.Sprint(b.pos, cost.pos, cost.n, cost.some)
		if b.n == 0 || cost.n <= b.n || seen[id] {
			continue
		}
		seen[id] = true
		l.aboveQuota(cmp.Or(b.pos, a.Pos), cost, fmt.Sprintf("%s in plan %q (the cost is at %s)",
			b.text(lim), p.Name, cost.pos))
	}
}

// aboveStage reports a cost at the first announced figure that does not admit it, once for each
// cost.
func (l *linter) aboveStage(lim *limit.Limit, cost costly, seen map[string]bool) {
	for _, s := range lim.From {
		a := lim.On(s.At)
		b := boundOf(lim, &a)
		id := fmt.Sprint(s.Pos, cost.pos, cost.n, cost.some)
		if a.Quota == 0 || cost.n <= b.n || seen[id] {
			continue
		}
		seen[id] = true
		l.aboveQuota(s.Pos, cost, fmt.Sprintf("%s from %s on (the cost is at %s)", b.text(lim), s.Text,
			cost.pos))
		return
	}
}

// aboveQuota reports one cost: an error when no call can succeed, a warning when some cannot.
func (l *linter) aboveQuota(pos diag.Position, cost costly, bound string) {
	if cost.some {
		l.diags.Warnf(pos, ruleAboveQuota, "%s, above %s, so that such a request is never admitted",
			cost.text, bound)
		return
	}
	l.diags.Errorf(pos, ruleAboveQuota, "%s, above %s, so that no such request is ever admitted; raise that or lower the cost", cost.text, bound)
}

// bound is the largest cost that a limit admits: the quota, or the burst of a limit that has one.
type bound struct {
	n    int64
	word string
	pos  diag.Position // of the plan's value
}

func (b bound) text(l *limit.Limit) string {
	return fmt.Sprintf("the %s of %d of %q", b.word, b.n, l.Name)
}

// boundOf returns the bound of a limit under a plan's figures, which may be nil. Windows aligned to
// UTC have no bucket.
func boundOf(l *limit.Limit, a *limit.Amount) bound {
	quota, burst := bound{n: l.Quota, word: "quota"}, bound{n: l.Burst, word: "burst"}
	if a != nil && a.Quota > 0 {
		quota.n, quota.pos = a.Quota, a.QuotaPos
	}
	if a != nil && a.Burst > 0 {
		burst.n, burst.pos = a.Burst, a.BurstPos
	}
	if burst.n > 0 && l.Reset != limit.UTC {
		return burst
	}
	return quota
}
