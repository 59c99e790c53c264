package audit

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
	"github.com/limitgen/limitgen/generator/published"
)

// pool compares which operations share a row's counters.
func (a *auditor) pool(row *published.Row, e *entry) {
	a.apart(row, e)
	for _, r := range e.op.Rates {
		spec := a.sharing(r.Limit, e)
		stated, ok := a.same(row, r.Limit)
		if !ok {
			continue // another quota, which is reported elsewhere
		}
		table := a.poolOf(stated.Pool, e)
		where := r.Limit.Name + " (" + r.Limit.Pos.String() + ")"
		if more := without(spec, table); len(more) > 0 {
			a.diags.Errorf(row.Pos, rulePool, "%s: in the spec it shares limit %s with %s, and the table does not say so", row.Name(), where, strings.Join(more, ", "))
		}
		if more := without(table, spec); len(more) > 0 {
			a.diags.Errorf(row.Pos, rulePool, "%s: the table (line %d) has it share its limit with %s, and in the spec limit %s does not",
				row.Name(), stated.Pool.Pos.Line, strings.Join(more, ", "), where)
		}
	}
}

// apart reports rows of one operation, which share its counters, if the page says that each row has
// its own.
func (a *auditor) apart(row *published.Row, e *entry) {
	if !row.Each {
		return
	}
	for _, other := range a.page.Rows {
		if o := a.of[other]; other != row && other.Each && o != nil && o.name() == e.name() {
			a.diags.Warnf(row.Pos, rulePool, "%s: the table has its rate for this row alone, and in the spec it shares %s with %s", row.Name(), e.name(), other.Name())
			return
		}
	}
}

// same returns the rate of a row that equals a limit.
func (a *auditor) same(row *published.Row, l *model.Limit) (published.Rate, bool) {
	for _, r := range row.Rates {
		if r.Quota == l.Quota && seconds(r) == l.Seconds {
			return r, true
		}
	}
	return published.Rate{}, false
}

// poolOf returns the operations that share a rate's counter according to the table.
func (a *auditor) poolOf(pool *published.Pool, e *entry) []string {
	out := []string{e.name()}
	if pool == nil {
		return out
	}
	for _, other := range pool.Rows {
		if o := a.of[other]; o != nil && !slices.Contains(out, o.name()) {
			out = append(out, o.name())
		}
	}
	return out
}

// sharing returns the operations with rows that share a counter of a limit.
func (a *auditor) sharing(l *model.Limit, e *entry) []string {
	out := []string{e.name()}
	if slices.Contains(l.Per, limit.DimOperation) {
		return out
	}
	for _, o := range a.entries {
		uses := slices.ContainsFunc(o.op.Rates, func(r *model.Rate) bool { return r.Limit == l })
		if uses && len(o.rows) > 0 && !slices.Contains(out, o.name()) {
			out = append(out, o.name())
		}
	}
	return out
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// citations compares row numbers with those that the spec cites. Rows that moved together are
// reported once.
func (a *auditor) citations() {
	type move struct {
		row  *published.Row
		from int
	}
	var moves []move
	for _, row := range a.page.Rows {
		e := a.of[row]
		if e == nil || len(e.cited) == 0 || slices.Contains(e.cited, strconv.Itoa(row.Number)) {
			continue
		}
		if n, err := strconv.Atoi(e.cited[0]); err == nil {
			moves = append(moves, move{row, n})
		}
	}
	slices.SortStableFunc(moves, func(x, y move) int { return cmp.Compare(x.row.Number, y.row.Number) })
	for i := 0; i < len(moves); {
		by := moves[i].row.Number - moves[i].from
		j := i + 1
		for j < len(moves) && moves[j].row.Number-moves[j].from == by {
			j++
		}
		first, last := moves[i], moves[j-1]
		if j-i == 1 {
			a.diags.Warnf(first.row.Pos, ruleCitation, "%s is cited as row %d in the spec", first.row.Name(), first.from)
		} else {
			a.diags.Warnf(first.row.Pos, ruleCitation, "rows %d to %d are cited as %d to %d in the spec; number them anew there", first.row.Number, last.row.Number, first.from, last.from)
		}
		i = j
	}
}
