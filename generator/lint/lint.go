// Package lint finds what is wrong with a spec and its limits. It fixes nothing.
package lint

import (
	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/source"
)

// Lint returns all findings about a document, sorted.
func Lint(d *source.Document) diag.List {
	c := &checker{doc: d, used: make(map[string]bool)}
	if n := d.Node("x-rate-limits"); n != nil {
		table, diags := limit.ParseTable(d.File, n)
		c.table = table
		c.diags = append(c.diags, diags...)
	}
	c.readOperations()
	for _, rule := range []func(*checker){
		pathTemplates, ambiguousPaths, unknownNames, missingParameters, undocumented429, maxBesideMaxItems,
		unusedLimits, deadVariants, dialects, nameCollisions, neverLimited, countTargets, unknownDocs,
	} {
		rule(c)
	}
	return c.diags.Sorted()
}

// checker is what the rules look at.
type checker struct {
	doc   *source.Document
	table *limit.Table // nil without x-rate-limits
	ops   []operation
	used  map[string]bool // limits in use
	diags diag.List
}

// operation is an operation with its rules.
type operation struct {
	source.OpRef
	item, rule *limit.Rule
	resolved   []resolved
}

// resolved is what applies to an operation or to one variant of it.
type resolved struct {
	variant *limit.Variant
	charges []limit.ResolvedCharge
}

// readOperations parses the rules of every operation and resolves them.
func (c *checker) readOperations() {
	items := make(map[string]*limit.Rule)
	for _, ref := range c.doc.Operations() {
		op := operation{OpRef: ref}
		parent := ref.Pointer[:len(ref.Pointer)-1]
		if rule, seen := items[ref.Path]; seen {
			op.item = rule
		} else {
			op.item = c.parse(parent)
			items[ref.Path] = op.item
		}
		op.rule = c.parse(ref.Pointer)
		variants := []*limit.Variant{nil}
		if op.rule != nil && len(op.rule.Variants) > 0 {
			variants = nil
			for i := range op.rule.Variants {
				variants = append(variants, &op.rule.Variants[i])
			}
		}
		table := c.table
		if table == nil {
			table = &limit.Table{}
		}
		for _, v := range variants {
			r, diags := table.Resolve(op.item, op.rule, v)
			c.diags = append(c.diags, diags...)
			op.resolved = append(op.resolved, resolved{v, r.Charges})
			for _, charge := range r.Charges {
				c.used[charge.Limit.Name] = true
			}
		}
		c.ops = append(c.ops, op)
	}
}

func (c *checker) parse(ptr []string) *limit.Rule {
	n := c.doc.Node(append(ptr[:len(ptr):len(ptr)], "x-rate-limit")...)
	if n == nil {
		return nil
	}
	rule, diags := limit.ParseRule(c.doc.File, n)
	c.diags = append(c.diags, diags...)
	return rule
}
