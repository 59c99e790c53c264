package analyze

import (
	"github.com/getkin/kin-openapi/openapi3"
)

// use says where values of a schema travel. What is readOnly may be left out of requests, and what
// is writeOnly out of answers; a type that stands in one of the two alone needs no room for that.
type use struct{ sent, answered bool }

// useOf is where a schema is used. One that no operation mentions may be used anywhere.
func (b *builder) useOf(s *openapi3.Schema) use {
	u := use{b.sent[s], b.answered[s]}
	if !u.sent && !u.answered {
		return use{true, true}
	}
	return u
}

// uses finds where each schema is used.
func (b *builder) uses() {
	for _, ref := range b.doc.Operations() {
		for _, p := range append(ref.Item.Parameters[:len(ref.Item.Parameters):len(ref.Item.Parameters)], ref.Op.Parameters...) {
			if p != nil && p.Value != nil {
				mark(b.sent, p.Value.Schema)
				markContent(b.sent, p.Value.Content)
			}
		}
		if body := ref.Op.RequestBody; body != nil && body.Value != nil {
			markContent(b.sent, body.Value.Content)
		}
		if ref.Op.Responses == nil {
			continue
		}
		for _, r := range ref.Op.Responses.Map() {
			if r != nil && r.Value != nil {
				markContent(b.answered, r.Value.Content)
			}
		}
	}
}

// variantUses adds the bodies that a variant of an operation has of its own.
func (b *builder) variantUses(op *opSource) {
	v := op.variant
	if v == nil {
		return
	}
	if target := refPointer(v.Request); len(target) == 3 {
		if body := b.doc.Components().RequestBodies[target[2]]; target[1] == "requestBodies" && body != nil && body.Value != nil {
			markContent(b.sent, body.Value.Content)
		}
		if target[1] == "schemas" {
			mark(b.sent, b.doc.Components().Schemas[target[2]])
		}
	}
	for _, r := range v.Responses {
		if found, _ := b.responseOf(r); found != nil && found.Value != nil {
			markContent(b.answered, found.Value.Content)
		}
	}
}

func markContent(seen map[*openapi3.Schema]bool, content openapi3.Content) {
	for _, media := range content {
		if media != nil {
			mark(seen, media.Schema)
		}
	}
}

// mark enters a schema and all that it is made of.
func mark(seen map[*openapi3.Schema]bool, refs ...*openapi3.SchemaRef) {
	for _, ref := range refs {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			continue
		}
		s := ref.Value
		seen[s] = true
		mark(seen, s.AllOf...)
		mark(seen, s.AnyOf...)
		mark(seen, s.OneOf...)
		mark(seen, s.PrefixItems...)
		mark(seen, s.Items, s.AdditionalProperties.Schema)
		for _, schemas := range []openapi3.Schemas{s.Properties, s.PatternProperties} {
			for _, p := range schemas { // in any order: only a set is made
				mark(seen, p)
			}
		}
	}
}
