package audit

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
	"github.com/limitgen/limitgen/generator/table/rate"
)

// figures compares the rates of an entry's rows with its limits.
func (a *auditor) figures(e *entry) {
	rates, unread := e.published()
	if len(e.rows) == 0 || unread {
		return
	}
	limits := slices.DeleteFunc(slices.Clone(e.op.Rates), func(r *model.Rate) bool { return r.Count == nil && r.Cost == 0 })
	// Matching pairs are removed first, so that the rest can be reported together.
	rates = slices.DeleteFunc(rates, func(r published.Rate) bool {
		at := slices.IndexFunc(limits, func(l *model.Rate) bool { return a.agree(r, l.Limit) })
		if at < 0 {
			return false
		}
		limits = slices.Delete(limits, at, at+1)
		return true
	})
	row := e.rows[0]
	for _, r := range rates {
		if at := nearest(r, limits); at >= 0 {
			a.differ(row, e, r, limits[at].Limit)
			limits = slices.Delete(limits, at, at+1)
			continue
		}
		a.diags.Errorf(r.Pos, ruleRate, "%s: the table has %s, and %s has no such limit", row.Name(), a.words(r), e.place())
	}
	for _, l := range limits {
		a.diags.Errorf(row.Pos, ruleRate, "%s: %s counts against limit %s, %s (%s), and the table has no such rate",
			row.Name(), e.place(), l.Limit.Name, limitWords(l.Limit), l.Limit.Pos)
	}
}

// published returns the rates of an entry's rows, each once.
func (e *entry) published() (rates []published.Rate, unread bool) {
	for _, row := range e.rows {
		unread = unread || row.Unread
		for _, r := range row.Rates {
			known := slices.ContainsFunc(rates, func(k published.Rate) bool { return k.String() == r.String() })
			if !known && !r.Unlimited {
				rates = append(rates, r)
			}
		}
	}
	return rates, unread
}

// agree reports whether a rate and a limit are equal.
func (a *auditor) agree(r published.Rate, l *model.Limit) bool {
	return sameFigure(r.Rate, l) && sameUnit(r.Unit, l.Unit) && a.bursts.match(r, l) && a.keys.match(r, l.Per)
}

// bursts knows which bursts a page states.
type bursts struct {
	any bool                  // it states some
	of  map[*model.Limit]bool // limits whose burst a row states
}

func newBursts(page *published.Page, entries []*entry) *bursts {
	b := &bursts{of: make(map[*model.Limit]bool)}
	for _, row := range page.Rows {
		b.any = b.any || slices.ContainsFunc(row.Rates, func(r published.Rate) bool { return r.Burst > 0 })
	}
	for _, e := range entries {
		rates, _ := e.published()
		for _, l := range e.op.Rates {
			stated := slices.ContainsFunc(rates, func(r published.Rate) bool {
				return r.Burst > 0 && r.Burst == l.Limit.Burst && sameFigure(r.Rate, l.Limit)
			})
			b.of[l.Limit] = b.of[l.Limit] || stated
		}
	}
	return b
}

// match reports whether a rate's burst is a limit's. A rate without one leaves it open if another
// row says it, or if the page says nothing of bursts.
func (b *bursts) match(r published.Rate, l *model.Limit) bool {
	return r.Burst == l.Burst || r.Burst == 0 && (!b.any || b.of[l] || r.Default)
}

func burstWords(n int64) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// sameFigure compares quotas and windows. Those of a limit with a rate stand for their ratio.
func sameFigure(r rate.Rate, l *model.Limit) bool {
	if exact, ok := r.Exact(); ok && exact == limit.PerSecond(l.Quota, l.Seconds) {
		return true
	}
	of := int64(r.Window / time.Second)
	if l.Rated && r.PerSecond == "" {
		return new(big.Int).Mul(big.NewInt(r.Quota), big.NewInt(l.Seconds)).Cmp(new(big.Int).Mul(big.NewInt(l.Quota), big.NewInt(of))) == 0
	}
	return r.Quota == l.Quota && of == l.Seconds
}

func seconds(r published.Rate) int64 { return int64(r.Window / time.Second) }

// sameUnit compares units, in the singular or plural. A page that names none counts requests.
func sameUnit(page, spec string) bool {
	if page == "" {
		page = limit.UnitRequests
	}
	return page == spec || strings.TrimSuffix(page, "s") == strings.TrimSuffix(spec, "s")
}

// nearest returns the limit that most likely corresponds to a rate.
func nearest(r published.Rate, limits []*model.Rate) int {
	best, points := -1, -1
	for i, l := range limits {
		n := 0
		for _, equal := range []bool{r.Quota == l.Limit.Quota, seconds(r) == l.Limit.Seconds, r.Burst > 0 && r.Burst == l.Limit.Burst, sameUnit(r.Unit, l.Limit.Unit)} {
			if equal {
				n++
			}
		}
		if n > points {
			best, points = i, n
		}
	}
	return best
}

// differ reports how a rate and a limit differ.
func (a *auditor) differ(row *published.Row, e *entry, r published.Rate, l *model.Limit) {
	var in []string
	note := func(what string, page, spec any) {
		in = append(in, fmt.Sprintf("%s is %v, in the spec %v", what, page, spec))
	}
	exact, decimal := r.Exact()
	switch {
	case sameFigure(r.Rate, l):
	case decimal || l.Rated:
		if !decimal {
			exact = limit.PerSecond(r.Quota, seconds(r))
		}
		note("the rate a second", exact, limit.PerSecond(l.Quota, l.Seconds))
	default:
		if r.Quota != l.Quota {
			note("the quota", r.Quota, l.Quota)
		}
		if seconds(r) != l.Seconds {
			note("the window", spanWords(seconds(r)), spanWords(l.Seconds))
		}
	}
	if !sameUnit(r.Unit, l.Unit) {
		note("the unit", r.Unit, l.Unit)
	}
	if !a.bursts.match(r, l) {
		note("the burst", burstWords(r.Burst), burstWords(l.Burst))
	}
	rule := ruleRate
	if len(in) == 0 {
		rule = ruleKey
	}
	if phrase := a.keys.unknown(r); phrase != "" {
		in = append(in, fmt.Sprintf("it counts per %q, which is not a key of the spec: --keys %q says which one it is", phrase, phrase+"=NAME"))
	} else if !a.keys.match(r, l.Per) {
		note("counted apart", keyWords(r.Per), keyWords(l.Per))
	}
	a.diags.Errorf(r.Pos, rule, "%s: %s (limit %s, %s, at %s)", row.Name(), strings.Join(in, "; "), l.Name, l.Pos, e.place())
}

func keyWords(per []string) string {
	if len(per) == 0 {
		return "nothing"
	}
	return "per " + strings.Join(per, " and ")
}

func spanWords(n int64) string {
	if n == 0 {
		return "none"
	}
	text := rate.Span(time.Duration(n) * time.Second)
	if !strings.Contains(text, " ") {
		return "1 " + text
	}
	return text
}

func (a *auditor) words(r published.Rate) string { return r.String() }

// limitWords describes a limit as the table would.
func limitWords(l *model.Limit) string {
	r := rate.Rate{Quota: l.Quota, Window: time.Duration(l.Seconds) * time.Second, Unit: l.Unit, Per: l.Per, Burst: l.Burst}
	if l.Rated {
		r.PerSecond = limit.PerSecond(l.Quota, l.Seconds)
	}
	return r.String()
}

// unstated reports operations that use the spec's default although the page has neither a default
// nor a row for them.
func (a *auditor) unstated() {
	if a.page.Default != nil {
		return
	}
	rows := map[string]bool{}
	for _, e := range a.entries {
		rows[e.op.ID] = len(e.rows) > 0 || len(e.cited) > 0
	}
	var first *model.Operation
	n := 0
	for _, op := range a.api.Operations {
		if op.Default && !rows[op.ID] {
			if n++; n == 1 {
				first = op
			}
		}
	}
	if n > 0 {
		a.diags.Warnf(first.Pos, ruleRate, "%d operations without a row, %s first, count by the spec's default, and the table states none", n, first.ID)
	}
}

// usual compares the defaults of page and spec.
func (a *auditor) usual(table *limit.Table) {
	d := a.page.Default
	if d == nil {
		return
	}
	if table == nil || table.Default == nil {
		a.diags.Errorf(d.Pos, ruleRate, "the table's default is %s, and the spec has no default under x-rate-limits", a.words(d.Rate))
		return
	}
	var known []string
	for _, c := range table.Default.Charges {
		l := table.Limit(c.Limit)
		if l == nil {
			continue
		}
		m := &model.Limit{Name: l.Name, Quota: l.Quota, Seconds: int64(l.Window / time.Second), Rated: l.Rate != "", Unit: l.Unit, Per: l.Per, Burst: l.Burst}
		if len(d.Per) == 0 {
			m.Per = nil // a default seldom says what counts separately
		}
		if sameFigure(d.Rate.Rate, m) && sameUnit(d.Unit, m.Unit) && (len(d.Per) == 0 || a.keys.match(d.Rate, m.Per)) {
			return
		}
		known = append(known, fmt.Sprintf("%s, %s (%s)", l.Name, limitWords(m), l.Pos))
	}
	a.diags.Errorf(d.Pos, ruleRate, "the table's default is %s, and the spec's %s", a.words(d.Rate), strings.Join(known, ", "))
}
