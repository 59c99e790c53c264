package analyze

import (
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/limit"
	"github.com/limitgen/limitgen/generator/model"
)

// absent notes on each media type of a request the defaults of what costs and keys read, where they
// are not those of the others: the rates have one for all. A media type whose schema lacks such a
// part keeps it, and is warned of.
func (b *builder) absent(op *opSource) {
	if len(op.model.Bodies) == 0 {
		return
	}
	for _, body := range op.model.Spoken() {
		if body.Kind == model.Text || body.Kind == model.Binary {
			continue // reported as unread
		}
		schema := op.schemaOfBody(body)
		for _, c := range op.use.Charges {
			b.absentOf(op, body, schema, c)
		}
	}
}

// schemaOfBody returns the schema of one of the operation's media types, as the spec has it.
func (op *opSource) schemaOfBody(body *model.Body) *openapi3.SchemaRef {
	for _, o := range op.sends {
		if body != op.model.Body && o.media == body.Media {
			return o.schema().ref
		}
	}
	return op.bodySchema
}

func (b *builder) absentOf(op *opSource, body *model.Body, schema *openapi3.SchemaRef,
	c limit.ResolvedCharge) {
	note := func(e limit.Expr, what, effect string, differs bool, own string) {
		if e.From != limit.FromBody {
			return
		}
		if !has(schema, e.Pointer) {
			b.lacks(op, body, e, what, effect)
			return
		}
		noted := func(a model.Absent) bool { return a.Pointer == e.Pointer }
		if differs && !slices.ContainsFunc(body.Absent, noted) {
			body.Absent = append(body.Absent, model.Absent{Pointer: e.Pointer, Default: own})
		}
	}
	if e := c.Cost.Count; e != nil {
		own, differs, effect := "", false, "costs as one without it"
		if c.Cost.Value {
			var n int64
			n, own = usualCost(op.use.Schemas(*e, schema))
			effect += ", by the largest default"
			differs = n != op.usualCost(*e)
		}
		note(*e, fmt.Sprintf("the cost in %q", c.Limit.Name), effect, differs, own)
	}
	for _, d := range c.Per {
		for _, e := range d.Parts {
			own := propertyDefault(op, e, schema)
			note(e, fmt.Sprintf("the key %q", d.Name), "counts as one without it",
				own != propertyDefault(op, e, op.bodySchema), own)
		}
	}
}

// usualCost returns the largest cost that a request without the number has.
func (op *opSource) usualCost(e limit.Expr) (most int64) {
	for _, body := range op.bodySchemas(e) {
		n, _ := usualCost(op.use.Schemas(e, body))
		most = max(most, n)
	}
	return most
}

// lacks warns of a media type without what a cost or a key reads. That no media type has it is an
// error of its own.
func (b *builder) lacks(op *opSource, body *model.Body, e limit.Expr, what, effect string) {
	some := func(s *openapi3.SchemaRef) bool { return has(s, e.Pointer) }
	text := fmt.Sprintf("%s reads %s of %s, which the schema of %s lacks, so a request of that type %s",
		what, e.Text, op.use.Op.Name(), body.Media, effect)
	said := func(d diag.Diagnostic) bool { return d.Pos == e.Pos && d.Message == text }
	if slices.ContainsFunc(op.bodySchemas(e), some) && !slices.ContainsFunc(b.diags, said) {
		b.diags.Warnf(e.Pos, ruleUnread, "%s", text)
	}
}
