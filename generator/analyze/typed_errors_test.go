package analyze

import (
	"fmt"
	"testing"

	"github.com/limitgen/limitgen/generator/model"
)

func TestErrorBodiesAreSaidOnce(t *testing.T) {
	a, b := &model.Decl{Name: "A"}, &model.Decl{Name: "B"}
	body := func(status int, d *model.Decl) model.ErrorBody {
		return model.ErrorBody{Status: status, Type: &model.Type{Kind: model.Named, Decl: d}}
	}
	for _, tt := range []struct {
		in   []model.ErrorBody
		want string
	}{
		{[]model.ErrorBody{body(400, a), body(404, a), body(0, a)}, "0 A "},
		{[]model.ErrorBody{body(400, a), body(404, b), body(0, a)}, "404 B 0 A "},
		{[]model.ErrorBody{body(404, a), body(4, b), body(0, a)}, "404 A 4 B 0 A "},
		{[]model.ErrorBody{body(404, b), body(500, a), body(4, b), body(0, a)}, "4 B 0 A "},
		{[]model.ErrorBody{body(4, a), body(5, a), body(0, a)}, "0 A "},
		{[]model.ErrorBody{body(404, a), body(409, a)}, "409 A 404 A "},
	} {
		got := ""
		for _, b := range brief(tt.in) {
			got += fmt.Sprintf("%d %s ", b.Status, b.Type.Decl.Name)
		}
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
