package compat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// plans compares the quotas and bursts of plans.
func (c *comparison) plans() {
	for _, is := range c.is.Plans {
		if was := plan(c.was, is.Name); was != nil {
			c.planChanged(was, is)
			continue
		}
		c.add(Finding{
			Kind: rulePlanAdded, Severity: diag.Note, Old: c.member(c.was, "plans"), New: is.Pos,
			Is: planWords(c.is, is), Text: fmt.Sprintf("plan %s is new: %s", is.Name,
				planWords(c.is, is)),
			Caller: "clients built from the old spec do not know it: WithPlan fails",
			Server: "servers built from the old spec log an error for its callers and hold them to their own plan",
		})
	}
	for _, was := range c.was.Plans {
		if plan(c.is, was.Name) != nil {
			continue
		}
		c.add(Finding{
			Kind: rulePlanRemoved, Severity: diag.Error, Old: was.Pos, New: c.member(c.is, "plans"),
			Was: planWords(c.was, was), Text: fmt.Sprintf("plan %s is gone: %s", was.Name,
				planWords(c.was, was)),
			Caller: "clients built from the old spec go on at its quotas and may be rejected (429); clients built from the new one do not know it",
			Server: "servers built from the old spec go on with its quotas",
		})
	}
}

func plan(api *model.API, name string) *model.Plan {
	for _, p := range api.Plans {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// amountOf returns a plan's amount for a limit, or nil.
func amountOf(p *model.Plan, l *model.Limit) *model.Amount {
	for _, a := range p.Amounts {
		if a.Limit == l.Name {
			return a
		}
	}
	return nil
}

// onPlan returns a limit with a plan's quota and burst.
func onPlan(p *model.Plan, l *model.Limit) *model.Limit {
	out := *l
	if a := amountOf(p, l); a != nil {
		a.On(&out)
	}
	return &out
}

// ownWindow returns the window that a plan gives to a limit; 0 for the table's.
func ownWindow(a *model.Amount, l *model.Limit) int64 {
	if a.Rewindows(l.Seconds) {
		return a.Seconds
	}
	return 0
}

func planWords(api *model.API, p *model.Plan) string {
	var parts []string
	for _, l := range api.Limits {
		if amountOf(p, l) != nil {
			parts = append(parts, l.Name+" "+inWords(onPlan(p, l)))
		}
	}
	if len(parts) == 0 {
		return "the quotas of the table"
	}
	return strings.Join(parts, "; ")
}

// planChanged compares limits that a plan of either side changes. A change of the table itself is
// reported with the limit.
func (c *comparison) planChanged(was, is *model.Plan) {
	for _, p := range c.limits {
		a, b := amountOf(was, p.was), amountOf(is, p.is)
		if a == nil && b == nil ||
			a != nil && b != nil && a.Quota == b.Quota && a.Burst == b.Burst &&
				ownWindow(a, p.was) == ownWindow(b, p.is) {
			continue
		}
		old, now := onPlan(was, p.was), onPlan(is, p.is)
		v := compareFigures(figuresOf(old), figuresOf(now))
		if v == same {
			continue
		}
		f := Finding{
			Kind: rulePlanChanged, Severity: v.severity(), Old: was.Pos, New: is.Pos, Limit: p.is.Name,
			Was: inWords(old), Is: inWords(now), Caller: worded[v].caller, Server: worded[v].server,
			Text: fmt.Sprintf("limit %s on plan %s was %s, is %s", p.is.Name, is.Name, inWords(old),
				inWords(now)),
		}
		if a != nil {
			f.Old = a.Pos
		}
		if b != nil {
			f.New = b.Pos
		}
		c.add(f)
	}
}

// refusals compares how the API reports "too many requests". Answers that match none of its forms
// may be retried if they have status 429; others are ordinary failures.
func (c *comparison) refusals() {
	for _, is := range c.is.Exceeded {
		was := refusal(c.was, is)
		switch {
		case was == nil && is.Status == tooMany && is.Retry:
			// as all that matches none
		case was == nil && is.Status == tooMany:
			c.final(is, c.member(c.was, "exceeded"), is.Pos)
		case was == nil:
			c.add(Finding{
				Kind: ruleRefusal, Severity: diag.Warning, Old: c.member(c.was, "exceeded"), New: is.Pos,
				Is: refusalWords(is), Text: fmt.Sprintf("%s means too many requests now", refusalWords(is)),
				Caller: "clients built from the old spec treat it as another failure and do not wait",
				Server: "servers built from the old spec do not answer it",
			})
		case was.Retry && !is.Retry:
			c.final(is, was.Pos, is.Pos)
		case !was.Retry && is.Retry:
			c.retryable(is, was.Pos, is.Pos)
		}
	}
	for _, was := range c.was.Exceeded {
		switch {
		case refusal(c.is, was) != nil, was.Status == tooMany && was.Retry:
		case was.Status == tooMany:
			c.retryable(was, was.Pos, c.member(c.is, "exceeded"))
		default:
			c.add(Finding{
				Kind: ruleRefusal, Severity: diag.Warning, Old: was.Pos, New: c.member(c.is, "exceeded"),
				Was: refusalWords(was), Text: fmt.Sprintf("%s does not mean too many requests any more",
					refusalWords(was)),
				Caller: "clients built from the old spec wait after another failure",
				Server: "servers built from the old spec may still answer it",
			})
		}
	}
}

const tooMany = 429

// refusal returns the form that matches the same answers.
func refusal(api *model.API, e *model.Exceeded) *model.Exceeded {
	for _, o := range api.Exceeded {
		if o.Status == e.Status && slices.Equal(bodyOf(o), bodyOf(e)) {
			return o
		}
	}
	return nil
}

func bodyOf(e *model.Exceeded) []string {
	out := make([]string, 0, len(e.Body))
	for _, m := range e.Body {
		out = append(out, fmt.Sprintf("%s %q", m.Pointer, m.Value))
	}
	slices.Sort(out)
	return out
}

func refusalWords(e *model.Exceeded) string {
	text := fmt.Sprintf("answer %d", e.Status)
	if body := bodyOf(e); len(body) > 0 {
		text += " with " + strings.Join(body, ", ")
	}
	return text
}

func (c *comparison) final(e *model.Exceeded, old, now diag.Position) {
	c.add(Finding{
		Kind: ruleFinal, Severity: diag.Warning, Old: old, New: now, Was: "may be retried", Is: "final",
		Text:   refusalWords(e) + " is final, could be retried",
		Caller: "clients built from the old spec wait and try again in vain, and report it later than they could",
		Server: "servers built from the old spec may answer it where a wait helps",
	})
}

func (c *comparison) retryable(e *model.Exceeded, old, now diag.Position) {
	c.add(Finding{
		Kind: ruleRetryable, Severity: diag.Note, Old: old, New: now, Was: "final", Is: "may be retried",
		Text:   refusalWords(e) + " may be retried, was final",
		Caller: "clients built from the old spec give up where a wait helps",
		Server: "servers built from the old spec do not answer it where a wait helps",
	})
}
