package limit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/naming"
)

// Resolved is the limits of one operation or variant after inheritance, with their keys resolved.
type Resolved struct {
	Charges []ResolvedCharge
	Default bool          // the use is the table's default
	From    string        // the origin of the use: variant, operation, path, default or nothing
	Pos     diag.Position // of the use that holds; none if nothing does
}

// ResolvedCharge is one limit in use, its partition key and its cost.
type ResolvedCharge struct {
	Limit *Limit
	Per   []Dimension // in the order of Limit.Per
	Cost  Cost
	Pos   diag.Position // of the use that won
}

// Dimension is one name of Limit.Per: a built-in one, or the expressions of a key.
type Dimension struct {
	Name  string
	Parts []Expr // empty for built-in dimensions
}

// RuleUnknown is the rule for names that the table does not have.
const RuleUnknown = "unknown-name"

// Resolve returns the limits of an operation, or of one of its variants. item and op are the rules
// of its path item and its own; either, and the variant, may be nil. The nearest use replaces the
// others entirely; keys merge by name, the operation's over the path item's over the root's.
func (t *Table) Resolve(item, op *Rule, v *Variant) (*Resolved, diag.List) {
	var diags diag.List
	use, from := t.Default, "default"
	if item != nil && item.Use != nil {
		use, from = item.Use, "path"
	}
	if op != nil && op.Use != nil {
		use, from = op.Use, "operation"
	}
	if v != nil && v.Use != nil {
		use, from = v.Use, "variant"
	}
	if use == nil {
		from = "nothing"
	}
	out := &Resolved{Default: use == t.Default, From: from}
	if use == nil {
		return out, nil
	}
	out.Pos = use.Pos
	keys := make(map[string]Key)
	for _, k := range t.Keys {
		keys[k.Name] = k
	}
	for _, r := range []*Rule{item, op} {
		if r == nil {
			continue
		}
		for _, k := range r.Keys {
			keys[k.Name] = k
		}
	}
	for _, c := range use.Charges {
		l := t.Limit(c.Limit)
		if l == nil {
			diags.Errorf(c.Pos, RuleUnknown, "%s", t.NoLimit(c.Limit))
			continue
		}
		rc := ResolvedCharge{Limit: l, Cost: c.Cost, Pos: c.Pos}
		for i, name := range l.Per {
			if Builtin(name) {
				rc.Per = append(rc.Per, Dimension{Name: name})
				continue
			}
			k, ok := keys[name]
			if !ok {
				diags.Errorf(l.PerPos[i], RuleUnknown, "%s", NoKey(name, slices.Sorted(maps.Keys(keys))))
				continue
			}
			rc.Per = append(rc.Per, Dimension{Name: name, Parts: k.Parts})
		}
		out.Charges = append(out.Charges, rc)
	}
	return out, diags
}

// NoLimit returns a message that the table has no limit of a name, with the nearest one.
func (t *Table) NoLimit(name string) string {
	return fmt.Sprintf("the table at the root has no limit %q%s", name, t.nearest(name))
}

// nearest names the limit that a misspelt name may mean.
func (t *Table) nearest(name string) string {
	names := make([]string, 0, len(t.Limits))
	for _, l := range t.Limits {
		names = append(names, l.Name)
	}
	if meant := naming.Nearest(name, names); meant != "" {
		return "; " + meant + " is near"
	}
	return ""
}

// NoKey returns a message that per names an unknown key, with the nearest one.
func NoKey(name string, known []string) string {
	text := fmt.Sprintf("no key %q; define it under keys, or use operation, credential, identity or client-ip", name)
	meant := naming.Nearest(name, append(known, DimOperation, DimCredential, DimIdentity, DimClientIP))
	if meant == "" {
		meant = dimensions[bare(name)]
	}
	if meant != "" {
		text += "; " + meant + " is near"
	}
	return text
}

// Limit returns the limit of a name, or nil.
func (t *Table) Limit(name string) *Limit {
	for _, l := range t.Limits {
		if l.Name == name {
			return l
		}
	}
	return nil
}
