package golang

import (
	"testing"

	"github.com/limitgen/limitgen/generator/model"
)

func TestPurposes(t *testing.T) {
	named := func(d *model.Decl) *model.Type { return &model.Type{Kind: model.Named, Name: d.Name, Decl: d} }
	order, item, page, note, alone := &model.Decl{Name: "Order"}, &model.Decl{Name: "Item"},
		&model.Decl{Name: "Page"},
		&model.Decl{Name: "Note"}, &model.Decl{Name: "Alone"}
	order.Fields = []*model.Field{{Name: "Items", Type: &model.Type{Kind: model.Slice, Elem: named(item)}}}
	item.Fields = []*model.Field{{Name: "Next", Type: &model.Type{Kind: model.Pointer, Elem: named(item)}}}
	api := &model.API{
		Types: []*model.Decl{order, item, page, note, alone},
		Operations: []*model.Operation{
			{Method: "AddOrder", Body: &model.Body{Type: named(order)}, Result: model.Result{Answer: model.Answer{Type: &model.Type{Kind: model.Pointer, Elem: named(order)}}}},
			{Method: "ListNotes", Result: model.Result{Answer: model.Answer{Type: &model.Type{Kind: model.Slice, Elem: named(note)}}}},
			{Method: "A", Result: model.Result{Members: []*model.Member{{Answer: model.Answer{Type: named(page)}}, {Answer: model.Answer{Type: named(page)}}}}},
			{Method: "B", Result: model.Result{Answer: model.Answer{Type: named(page)}}},
			{Method: "C", Result: model.Result{Answer: model.Answer{Type: named(page)}}},
			{Method: "D", Result: model.Result{Answer: model.Answer{Type: named(page)}}},
		},
	}
	got := purposes(api)
	for d, want := range map[*model.Decl]string{
		order: "is the body of AddOrder and the answer of AddOrder.",
		item:  "is part of Order.",
		note:  "is an item of the answer of ListNotes.",
		page:  "is the answer of A, B and 2 others.",
		alone: "",
	} {
		if got[d] != want {
			t.Errorf("%s %q, want %q", d.Name, got[d], want)
		}
	}
}
