package analyze

import (
	"github.com/getkin/kin-openapi/openapi3"
)

// use says whether values of a schema are sent or received. A readOnly property is left out of
// requests, and a writeOnly one out of answers, so a type used in only one direction does not need
// it.
type use struct{ sent, answered bool }

// useOf returns where a schema is used. A schema that no operation mentions may be used anywhere.
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
	for _, w := range b.Sent { // the API sends what it otherwise answers
		if body := w.Op.RequestBody; body != nil && body.Value != nil {
			markContent(b.answered, body.Value.Content)
		}
	}
}

// variantUses adds the bodies of an operation's variants.
func (b *builder) variantUses(op *opSource) {
	v := op.variant
	if v == nil {
		return
	}
	if target := refPointer(v.Request); len(target) == 3 {
		if body := b.doc.Components().RequestBodies[target[2]]; target[1] == "requestBodies" &&
			body != nil && body.Value != nil {
			markContent(b.sent, body.Value.Content)
		}
		if target[1] == "schemas" {
			mark(b.sent, b.doc.Components().Schemas[target[2]])
		}
	}
	for _, r := range v.Responses {
		if found, _ := b.namedResponse(r); found != nil && found.Value != nil {
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

// mark adds a schema and everything that it contains.
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
			for _, p := range schemas { // in any order: the result is a set
				mark(seen, p)
			}
		}
	}
}
