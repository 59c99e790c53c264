package compat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// pools compares which operations share the counters of a limit.
func (c *comparison) pools() {
	for _, p := range c.limits {
		before, after := pooled(c.was, p.was), pooled(c.is, p.is)
		var joined, fresh, left []*model.Operation
		stayed := 0
		for _, op := range after {
			switch old := predecessor(c.was, op, c.old); {
			case old == nil:
				fresh = append(fresh, op)
			case slices.Contains(before, old):
				stayed++
			default:
				joined = append(joined, op)
			}
		}
		for _, op := range before {
			if !slices.Contains(after, predecessor(c.is, op, c.new)) {
				left = append(left, op)
			}
		}
		switch {
		case stayed == 0: // the findings of the operations say the rest
		case len(joined)+len(fresh) > 0:
			c.grew(p, len(before), len(after), joined, fresh)
		case len(left) > 0:
			c.shrank(p, len(before), len(after), left)
		}
	}
}

// predecessor returns the operation of the other side that serves the same requests: the same one
// or, if a variant is missing there, the variant without a condition.
func predecessor(
	api *model.API, op *model.Operation, matched map[*model.Operation]*model.Operation,
) *model.Operation {
	if other := matched[op]; other != nil {
		return other
	}
	if all := siblings(api, op); len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// pooled returns the operations that share the counters of a limit; none if each has its own.
func pooled(api *model.API, l *model.Limit) []*model.Operation {
	all := users(api, l)
	for _, op := range all {
		if !shared(rateOf(op, l)) {
			return nil
		}
	}
	return all
}

func (c *comparison) grew(p limitPair, before, after int, joined, fresh []*model.Operation) {
	f := Finding{
		Kind: ruleGrew, Severity: diag.Warning, Old: p.was.Pos, New: p.is.Pos, Limit: p.is.Name,
		Operations: ids(append(slices.Clone(joined), fresh...)), Was: evenShare(p.was, before),
		Is: evenShare(p.is, after), Caller: "clients built from the old spec do not call it, but other callers with the same key may, and then there is less left",
		Server: "servers built from the old spec do not count it",
	}
	if len(joined) > 0 {
		f.Severity = diag.Error
		f.Caller = fmt.Sprintf("calls of %s leave less for the others; %s", listed(ids(joined)),
			strings.Replace(worded[tighter].caller, "will", "may", 1))
		f.Server = fmt.Sprintf("servers built from the old spec count %s elsewhere", listed(ids(joined)))
	}
	f.Text = fmt.Sprintf("%s joined limit %s, %s: %s; an even share is %s, was %s",
		listed(f.Operations), p.is.Name, inWords(p.is), members(after, before), f.Is, f.Was)
	c.add(f)
}

func (c *comparison) shrank(p limitPair, before, after int, left []*model.Operation) {
	f := Finding{
		Kind: ruleShrank, Severity: diag.Note, Old: p.was.Pos, New: p.is.Pos, Limit: p.is.Name,
		Operations: ids(left), Was: evenShare(p.was, before), Is: evenShare(p.is, after),
		Caller: "clients built from the old spec do not use what others no longer spend",
		Server: "servers built from the old spec count more operations",
	}
	f.Text = fmt.Sprintf("%s left limit %s, %s: %s; an even share is %s, was %s",
		listed(f.Operations), p.is.Name, inWords(p.is), members(after, before), f.Is, f.Was)
	c.add(f)
}

// members describes how many operations share a counter, and how many did.
func members(after, before int) string {
	if after == 1 {
		return fmt.Sprintf("1 operation has it alone, %d shared it", before)
	}
	if before == 1 {
		return fmt.Sprintf("%d operations share it, 1 had it alone", after)
	}
	return fmt.Sprintf("%d operations share it, %d did", after, before)
}
