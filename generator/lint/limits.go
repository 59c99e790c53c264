package lint

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/naming"
)

// unknownNames reports limits and keys that nothing defines, where no operation's resolution did.
func unknownNames(c *checker) {
	if c.table == nil {
		for _, op := range c.ops {
			if op.rule != nil && op.rule.Use != nil && len(op.rule.Use.Charges) > 0 {
				c.diags.Errorf(op.rule.Pos, limit.RuleUnknown, "the document has no x-rate-limits at its root, so nothing is called %q", op.rule.Use.Charges[0].Limit)
				return
			}
		}
		return
	}
	if c.table.Default != nil {
		for _, charge := range c.table.Default.Charges {
			if c.table.Limit(charge.Limit) == nil {
				c.diags.Errorf(charge.Pos, limit.RuleUnknown, "no limit %q; the table at the root has none of this name", charge.Limit)
			}
		}
	}
	for _, p := range c.table.Plans {
		for _, a := range p.Amounts {
			if c.table.Limit(a.Limit) == nil {
				c.diags.Errorf(a.Pos, limit.RuleUnknown, "plan %q changes limit %q, which does not exist", p.Name, a.Limit)
			}
		}
	}
}

// has reports whether an operation has the parameter that an expression reads.
func (op operation) has(e limit.Expr) bool {
	if e.From == limit.FromHeader {
		return true // any request may carry any header
	}
	if e.From == limit.FromBody {
		return op.Op.RequestBody != nil
	}
	if e.From == limit.FromPath && strings.Contains(op.Path, "{"+e.Name+"}") {
		return true
	}
	for _, list := range []openapi3.Parameters{op.Item.Parameters, op.Op.Parameters} {
		for _, p := range list {
			if p != nil && p.Value != nil && p.Value.In == string(e.From) && p.Value.Name == e.Name && e.From != limit.FromPath {
				return true
			}
		}
	}
	return false
}

// missingParameters reports keys that read what an operation does not have: where the key is spelt, once.
func missingParameters(c *checker) {
	seen := make(map[diag.Position]bool)
	for _, op := range c.ops {
		for _, r := range op.resolved {
			for _, charge := range r.charges {
				for _, d := range charge.Per {
					for _, e := range d.Parts {
						if op.has(e) || seen[e.Pos] {
							continue
						}
						seen[e.Pos] = true
						c.diags.Errorf(e.Pos, "missing-parameter", "key %q reads %s, which %s %s does not have; spell the key for that operation under its x-rate-limit.keys",
							d.Name, e.Text, op.Method, op.Path)
					}
				}
			}
		}
	}
}

// countTargets reports costs and variants that read what an operation does not have.
func countTargets(c *checker) {
	for _, op := range c.ops {
		for _, r := range op.resolved {
			for _, charge := range r.charges {
				if e := charge.Cost.Count; e != nil && (!op.has(*e) || e.From == limit.FromBody && !op.hasProperty(e.Pointer)) {
					c.diags.Errorf(e.Pos, "missing-count", "%s counts what %s %s does not have, so every request would cost 1", e.Text, op.Method, op.Path)
				}
			}
			if r.variant != nil && r.variant.When != nil && !op.has(r.variant.When.Expr) {
				c.diags.Errorf(r.variant.When.Expr.Pos, "missing-parameter", "%s reads what %s %s does not have", r.variant.When.Expr.Text, op.Method, op.Path)
			}
		}
	}
}

// hasProperty follows a pointer through an operation's body, as far as its schema is plain.
func (op operation) hasProperty(pointer string) bool {
	for _, mt := range op.Op.RequestBody.Value.Content {
		if mt.Schema == nil || pointer == "" || propertyIn(mt.Schema.Value, strings.Split(pointer[1:], "/"), 0) {
			return true
		}
	}
	return false
}

func propertyIn(s *openapi3.Schema, path []string, depth int) bool {
	if s == nil || len(path) == 0 || depth > 32 {
		return true
	}
	if ref := s.Properties[path[0]]; ref != nil {
		return propertyIn(ref.Value, path[1:], depth+1)
	}
	for _, refs := range []openapi3.SchemaRefs{s.AllOf, s.OneOf, s.AnyOf} {
		for _, ref := range refs {
			if ref != nil && ref.Value != nil && len(ref.Value.Properties)+len(ref.Value.AllOf)+len(ref.Value.OneOf)+len(ref.Value.AnyOf) > 0 &&
				propertyIn(ref.Value, path, depth+1) {
				return true
			}
		}
	}
	return s.AdditionalProperties.Schema != nil || s.Items != nil
}

// undocumented429 reports limited operations whose callers are not told of the refusal.
func undocumented429(c *checker) {
	if c.table == nil {
		return
	}
	for _, op := range c.ops {
		limited := slices.ContainsFunc(op.resolved, func(r resolved) bool { return len(r.charges) > 0 })
		if !limited || op.Op.Responses == nil {
			continue
		}
		if op.Op.Responses.Value("429") == nil && op.Op.Responses.Value("4XX") == nil {
			c.diags.Warnf(c.doc.Pos(append(op.Pointer[:len(op.Pointer):len(op.Pointer)], "responses")...), "missing-429",
				"%s %s is limited and documents no 429 response", op.Method, op.Path)
		}
	}
}

// maxBesideMaxItems reports a max where the schema already has one.
func maxBesideMaxItems(c *checker) {
	for _, op := range c.ops {
		for _, r := range op.resolved {
			for _, charge := range r.charges {
				e := charge.Cost.Count
				if e == nil || charge.Cost.Max == 0 || e.From != limit.FromBody || op.Op.RequestBody == nil {
					continue
				}
				for _, mt := range op.Op.RequestBody.Value.Content {
					if mt.Schema == nil || e.Pointer == "" {
						continue
					}
					s := mt.Schema.Value
					for _, name := range strings.Split(e.Pointer[1:], "/") {
						if s == nil || s.Properties[name] == nil {
							s = nil
							break
						}
						s = s.Properties[name].Value
					}
					if s != nil && s.MaxItems != nil {
						c.diags.Warnf(charge.Cost.MaxPos, "max-beside-max-items", "the schema of %s has maxItems: %d; leave max out", e.Text, *s.MaxItems)
					}
				}
			}
		}
	}
}

// unusedLimits reports limits that nothing names.
func unusedLimits(c *checker) {
	if c.table == nil {
		return
	}
	for _, l := range c.table.Limits {
		byDefault := c.table.Default != nil && slices.ContainsFunc(c.table.Default.Charges, func(x limit.Charge) bool { return x.Limit == l.Name })
		if !c.used[l.Name] && !byDefault {
			c.diags.Warnf(l.Pos, "unused-limit", "limit %q is named by no use and no default", l.Name)
		}
	}
}

// deadVariants reports variants that an earlier one leaves nothing to.
func deadVariants(c *checker) {
	for _, op := range c.ops {
		if op.rule == nil {
			continue
		}
		type test struct {
			text string
			is   limit.Is
		}
		seen := make(map[test]bool)
		always := false
		for _, v := range op.rule.Variants {
			if always {
				c.diags.Errorf(v.Pos, "dead-variant", "variant %q can never match: the one before it has no when", v.Name)
				continue
			}
			if v.When == nil {
				always = true
				continue
			}
			key := test{v.When.Expr.Text, v.When.Is}
			if seen[key] {
				c.diags.Errorf(v.Pos, "dead-variant", "variant %q can never match: an earlier one has the same when", v.Name)
			}
			seen[key] = true
			if v.When.Is == limit.IsList && (v.When.Expr.From == limit.FromBody || v.When.Expr.From == limit.FromHeader) {
				c.diags.Errorf(v.When.Pos, "dead-variant", "variant %q can never match: only path and query values are lists; use is: array for a body", v.Name)
			}
			if (v.When.Is == limit.IsArray || v.When.Is == limit.IsObject) && v.When.Expr.From != limit.FromBody {
				c.diags.Errorf(v.When.Pos, "dead-variant", "variant %q can never match: only a body holds an array or object", v.Name)
			}
		}
	}
}

// dialects recognises rate limits that are written for other tools.
func dialects(c *checker) {
	const use = "; write quota and window under x-rate-limits.limits at the root and name the limit in x-rate-limit: NAME"
	report := func(ptr []string, key, tool string) {
		c.diags.Warnf(c.doc.Pos(append(ptr[:len(ptr):len(ptr)], key)...), limit.RuleDialect, "%s is %s, which limits nothing here%s", key, tool, use)
	}
	check := func(ptr []string) {
		for _, key := range c.doc.Keys(ptr...) {
			switch {
			case key == "x-google-quota" || key == "x-google-management":
				report(ptr, key, "Google Cloud Endpoints' quota")
			case key == "x-kuadrant":
				report(ptr, key, "Kuadrant's extension")
			case strings.HasPrefix(key, "x-ratelimit-"), key == "x-ratelimit", key == "x-throttling":
				report(ptr, key, "another tool's rate limit")
			}
		}
	}
	check(nil)
	seen := make(map[string]bool)
	for _, op := range c.ops {
		if !seen[op.Path] {
			seen[op.Path] = true
			check(op.Pointer[:len(op.Pointer)-1])
		}
		check(op.Pointer)
	}
}

// nameCollisions reports names that the author wrote and that are one name in Go.
func nameCollisions(c *checker) {
	type written struct {
		name string
		pos  diag.Position
	}
	take := func(names map[string]written, what, name string, pos diag.Position) {
		id := naming.Exported(name)
		if first, ok := names[id]; ok {
			c.diags.Errorf(pos, "name-collision", "%s %q and %q (%s) are the same name in Go; rename one", what, name, first.name, first.pos)
			return
		}
		names[id] = written{name, pos}
	}
	methods := make(map[string]written)
	for _, op := range c.ops {
		if id := op.Op.OperationID; id != "" {
			take(methods, "operation", id, c.doc.Pos(append(op.Pointer[:len(op.Pointer):len(op.Pointer)], "operationId")...))
		}
		if op.rule != nil {
			for _, v := range op.rule.Variants {
				take(methods, "variant", v.Name, v.Pos)
			}
		}
	}
	if c.table != nil {
		limits := make(map[string]written)
		for _, l := range c.table.Limits {
			take(limits, "limit", l.Name, l.Pos)
		}
	}
}

// neverLimited says once that some operations have no limit, where the table leaves that open.
func neverLimited(c *checker) {
	if c.table == nil || c.table.Default != nil {
		return
	}
	for _, op := range c.ops {
		hasUse := op.rule != nil && op.rule.Use != nil || op.item != nil && op.item.Use != nil
		for _, r := range op.resolved {
			if !hasUse && (r.variant == nil || r.variant.Use == nil) {
				c.diags.Warnf(c.doc.Pos(op.Pointer...), "no-limit",
					"%s %s has no use and the table has no default, so it is unlimited (and perhaps others too); write use: {} to say so", op.Method, op.Path)
				return
			}
		}
	}
}

// unknownDocs reports origins that cite a document that the table does not list.
func unknownDocs(c *checker) {
	if c.table == nil {
		return
	}
	check := func(o *limit.Origin) {
		if o == nil || o.Doc == "" || slices.ContainsFunc(c.table.Docs, func(d limit.Doc) bool { return d.Name == o.Doc }) {
			return
		}
		c.diags.Errorf(o.Pos, limit.RuleUnknown, "origin cites doc %q, which x-rate-limits.docs does not list", o.Doc)
	}
	for _, op := range c.ops {
		if op.rule == nil {
			continue
		}
		check(op.rule.Origin)
		for _, v := range op.rule.Variants {
			check(v.Origin)
		}
	}
	for _, l := range c.table.Limits {
		check(l.Origin)
	}
}
