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
		if op.Body == nil || len(read) == 0 {
			continue
		}
		for _, body := range append([]*model.Body{op.Body}, op.Bodies...) {
			if body.Kind == model.JSON {
				body.Beside = b.alike(body.Schema, read)
			}
		}
	}
}

// bodyNames returns the names on the way to what an operation's limits and variants read in a body.
func bodyNames(op *model.Operation) []string {
	var all []*model.Expr
	if op.When != nil {
		all = append(all, op.When.Expr)
	}
	for _, r := range op.Rates {
		all = append(all, r.Count)
		for _, d := range r.Dimensions() {
			all = append(all, d.Expr)
		}
	}
	var out []string
	for _, x := range all {
		if x == nil || x.In != model.InBody || x.Pointer == "" {
			continue
		}
		for token := range strings.SplitSeq(x.Pointer[1:], "/") {
			out = append(out, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
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
