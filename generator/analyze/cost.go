package analyze

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

const ruleCost = "cost"

// valueCost completes a cost that is a number in the request: the cost if it is absent, and the
// maximum by its schema. Of several media types, the larger counts where none is told.
func (b *builder) valueCost(op *opSource, rate *model.Rate, c limit.Cost) {
	rate.Value, rate.Default = true, 1
	most := int64(0)
	for i, body := range op.bodySchemas(*c.Count) {
		found := op.use.Schemas(*c.Count, body)
		for _, s := range found {
			if _, ok := whole(s.Default); s.Default != nil && !ok {
				b.diags.Errorf(c.Count.Pos, ruleCost, "the default of %s is not an integer, 0 or more, so the cost of a request without it cannot be counted", c.Count.Text)
				return
			}
		}
		n, _ := usualCost(found)
		ceiling := ceilingOf(found, rate.Times)
		switch {
		case i == 0:
			rate.Default, most = n, ceiling
		case ceiling == 0 || most == 0:
			rate.Default, most = max(rate.Default, n), 0
		default:
			rate.Default, most = max(rate.Default, n), max(most, ceiling)
		}
	}
	if most > 0 && (rate.Max == 0 || most < rate.Max) {
		rate.Max = most
	}
}

// bodySchemas returns the schemas of the media types that an expression reads; of what is not in
// the body one that does not matter.
func (op *opSource) bodySchemas(e limit.Expr) []*openapi3.SchemaRef {
	out := []*openapi3.SchemaRef{op.bodySchema}
	for _, o := range op.counted(&e) {
		out = append(out, o.schema().ref)
	}
	return out
}

// counted returns the further media types of a request in which an expression finds something.
func (op *opSource) counted(e *limit.Expr) []otherMedia {
	if e.From != limit.FromBody {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(op.sends), func(o otherMedia) bool {
		kind := mediaKind(o.media)
		return kind == model.Text || kind == model.Binary
	})
}

// usualCost returns the cost of a request without the number: the default, as JSON too, or 1.
func usualCost(found []*openapi3.Schema) (n int64, text string) {
	for _, s := range found {
		if d, ok := whole(s.Default); ok && s.Default != nil && (text == "" || d > n) {
			n, text = d, strconv.FormatInt(d, 10)
		}
	}
	if text == "" {
		return 1, ""
	}
	return n, text
}

// ceilingOf returns the largest cost that schemas allow; 0 if they do not say.
func ceilingOf(found []*openapi3.Schema, times int64) (most int64) {
	for _, s := range found {
		if s.Max != nil && *s.Max >= 1 && *s.Max < math.MaxInt64/float64(max(1, times)) {
			if n := int64(*s.Max) * times; most == 0 || n < most {
				most = n
			}
		}
	}
	return most
}

// whole reads a schema's default.
func whole(v any) (int64, bool) {
	text, err := json.Marshal(v)
	if err != nil {
		return 0, false
	}
	var f float64
	if json.Unmarshal(text, &f) != nil || f < 0 || f != math.Trunc(f) || f > 1<<40 {
		return 0, false
	}
	return int64(f), true
}

// early reports whether a limit is decided before authentication: if it depends only on the
// connection, or if the table says so. A limit that then needs something not yet known is an error.
func (b *builder) early(rate *model.Rate, l *limit.Limit) bool {
	needs := ""
	byAddress, byOther := false, rate.Count != nil
	if rate.Count != nil {
		needs = "the cost, which " + rate.Count.String() + " holds"
	}
	if rate.Key != nil {
		for _, d := range rate.Key.Dimensions {
			switch {
			case d.Builtin == limit.DimIdentity, d.Builtin == limit.DimCredential:
				needs = "the " + d.Builtin + ", which authentication tells"
			case d.Expr != nil && d.Expr.In == model.InBody:
				needs = "the key " + d.Expr.String() + ", which is read after authentication"
			}
			byAddress = byAddress || d.Builtin == limit.DimClientIP
			byOther = byOther || d.Builtin != limit.DimClientIP && d.Builtin != limit.DimOperation
		}
	}
	switch l.Decide {
	case limit.AfterChecks:
		return false
	case limit.BeforeAuth:
		if needs != "" {
			b.tooEarly(l, needs)
			return false
		}
		return true
	}
	return byAddress && !byOther // requests that fail authentication must not spend a counter of all callers
}

// tooEarly reports once why a limit cannot be decided before authentication.
func (b *builder) tooEarly(l *limit.Limit, needs string) {
	pos := l.DecidePos
	if slices.ContainsFunc(b.diags, func(d diag.Diagnostic) bool { return d.Pos == pos }) {
		return
	}
	b.diags.Errorf(pos, ruleCost, "limit %q cannot be decided before authentication: it needs %s",
		l.Name, needs)
}

// settleEarly clears Early for limits that not all variants of an operation share, if only the body
// distinguishes the variants: the variant is unknown until the body has been read.
func (b *builder) settleEarly(ops []*opSource) {
	byRoute := make(map[string][]*opSource)
	for _, op := range ops {
		key := op.Method + " " + op.Path
		byRoute[key] = append(byRoute[key], op)
	}
	for _, op := range ops {
		variants := byRoute[op.Method+" "+op.Path]
		if len(variants) == 1 || !slices.ContainsFunc(variants, byBody) {
			continue
		}
		for _, r := range op.model.Rates {
			if r.Early &&
				slices.ContainsFunc(variants, func(v *opSource) bool { return !hasEarly(v.model, r) }) {
				r.Early = false
				if l := b.table.Limit(r.Limit.Name); l != nil && l.Decide == limit.BeforeAuth {
					b.tooEarly(l, "the variant of "+op.model.Operation+", which the body tells")
				}
			}
		}
	}
}

func byBody(op *opSource) bool {
	return op.model.When != nil && op.model.When.Expr.In == model.InBody
}

// hasEarly reports whether an operation uses a limit as r does. Early was decided in the same way
// for both.
func hasEarly(op *model.Operation, r *model.Rate) bool {
	return slices.ContainsFunc(op.Rates, func(o *model.Rate) bool {
		return o.Limit == r.Limit && o.Key == r.Key && o.Cost == r.Cost && o.Count == nil
	})
}
