package analyze

import (
	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// parts reads whether a call with a long list may be split into several calls. The spec must say
// so, since a message may be sent in several calls, but an order may not.
func (b *builder) parts(op *opSource, v *yaml.Node, pos diag.Position) {
	if v.Tag != "!!bool" {
		b.diags.Errorf(pos, ruleClient, "parts must be true or false")
		return
	}
	if v.Value != "true" {
		return
	}
	if op.model.Parts = splitInto(op.model); op.model.Parts == nil {
		b.diags.Errorf(pos, ruleClient, "%s cannot be sent in parts: that takes one list in its JSON body which a cost counts", op.model.ID)
	}
}

// splitInto finds the list that an operation's limits count in its JSON body, if generated code can
// split it. It cannot if limits count two lists of the body, or if the list is behind a pointer or
// in a union.
func splitInto(op *model.Operation) *model.Parts {
	if op.Body == nil || op.Body.Kind != model.JSON {
		return nil
	}
	var found *model.Parts
	for _, r := range op.Rates {
		if r.Count == nil || r.Value || r.Count.In != model.InBody {
			continue
		}
		if found != nil && found.Pointer != r.Count.Pointer {
			return nil
		}
		items, ok := listAt(op.Body.Type, r.Count.Pointer)
		if !ok {
			return nil
		}
		found = &model.Parts{Pointer: r.Count.Pointer, Items: items}
	}
	return found
}

// listAt follows a JSON pointer through structs, by value, to a slice.
func listAt(t *model.Type, pointer string) (steps []model.Step, ok bool) {
	for _, name := range tokensOf(pointer) {
		var field *model.Field
		if t = underlying(t); t.Kind == model.Named && t.Decl != nil && t.Decl.Kind == model.Struct {
			for _, f := range t.Decl.Fields {
				if f.JSON == name {
					field = f
				}
			}
		}
		if field == nil {
			return nil, false
		}
		t = field.Type
		steps = append(steps, model.Step{Field: field.Name, Type: t})
	}
	t = underlying(t)
	return steps, t.Kind == model.Slice
}

// underlying sees through aliases, and through a defined type to the slice that it is. A
// declaration that is still being built has no type yet; then only its name is known.
func underlying(t *model.Type) *model.Type {
	for t.Kind == model.Named && t.Decl != nil && t.Decl.Kind == model.Alias && t.Decl.Type != nil {
		t = t.Decl.Type
	}
	if t.Kind == model.Named && t.Decl != nil && t.Decl.Kind == model.Defined && t.Decl.Type != nil &&
		t.Decl.Type.Kind == model.Slice {
		return t.Decl.Type
	}
	return t
}
