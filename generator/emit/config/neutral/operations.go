package neutral

import (
	"slices"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// operations are listed in the order in which they are to be tried, so that a reader needs no rule
// for templates that match the same path: the first operation whose method and pattern match is the
// request's.
func operations(in *config.Input) list {
	groups := make(map[*model.Operation]string)
	for _, g := range in.API.Groups {
		for _, op := range g.Operations {
			groups[op] = g.Tag
		}
	}
	out := list{}
	for _, r := range in.Ordered() {
		out = append(out, operation(r, groups[r.Variants[0]]))
	}
	return out
}

func operation(r *config.Route, group string) object {
	first := r.Variants[0]
	varied := first.When != nil || len(r.Variants) > 1
	var o object
	o.add("id", r.ID)
	o.add("method", r.Method)
	o.add("path", r.Path)
	o.add("pattern", pattern(r.Segments))
	o.add("parameters", parameters(r.Segments))
	o.add("counter", first.Counter)
	o.text("group", group)
	if !varied {
		o.text("title", first.Title)
	}
	o.add("use", use(r, r.Rates()))
	if slices.ContainsFunc(r.Rates(), byCredential) {
		o.add("security", security(first.Security))
	}
	if !varied {
		o.origin(first.Origin)
		return o
	}
	variants := list{}
	for _, v := range r.Variants {
		variants = append(variants, variant(r, v))
	}
	o.add("variants", variants)
	return o
}

func variant(r *config.Route, v *model.Operation) object {
	var o object
	o.add("id", v.ID)
	o.text("title", v.Title)
	if v.When != nil {
		o.add("when", object{{"expr", v.When.Expr.String()}, {"is", v.When.Is}})
	}
	o.add("use", use(r, v.Rates))
	o.origin(v.Origin)
	return o
}

// use lists limits with what a request costs in each, and the parts of the request that choose the
// counter.
func use(route *config.Route, rates []*model.Rate) list {
	out := list{}
	for _, r := range rates {
		o := object{{"limit", r.Limit.Name}, {"cost", cost(route, r)}, {"key", key(r.Key)}}
		if r.Early {
			o.add("early", true)
		}
		out = append(out, o)
	}
	return out
}

func cost(route *config.Route, r *model.Rate) any {
	if r.Count == nil {
		return r.Cost
	}
	o := object{{"count", r.Count.String()}, {"times", r.Times}}
	if r.Value {
		o = object{{"value", r.Count.String()}, {"times", r.Times}, {"default", r.Default}}
	}
	o.number("max", r.Max)
	if by := route.Separators(r.Count); !r.Value && r.Count.In != model.InBody &&
		!slices.Equal(by, []string{","}) {
		o.add("separators", texts(by))
	}
	return o
}

func key(k *model.Key) list {
	out := list{}
	if k == nil {
		return out
	}
	for _, d := range k.Dimensions {
		if d.Builtin != "" {
			out = append(out, d.Builtin)
			continue
		}
		out = append(out, d.Expr.String())
	}
	return out
}

func byCredential(r *model.Rate) bool {
	return slices.ContainsFunc(r.Dimensions(), func(d *model.Dimension) bool { return d.Builtin == "credential" })
}

func security(alternatives [][]string) list {
	out := list{}
	for _, schemes := range alternatives {
		out = append(out, texts(schemes))
	}
	return out
}
