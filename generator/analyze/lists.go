package analyze

import (
	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// single reads the x-list value of a schema: whether JSON may hold the list's only item without the
// brackets. Each schema is asked several times and reports what is wrong once.
func (b *builder) single(l loc) bool {
	s := l.schema()
	if s == nil || s.Extensions["x-list"] == nil {
		return false
	}
	if known, ok := b.singles[s]; ok {
		return known
	}
	single := false
	b.each(join(l.ptr, "x-list"), func(key string, v *yaml.Node, pos diag.Position) {
		switch {
		case key != "single":
			b.unknown(pos, key, "x-list on a schema takes single")
		case v.Tag != "!!bool":
			b.diags.Errorf(pos, ruleClient, "single must be true or false")
		case ownKind(s) != arrayShape:
			b.diags.Errorf(pos, ruleClient, "single is for lists; write it beside type: array")
		default:
			single = v.Value == "true"
		}
	})
	b.singles[s] = single
	return single
}

// listOrOne is the server's schema of such a list: the list itself, or what its items are.
func (b *builder) listOrOne(out *model.Schema, l loc) {
	list := &model.Schema{}
	index := b.schemas.add(list)
	b.fillSchema(list, l, nil)
	out.AnyOf = []int{index, list.Items}
}
