package compat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/manifest"
	"github.com/limitgen/limitgen/generator/model"
)

// basePath compares the base URLs.
func (c *comparison) basePath() {
	if c.was.BasePath == c.is.BasePath {
		return
	}
	c.add(Finding{
		Kind: ruleBasePath, Severity: diag.Error, Old: c.member(c.was, "servers"),
		New: c.member(c.is, "servers"), Was: c.was.BasePath, Is: c.is.BasePath,
		Text:   fmt.Sprintf("the API is served below %q, not below %q", c.is.BasePath, c.was.BasePath),
		Caller: "clients built from the old spec call addresses that are not served, unless they name their base URL",
		Server: "servers built from the old spec serve the old addresses, unless WithBasePath names them",
	})
}

// operations reports new, removed and moved operations.
func (c *comparison) operations() {
	for _, op := range c.added {
		c.operationAdded(op)
	}
	for _, op := range c.gone {
		c.operationGone(op)
	}
	for _, p := range c.pairs {
		c.moved(p)
		if p.was.ID != p.is.ID {
			c.renamed(p)
		}
	}
}

// renamed tells of an operation that has another name. Where its requests are others as well, that
// is a finding of its own.
func (c *comparison) renamed(p pair) {
	f := Finding{
		Kind: ruleOperationRenamed, Severity: diag.Warning, Old: p.was.Pos, New: p.is.Pos,
		Operations: []string{p.is.ID}, Was: p.was.ID, Is: p.is.ID,
		Text: fmt.Sprintf("operation %s is called %s now (%s %s)", p.was.ID, p.is.ID, p.is.HTTPMethod,
			p.is.Path),
		Caller: fmt.Sprintf("Go code that calls %s does not compile until it calls %s", p.was.Method,
			p.is.Method),
		Server: fmt.Sprintf("Go code that implements %s implements %s instead; metrics go by the new name", p.was.Method, p.is.Method),
	}
	if alias := former(p.is, p.was); alias != nil {
		f.Severity, f.New = diag.Note, alias.Pos
		f.Caller = fmt.Sprintf("Go code that calls %s still compiles, and finds it deprecated",
			p.was.Method)
	}
	if address(p.was) == address(p.is) {
		f.Caller, f.Server = "the same requests pass; "+f.Caller,
			"the same requests are served; "+f.Server
	}
	c.add(f)
}

// siblings returns the operations at the address of op.
func siblings(api *model.API, op *model.Operation) []*model.Operation {
	var out []*model.Operation
	for _, other := range api.Operations {
		if address(other) == address(op) {
			out = append(out, other)
		}
	}
	return out
}

func (c *comparison) operationAdded(op *model.Operation) {
	f := Finding{
		Kind: ruleOperationAdded, Severity: diag.Note, Old: c.member(c.was, "paths"), New: op.Pos,
		Operations: []string{op.ID}, Is: allWords(op),
		Text: fmt.Sprintf("operation %s is new: %s %s, %s", op.ID, op.HTTPMethod, op.Path,
			allWords(op)),
		Caller: "clients built from the old spec do not call it",
		Server: "servers built from the old spec answer 404 or 405",
	}
	before := siblings(c.was, op)
	if len(before) > 0 {
		f.Kind, f.Old = ruleVariantAdded, before[0].Pos
		from := predecessor(c.was, op, c.old)
		f.Text = fmt.Sprintf("variant %s of %s %s is new: %s", op.ID, op.HTTPMethod, op.Path,
			allWords(op))
		v := c.charges(from, op)
		f.Severity = v.severity()
		f.Was = allWords(from)
		f.Caller = fmt.Sprintf("requests that it takes over from %s were %s; %s", from.ID, allWords(from),
			worded[v].caller)
		f.Server = fmt.Sprintf("servers built from the old spec count its requests as %s", from.ID)
		if v == same {
			f.Caller = fmt.Sprintf("requests that it takes over from %s are limited as before", from.ID)
		}
	}
	c.add(f)
}

func (c *comparison) operationGone(op *model.Operation) {
	f := Finding{
		Kind: ruleOperationRemoved, Severity: diag.Error, Old: op.Pos, New: c.member(c.is, "paths"),
		Operations: []string{op.ID}, Was: allWords(op),
		Text:   fmt.Sprintf("operation %s is gone: %s %s", op.ID, op.HTTPMethod, op.Path),
		Caller: "calls of it are answered 404 or 405, and Go code that calls it does not compile",
		Server: "servers built from the old spec still serve it",
	}
	after := siblings(c.is, op)
	if len(after) > 0 {
		f.Kind, f.New = ruleVariantRemoved, after[0].Pos
		to := predecessor(c.is, op, c.new)
		v := c.charges(op, to)
		f.Is = allWords(to)
		f.Text = fmt.Sprintf("variant %s of %s %s is gone", op.ID, op.HTTPMethod, op.Path)
		f.Caller = fmt.Sprintf("its requests are %s's or nothing's now (400); Go code that calls it does not compile", to.ID)
		if v.harms() {
			f.Caller += "; " + worded[v].caller
		}
	}
	c.add(f)
}

// moved compares the address of an operation.
func (c *comparison) moved(p pair) {
	f := Finding{
		Severity: diag.Error, Old: p.was.Pos, New: p.is.Pos, Operations: []string{p.is.ID},
		Was:    p.was.HTTPMethod + " " + p.was.Server + p.was.Path,
		Is:     p.is.HTTPMethod + " " + p.is.Server + p.is.Path,
		Caller: "clients built from the old spec call an address that is not served (404 or 405)",
		Server: "servers built from the old spec serve the old address",
	}
	f.Text = fmt.Sprintf("operation %s was %s, is %s", p.is.ID, f.Was, f.Is)
	switch {
	case p.was.HTTPMethod != p.is.HTTPMethod:
		f.Kind = ruleMethod
	case address(p.was) != address(p.is):
		f.Kind = rulePath
	case chosen(p.was) != chosen(p.is):
		f.Kind, f.Was, f.Is = ruleVariantChanged, whenWords(p.was), whenWords(p.is)
		f.Text = fmt.Sprintf("variant %s was for requests with %s, is for requests with %s", p.is.ID,
			f.Was, f.Is)
		f.Caller = "requests of the old form may be another variant's, or nothing's (400)"
		f.Server = "servers built from the old spec count requests as the old form says"
	default:
		return
	}
	c.add(f)
}

func whenWords(op *model.Operation) string {
	if op.When == nil {
		return "anything"
	}
	return op.When.Expr.String() + " " + op.When.Is
}

// allWords describes all limits of an operation.
func allWords(op *model.Operation) string {
	if len(op.Rates) == 0 {
		return "unlimited"
	}
	parts := make([]string, 0, len(op.Rates))
	for _, r := range op.Rates {
		parts = append(parts, rateWords(r))
	}
	return "within " + strings.Join(parts, " and ")
}

// rateWords describes a limit in use.
func rateWords(r *model.Rate) string {
	text := fmt.Sprintf("%s (%s)", r.Limit.Name, inWords(r.Limit))
	if cost := manifest.Cost(r); cost != "1" {
		text += " at a cost of " + cost
	}
	return text
}

// charges compares all limits of an operation. The result is tighter if the old limits do not imply
// some new one, and looser if the new limits do not imply some old one.
func (c *comparison) charges(was, is *model.Operation) verdict {
	implied := func(r *model.Rate, op, of *model.Operation, all []*model.Rate) bool {
		return slices.ContainsFunc(all, func(o *model.Rate) bool { return !compareRates(of, o, op, r).harms() })
	}
	gained, lost := false, false
	for _, r := range is.Rates {
		gained = gained || !implied(r, is, was, was.Rates)
	}
	for _, r := range was.Rates {
		lost = lost || !implied(r, was, is, is.Rates)
	}
	return of(!gained, !lost)
}

// compareRates compares two limits in use.
func compareRates(a *model.Operation, was *model.Rate, b *model.Operation, is *model.Rate) verdict {
	v := both(compareFigures(figuresOf(was.Limit), figuresOf(is.Limit)),
		compareKeys(dimensions(a, was.Key), dimensions(b, is.Key)))
	return both(v, compareCost(a, was, b, is))
}

// compareCost compares the cost of one request.
func compareCost(a *model.Operation, was *model.Rate, b *model.Operation, is *model.Rate) verdict {
	switch {
	case was.Count == nil && is.Count == nil:
		return compareCosts(was.Cost, is.Cost)
	case was.Count == nil && !is.Value: // a list counts its items, and 1 if it is empty
		return of(is.Max > 0 && is.Max <= was.Cost, is.Times >= was.Cost)
	case is.Count == nil && !was.Value:
		return of(was.Times >= is.Cost, was.Max > 0 && was.Max <= is.Cost)
	case was.Count == nil || is.Count == nil || was.Value != is.Value ||
		expression(a, was.Count) != expression(b, is.Count):
		return other
	}
	return both(compareCosts(was.Times, is.Times), compareCosts(was.Default, is.Default))
}
