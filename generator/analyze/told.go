package analyze

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// tellApart finds how requests of operations are told apart whose paths are the same but for the
// names of parameters: by a parameter that is spelt otherwise in each, such as a UUID in one and a
// name in the other. The widest one takes the requests that fit none of the others.
func (b *builder) tellApart() {
	groups := make(map[string][]*model.Operation)
	var order []string
	for _, op := range b.api.Operations {
		key := op.Server + "\x00" + op.BasePath + "\x00" + op.Counter
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], op)
	}
	for _, key := range order {
		b.tellGroup(groups[key])
	}
}

func (b *builder) tellGroup(ops []*model.Operation) {
	var paths []*model.Operation // the first of each path
	for _, op := range ops {
		if !slices.ContainsFunc(paths, func(p *model.Operation) bool { return p.Path == op.Path }) {
			paths = append(paths, op)
		}
	}
	if len(paths) < 2 || strings.Contains(paths[0].Path, "?") {
		return
	}
	for i := range paths[0].Params {
		told, ok := b.distinct(paths, i)
		if !ok {
			continue
		}
		rest := 0 // the widest, of equal ones the first
		for n := range told {
			if told[n].Width() > told[rest].Width() {
				rest = n
			}
		}
		for n, p := range paths {
			for _, op := range ops {
				if op.Path == p.Path {
					op.Apart = true
					if n != rest {
						op.Told = told[n]
					}
				}
			}
		}
		return
	}
}

// distinct returns the spellings of a path parameter in operations, if no text has two of them
// unless one of these is any text.
func (b *builder) distinct(paths []*model.Operation, i int) ([]*model.Told, bool) {
	var out []*model.Told
	for _, op := range paths {
		if i >= len(op.Params) || op.Params[i].In != model.InPath {
			return nil, false
		}
		told := b.spelling(op.Params[i])
		told.Param = i + 1
		for _, t := range out {
			plain := func(t *model.Told) bool {
				return t.As == model.SpeltListed || t.As == model.SpeltInteger || t.As == model.SpeltNumber
			}
			if t.As == told.As && t.Format == told.Format || plain(t) && plain(told) {
				return nil, false
			}
		}
		out = append(out, told)
	}
	return out, true
}

// spelling returns how values of a path parameter are spelt.
func (b *builder) spelling(p *model.Param) *model.Told {
	s := b.api.Schemas[p.Schema]
	kind := func(name string) bool { return len(s.Kinds) == 1 && s.Kinds[0] == name }
	switch {
	case p.Style != "" || p.Explode || p.List:
	case kind("boolean"):
		return &model.Told{As: model.SpeltListed, Texts: []string{"true", "false"}}
	case kind("integer"):
		return &model.Told{As: model.SpeltInteger}
	case kind("number"):
		return &model.Told{As: model.SpeltNumber}
	case kind("string") && len(s.Enum) > 0:
		texts := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			if json.Unmarshal([]byte(v), &texts[i]) != nil {
				return &model.Told{}
			}
		}
		return &model.Told{As: model.SpeltListed, Texts: texts}
	case kind("string") &&
		slices.Contains([]string{"uuid", "date", "date-time", "ipv4", "ipv6"}, s.Format):
		return &model.Told{As: model.SpeltFormat, Format: s.Format}
	}
	return &model.Told{}
}

// Apart reports whether requests of two operations with the same path are told apart, and whether
// the same limits apply to all their variants at the same costs.
func (a *Analysis) Apart(x, y *Operation) (apart, alike bool) {
	first, second := a.generated(x), a.generated(y)
	if len(first) == 0 || len(second) == 0 || !first[0].Apart || !second[0].Apart {
		return false, false
	}
	for _, one := range first {
		for _, other := range second {
			if !slices.EqualFunc(one.Rates, other.Rates, sameRate) {
				return true, false
			}
		}
	}
	return true, true
}

func sameRate(r, s *model.Rate) bool {
	counted := r.Count == s.Count || r.Count != nil && s.Count != nil && *r.Count == *s.Count
	return counted && r.Limit == s.Limit && r.Key == s.Key && r.Cost == s.Cost && r.Times == s.Times &&
		r.Max == s.Max && r.Value == s.Value && r.Default == s.Default
}

// generated returns what was made of an operation: its variants, or itself.
func (a *Analysis) generated(op *Operation) []*model.Operation {
	var out []*model.Operation
	for _, m := range a.API.Operations {
		if m.HTTPMethod == op.Method && m.Path == op.Path {
			out = append(out, m)
		}
	}
	return out
}
