package compat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
)

// uses compares the limits of each operation. Operations with the same changes share a finding, and
// those without a use share that of the default.
func (c *comparison) uses() {
	var changes, byDefault []Finding
	for _, p := range c.pairs {
		list := once(c.use(p))
		if p.was.Default && p.is.Default {
			byDefault = append(byDefault, list...)
		} else {
			changes = append(changes, list...)
		}
	}
	for _, p := range c.pairs {
		changes = append(changes, c.counts(p)...)
	}
	c.found = append(c.found, grouped(changes)...)
	c.defaults(byDefault)
}

// use compares the limits of an operation and its costs. Texts begin without their subject, which
// grouped adds.
func (c *comparison) use(p pair) []Finding {
	var out []Finding
	for _, r := range p.is.Rates {
		before := c.before(p.was, r)
		if before == nil {
			out = append(out, c.gained(p, r))
			continue
		}
		if v := compareCost(p.was, before, p.is, r); v != same {
			out = append(out, c.costChanged(p, before, r, v))
		}
		if f, ok := c.maximumChanged(p, before, r); ok {
			out = append(out, f)
		}
	}
	for _, r := range p.was.Rates {
		if f, ok := c.lost(p, r); ok {
			out = append(out, f)
		}
	}
	return out
}

// once removes changes of an operation that another change implies, since a finding about a new
// limit mentions the old one, and vice versa.
func once(list []Finding) []Finding {
	gained := func(f Finding) bool { return f.Kind == ruleApplies || f.Kind == ruleJoined }
	lost := func(f Finding) bool { return f.Kind == ruleLifted || f.Kind == ruleLeft }
	takes := slices.ContainsFunc(list, func(f Finding) bool { return gained(f) && f.Severity != diag.Note })
	gives := slices.ContainsFunc(list, lost)
	return slices.DeleteFunc(list, func(f Finding) bool { return takes && lost(f) || gives && !takes && gained(f) })
}

// before returns the use of the same limit by an old operation.
func (c *comparison) before(was *model.Operation, r *model.Rate) *model.Rate {
	return rateOf(was, c.oldLimit[r.Limit])
}

// sharing returns the operations that spend the counter which an operation spends by a limit.
func sharing(api *model.API, op *model.Operation, r *model.Rate) []*model.Operation {
	if !shared(r) {
		return []*model.Operation{op}
	}
	return users(api, r.Limit)
}

// gained reports a new limit of an operation. It does not restrict callers if an old limit admitted
// no more, and no further operation shares the counter.
func (c *comparison) gained(p pair, r *model.Rate) Finding {
	pool := sharing(c.is, p.is, r)
	f := Finding{
		Kind: ruleApplies, Severity: diag.Error, Old: usePos(p.was), New: r.Pos, Limit: r.Limit.Name,
		Operations: []string{p.is.ID}, Was: allWords(p.was), Is: rateWords(r),
		Caller: worded[tighter].caller, Server: worded[tighter].server,
		Text: fmt.Sprintf("counts against %s, was %s", rateWords(r), allWords(p.was)),
	}
	if len(pool) > 1 {
		f.Kind = ruleJoined
		f.Text = fmt.Sprintf("shares %s with %s, was %s; an even share of the %d is %s", rateWords(r),
			others(pool, p.is), allWords(p.was), len(pool), evenShare(r.Limit, len(pool)))
	}
	for _, o := range p.was.Rates {
		if compareRates(p.was, o, p.is, r).harms() {
			continue
		}
		with := sharing(c.was, p.was, o)
		wider := func(op *model.Operation) bool { return c.old[op] != nil && !slices.Contains(with, c.old[op]) }
		if !slices.ContainsFunc(pool, wider) {
			f.Severity, f.Caller = diag.Note, fmt.Sprintf("clients built from the old spec keep to %s, which admits no more", o.Limit.Name)
			f.Server = fmt.Sprintf("servers built from the old spec enforce %s, which admits no more",
				o.Limit.Name)
			if slices.ContainsFunc(pool, func(op *model.Operation) bool { return predecessor(c.was, op, c.old) == nil }) {
				f.Severity = diag.Warning
				f.Caller += "; other callers with the same key now spend from it on the new operations"
			}
		}
	}
	return f
}

// others names the operations of a pool except one.
func others(pool []*model.Operation, op *model.Operation) string {
	return listed(ids(slices.DeleteFunc(slices.Clone(pool),
		func(o *model.Operation) bool { return o == op })))
}

// lost reports a limit that no longer applies to an operation. A limit that was removed from the
// table has a finding of its own.
func (c *comparison) lost(p pair, r *model.Rate) (Finding, bool) {
	now := c.newLimit[r.Limit]
	if now == nil || rateOf(p.is, now) != nil {
		return Finding{}, false
	}
	f := Finding{
		Kind: ruleLifted, Severity: diag.Note, Old: r.Pos, New: usePos(p.is), Limit: now.Name,
		Operations: []string{p.is.ID}, Was: rateWords(r), Is: allWords(p.is),
		Caller: "clients built from the old spec still wait for it",
		Server: "servers built from the old spec still count it",
	}
	f.Text = fmt.Sprintf("does not count against %s any more, is %s", rateWords(r), allWords(p.is))
	if len(sharing(c.was, p.was, r)) > 1 {
		f.Kind = ruleLeft
		f.Text = fmt.Sprintf("does not share %s any more, is %s", rateWords(r), allWords(p.is))
	}
	return f, true
}

func (c *comparison) costChanged(p pair, was, is *model.Rate, v verdict) Finding {
	return Finding{
		Kind: ruleCost, Severity: v.severity(), Old: was.Pos, New: is.Pos, Limit: is.Limit.Name,
		Operations: []string{p.is.ID}, Was: manifest.Cost(was), Is: manifest.Cost(is),
		Caller: worded[v].caller, Server: worded[v].server,
		Text: fmt.Sprintf("cost %s of %s, not %s", manifest.Cost(is), is.Limit.Name,
			manifest.Cost(was)),
	}
}

// maximumChanged compares the maximum cost of one request, if the cost depends on the request.
func (c *comparison) maximumChanged(p pair, was, is *model.Rate) (Finding, bool) {
	if was.Count == nil || is.Count == nil || was.Max == is.Max {
		return Finding{}, false
	}
	f := Finding{
		Kind: ruleMaximum, Severity: diag.Note, Old: was.Pos, New: is.Pos, Limit: is.Limit.Name,
		Operations: []string{p.is.ID}, Was: maximum(was), Is: maximum(is),
		Text: fmt.Sprintf("may cost %s of %s in one request, not %s", maximum(is), is.Limit.Name,
			maximum(was)),
		Caller: "clients built from the old spec refuse requests that are allowed now",
		Server: "servers built from the old spec refuse requests that are allowed now (400)",
	}
	if is.Max > 0 && (was.Max == 0 || is.Max < was.Max) {
		f.Severity = diag.Error
		f.Caller = "clients built from the old spec send requests that are refused however long they wait (400)"
		f.Server = "servers built from the old spec admit larger requests"
	}
	return f, true
}

func maximum(r *model.Rate) string {
	if r.Max == 0 {
		return "any number"
	}
	return fmt.Sprintf("at most %d", r.Max)
}

// counts compares the partition keys of an operation's limits, and when they are decided.
func (c *comparison) counts(p pair) []Finding {
	var out []Finding
	for _, r := range p.is.Rates {
		before := c.before(p.was, r)
		if before == nil {
			continue
		}
		if v := compareKeys(dimensions(p.was, before.Key), dimensions(p.is, r.Key)); v != same {
			out = append(out, c.keyChanged(p, before, r, v))
		}
		if before.Early != r.Early {
			out = append(out, c.decisionMoved(p, before, r))
		}
	}
	return out
}

func (c *comparison) keyChanged(p pair, was, is *model.Rate, v verdict) Finding {
	alike := slices.Equal(was.Limit.Per, is.Limit.Per)
	f := Finding{
		Kind: ruleKey, Severity: v.severity(), Old: at(was.Limit, "per"), New: at(is.Limit, "per"),
		Limit: is.Limit.Name, Operations: []string{p.is.ID}, Was: keyWords(was, alike),
		Is: keyWords(is, alike), Caller: worded[v].caller, Server: worded[v].server,
	}
	f.Text = fmt.Sprintf("count against %s %s, not %s", is.Limit.Name, f.Is, f.Was)
	switch v {
	case tighter:
		f.Text += ": what had counters of its own shares one"
	case looser:
		f.Text += ": what shared a counter has some of its own"
	}
	return f
}

// keyWords describes the partition key of a limit by the names of its keys or, if spelt is set, by
// their expressions.
func keyWords(r *model.Rate, spelt bool) string {
	if r.Key == nil {
		return "over all requests"
	}
	parts := make([]string, 0, len(r.Key.Dimensions))
	for _, d := range r.Key.Dimensions {
		if d.Expr != nil {
			parts = append(parts, d.Expr.String())
		} else {
			parts = append(parts, d.Builtin)
		}
	}
	text := "for each " + strings.Join(r.Limit.Per, ", ")
	if spelt {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

func (c *comparison) decisionMoved(p pair, was, is *model.Rate) Finding {
	f := Finding{
		Kind: ruleDecide, Severity: diag.Warning, Old: at(was.Limit, "decide"),
		New: at(is.Limit, "decide"), Limit: is.Limit.Name, Operations: []string{p.is.ID},
		Was: "after validation", Is: "before authentication",
		Caller: "requests that fail authentication or validation spend it, which they did not",
		Server: "servers built from the old spec let credentials be guessed without it",
	}
	if was.Early {
		f.Severity, f.Was, f.Is = diag.Note, f.Is, f.Was
		f.Caller = "requests that fail authentication or validation spend nothing of it, which they did"
		f.Server = "servers built from the old spec count requests that fail authentication"
	}
	f.Text = fmt.Sprintf("are decided about by %s %s, not %s", is.Limit.Name, f.Is, f.Was)
	return f
}

// usePos returns the position of the use that applies to an operation.
func usePos(op *model.Operation) diag.Position {
	if op.UsePos.Line > 0 {
		return op.UsePos
	}
	return op.Pos
}

// grouped merges findings that are equal for several operations, and adds the subject to each text.
func grouped(list []Finding) []Finding {
	var out []Finding
	for _, f := range list {
		same := func(o Finding) bool {
			return o.Kind == f.Kind && o.Severity == f.Severity && o.Text == f.Text &&
				o.Caller == f.Caller && o.Server == f.Server
		}
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i].Operations = append(out[i].Operations, f.Operations...)
			continue
		}
		out = append(out, f)
	}
	for i := range out {
		out[i].Text = subject(out[i].Operations) + " " + conjugate(out[i].Text, len(out[i].Operations))
	}
	return out
}

// conjugate puts the verb at the start of a text into the singular or plural.
func conjugate(text string, n int) string {
	verb, rest, _ := strings.Cut(text, " ")
	one := map[string]string{
		"cost": "costs", "count": "counts", "counts": "counts", "shares": "shares", "does": "does",
		"may": "may", "are": "is",
	}
	several := map[string]string{
		"cost": "cost", "count": "count", "counts": "count", "shares": "share", "does": "do",
		"may": "may", "are": "are",
	}
	if n == 1 {
		return one[verb] + " " + rest
	}
	return several[verb] + " " + strings.Replace(rest, ", was ", ", were ", 1)
}

// defaults returns one finding for all operations without a use.
func (c *comparison) defaults(changes []Finding) {
	if len(changes) == 0 {
		return
	}
	f := Finding{
		Kind: ruleDefault, Severity: diag.Note, Old: c.useOfDefault(c.was), New: c.useOfDefault(c.is),
	}
	worst := changes[0]
	for _, change := range changes {
		if change.Severity < worst.Severity {
			worst = change
		}
	}
	f.Severity, f.Caller, f.Server = worst.Severity, worst.Caller, worst.Server
	for _, p := range c.pairs {
		reached := func(change Finding) bool { return slices.Contains(change.Operations, p.is.ID) }
		if !p.is.Default || !slices.ContainsFunc(changes, reached) {
			continue
		}
		f.Operations = append(f.Operations, p.is.ID)
		f.Was, f.Is = charged(p.was), charged(p.is)
	}
	f.Text = fmt.Sprintf("the default was %s, is %s, which reaches %s", f.Was, f.Is,
		subject(f.Operations))
	c.add(f)
}

func (c *comparison) useOfDefault(api *model.API) diag.Position {
	if pos, ok := api.At["default"]; ok {
		return pos
	}
	return c.member(api, "limits")
}

// charged returns the use of limits as the spec writes it.
func charged(op *model.Operation) string {
	if len(op.Rates) == 0 {
		return "none"
	}
	parts := make([]string, 0, len(op.Rates))
	for _, r := range op.Rates {
		parts = append(parts, r.Limit.Name+": "+manifest.Cost(r))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// evenShare describes an operation's part of a limit if n operations use it equally.
func evenShare(l *model.Limit, n int) string {
	text := fmt.Sprint(l.Quota / int64(n))
	if l.Quota%int64(n) != 0 {
		text = fmt.Sprintf("%.1f", float64(l.Quota)/float64(n))
	}
	text += " " + limit.Unit(l.Unit, 2)
	if l.Seconds > 0 {
		text += " per " + limit.Window(l.Seconds)
	}
	return text
}

// addresses compares how many bits of an IPv6 address identify a client.
func (c *comparison) addresses() {
	was, is := c.was.IPv6Prefix, c.is.IPv6Prefix
	var ops []string
	for _, op := range c.is.Operations {
		byAddress := func(r *model.Rate) bool { return slices.Contains(dimensions(op, r.Key), limit.DimClientIP) }
		if slices.ContainsFunc(op.Rates, byAddress) {
			ops = append(ops, op.ID)
		}
	}
	if was == is || len(ops) == 0 {
		return
	}
	v := tighter // fewer bits: more clients are one
	if is > was {
		v = looser
	}
	c.add(Finding{
		Kind: ruleKey, Severity: v.severity(), Old: c.member(c.was, "client-ip"),
		New: c.member(c.is, "client-ip"), Operations: ops, Was: fmt.Sprintf("/%d", was),
		Is: fmt.Sprintf("/%d", is), Caller: worded[v].caller, Server: worded[v].server,
		Text: fmt.Sprintf("a client's IPv6 address is its first %d bits, not %d", is, was),
	})
}
