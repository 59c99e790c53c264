package analyze

import (
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// beside finds, in JSON bodies, the properties that differ only by case from one that a limit or a
// variant reads. A middleware refuses other members that are spelt so.
func (b *builder) beside() {
	for _, op := range b.api.Operations {
		read := bodyNames(op)
		if len(read) == 0 {
			continue
		}
		for _, body := range op.Spoken() {
			if body.Kind == model.JSON {
				body.Beside = b.alike(body.Schema, read)
			}
		}
	}
}

// bodyNames returns the names on the way to what an operation's limits and variants read in a body.
func bodyNames(op *model.Operation) []string {
	var out []string
	for _, x := range op.Expressions() {
		if x.In == model.InBody {
			out = append(out, tokensOf(x.Pointer)...)
		}
	}
	return out
}

// alike returns the properties of a schema and its parts that differ from a name only by case.
func (b *builder) alike(index int, names []string) []string {
	var out []string
	seen := map[int]bool{0: true}
	var visit func(indexes ...int)
	visit = func(indexes ...int) {
		for _, i := range indexes {
			if i < 0 || seen[i] {
				continue
			}
			seen[i] = true
			s := b.schemas.table[i]
			for _, p := range s.Properties {
				same := func(name string) bool { return name != p.Name && strings.EqualFold(name, p.Name) }
				if slices.ContainsFunc(names, same) {
					out = append(out, p.Name)
				}
				visit(p.Schema)
			}
			visit(s.AllOf...)
			visit(s.AnyOf...)
			visit(s.OneOf...)
			visit(s.Prefix...)
			visit(s.Items, s.Additional)
		}
	}
	visit(index)
	slices.Sort(out)
	return slices.Compact(out)
}
