package skeleton

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/published"
	"github.com/limitgen/limitgen/generator/table/rate"
)

// namedLimit is a limit of the table.
type namedLimit struct {
	name string
	rate rate.Rate
	per  []string
	pool *published.Pool
	uses int
}

// limits derives the table: one limit for rows with the same rates, and one for each pool.
func (s *importer) limits() {
	for _, op := range s.ops {
		for _, row := range op.rows {
			for _, r := range row.Rates {
				s.limit(op, r)
			}
		}
	}
	s.usualLimit()
	s.nameLimits()
	for _, op := range s.ops {
		op.takesDefault = s.usual != "" && len(op.use) == 1 && op.use[0] == s.usual
	}
	s.unknownKeys()
}

// limit finds or makes the limit of a rate, and adds it to an operation.
func (s *importer) limit(op *operation, r published.Rate) {
	if r.Unlimited {
		op.unlimited = len(op.use) == 0
		return
	}
	per := s.per(op, r, r.Pool == nil)
	unit := unitOf(r.Unit)
	at := slices.IndexFunc(s.table, func(l *namedLimit) bool {
		return l.pool == r.Pool && sameFigure(l.rate, r.Rate) && l.rate.Unit == unit && l.rate.Burst == r.Burst && slices.Equal(l.per, per)
	})
	if at < 0 {
		at = len(s.table)
		one := r.Rate
		one.Unit = unit
		s.table = append(s.table, &namedLimit{name: fmt.Sprint(at), rate: one, per: per, pool: r.Pool})
	}
	if name := s.table[at].name; !slices.Contains(op.use, name) {
		op.use = append(op.use, name)
		s.table[at].uses++
	}
	op.unlimited = false
}

func sameFigure(a, b rate.Rate) bool {
	of, decimal := a.Exact()
	other, too := b.Exact()
	if decimal || too {
		return decimal && too && of == other
	}
	return a.Quota == b.Quota && a.Window == b.Window
}

// unitOf converts a unit to the form of the table of limits.
func unitOf(u string) string {
	if u == "" || u == rate.Requests {
		return limit.UnitRequests
	}
	if limit.IsName(u) {
		return u
	}
	return slug(u)
}

// per returns the keys of a rate. A row with its own counter counts by operation.
func (s *importer) per(op *operation, r published.Rate, own bool) []string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	phrases := r.Per
	if len(phrases) == 0 && r.Default {
		phrases = s.usualPhrases()
	}
	for _, phrase := range phrases {
		k := s.keyOf(phrase)
		add(k.name)
		s.override(op, k)
	}
	switch {
	case len(phrases) > 0:
	case s.stated():
		s.note(op, r)
	default:
		add(limit.DimIdentity)
	}
	if own {
		add(limit.DimOperation)
	}
	return out
}

// stated reports whether any rate of the page has keys. If so, a rate without keys has one counter
// for all callers; otherwise each caller has one.
func (s *importer) stated() bool { return len(s.usualPhrases()) > 0 }

// note reports that one counter for all callers is written.
func (s *importer) note(op *operation, r published.Rate) {
	if len(op.rows) == 0 {
		return
	}
	s.diags = append(s.diags, diag.Diagnostic{Pos: r.Pos, Severity: diag.Note, Rule: ruleImport, Message: fmt.Sprintf(
		"%s: other rates of the page say what is counted separately and this one does not, so one counter for all callers is written", op.rows[0].Name())})
}

// usualPhrases returns the phrases of the most frequent rate, for a default without any.
func (s *importer) usualPhrases() []string {
	counts := map[string]int{}
	var best []string
	most := 0
	for _, row := range s.page.Rows {
		for _, r := range row.Rates {
			id := strings.Join(r.Per, "\n")
			if len(r.Per) > 0 {
				if counts[id]++; counts[id] > most {
					best, most = r.Per, counts[id]
				}
			}
		}
	}
	return best
}

// override defines a key for an operation that lacks some of its parameters.
func (s *importer) override(op *operation, k *key) {
	has := published.Parameters(op.path)
	var parts []string
	for _, p := range k.parts {
		if slices.Contains(has, p) {
			parts = append(parts, p)
		}
	}
	if len(parts) == len(k.parts) {
		return
	}
	if len(parts) == 0 {
		s.diags.Errorf(op.rows[0].URLPos, ruleImport, "%s: its path has none of the parameters of the key %q, %s", op.rows[0].Name(), k.phrase, strings.Join(k.parts, ", "))
		return
	}
	if op.keys == nil {
		op.keys = map[string][]string{}
	}
	op.keys[k.name] = parts
}

// usualLimit finds or makes the limit of the page's default.
func (s *importer) usualLimit() {
	d := s.page.Default
	if d == nil {
		return
	}
	var best *namedLimit
	for _, l := range s.table {
		if l.pool == nil && sameFigure(l.rate, d.Rate.Rate) && l.rate.Unit == unitOf(d.Unit) && (best == nil || l.uses > best.uses) {
			best = l
		}
	}
	if best == nil {
		one := d.Rate
		one.Default = true
		r := d.Rate.Rate
		r.Unit = unitOf(r.Unit)
		best = &namedLimit{name: fmt.Sprint(len(s.table)), rate: r, per: s.per(&operation{}, one, true)}
		s.table = append(s.table, best)
	}
	s.usual = best.name
}

// nameLimits names the limits: the most frequent one "each", others by their rate.
func (s *importer) nameLimits() {
	taken := map[string]bool{}
	renamed := map[string]string{}
	most := ""
	uses := 0
	for _, l := range s.table {
		if l.pool == nil && l.uses > uses {
			most, uses = l.name, l.uses
		}
	}
	if s.usual != "" {
		most = s.usual
	}
	for _, l := range s.table {
		name := "each"
		if l.name != most {
			name = s.describe(l)
		}
		for base, n := name, 2; taken[name]; n++ {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		taken[name] = true
		renamed[l.name] = name
		l.name = name
	}
	for _, op := range s.ops {
		for i := range op.use {
			op.use[i] = renamed[op.use[i]]
		}
	}
	s.usual = renamed[s.usual]
}

// describe returns a limit's name: from its quota, unit, window and keys, or from its pool.
func (s *importer) describe(l *namedLimit) string {
	if l.pool != nil && len(l.pool.Rows) == len(s.page.Rows) {
		return "all"
	}
	if l.pool != nil {
		for _, row := range l.pool.Rows {
			if op := s.of[row]; op != nil {
				return "shared-" + slug(op.tag)
			}
		}
		return "shared"
	}
	var parts []string
	if l.rate.Unit != limit.UnitRequests {
		parts = append(parts, l.rate.Unit)
	}
	if exact, ok := l.rate.Exact(); ok {
		parts = append(parts, strings.ReplaceAll(exact, ".", "-"), "per-second")
	} else {
		parts = append(parts, fmt.Sprint(l.rate.Quota))
		if l.rate.Window != time.Second && l.rate.Window != 0 {
			parts = append(parts, "per", strings.ReplaceAll(rate.Span(l.rate.Window), " ", "-"))
		}
	}
	name := strings.Join(parts, "-")
	switch {
	case len(l.rate.Per) > 0 && !slices.Equal(l.rate.Per, s.usualPhrases()):
		name = slug(strings.Join(l.rate.Per, "-")) + "-" + name
	case name[0] < 'a':
		name = "each-" + name
	}
	if len(name) > 60 {
		name = strings.Trim(name[:60], "-")
	}
	return name
}

// unknownKeys reports which phrases were taken for the caller.
func (s *importer) unknownKeys() {
	for _, k := range s.keys {
		if k.known {
			continue
		}
		for _, row := range s.page.Rows {
			for _, r := range row.Rates {
				if slices.Contains(r.Per, k.phrase) {
					s.diags.Warnf(r.Pos, ruleImport, "the meaning of %q in a request is unknown, so per: [identity] is written; give --keys %q with a path parameter or a built-in name", k.phrase, k.phrase+"=NAME")
					k.known = true
					break
				}
			}
			if k.known {
				break
			}
		}
	}
}
