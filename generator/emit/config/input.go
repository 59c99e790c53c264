package config

import (
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/diag"
	"github.com/limitgen/limitgen/generator/model"
)

// Input is an API as a gateway sees it.
type Input struct {
	API    *model.API
	Limits []*model.Limit // those in use, in the table's order
	Routes []*Route       // in the order of the spec

	uses map[*model.Limit][]*Route
	once map[fact]any
}

// A fact identifies a cached property of a limit.
type fact struct {
	limit *model.Limit
	what  string
}

// Once caches the result of find for a limit. Otherwise, facts that depend on all routes of a limit
// and are needed at each route would take quadratic time.
func Once[T any](in *Input, l *model.Limit, what string, find func() T) T {
	key := fact{l, what}
	if known, ok := in.once[key].(T); ok {
		return known
	}
	if in.once == nil {
		in.once = make(map[fact]any)
	}
	found := find()
	in.once[key] = found
	return found
}

// A Route is one operation: a method and a path template with the limits that apply there.
type Route struct {
	ID       string // the operation's, unique in the API
	Method   string
	Path     string // template, below the path of the server
	Segments []Segment
	Variants []*model.Operation // one when the operation has no variants
	Pos      diag.Position

	rates []*model.Rate
}

// Segment is one part of a path template: a literal, or literal texts around parameters.
type Segment struct {
	Texts []string // decoded; one more than Names
	Names []string // of the parameters
}

// Literal reports whether the segment has no parameter.
func (s Segment) Literal() bool { return len(s.Names) == 0 }

// Whole reports whether the segment is one parameter and nothing else.
func (s Segment) Whole() bool { return len(s.Names) == 1 && s.Texts[0] == "" && s.Texts[1] == "" }

// NewInput folds the variants of each operation into one route.
func NewInput(api *model.API) *Input {
	in := &Input{API: api}
	routes := make(map[string]*Route)
	used := make(map[*model.Limit]bool)
	for _, op := range api.Operations {
		r := routes[op.Counter]
		if r == nil {
			r = newRoute(op)
			routes[op.Counter] = r
			in.Routes = append(in.Routes, r)
		}
		r.Variants = append(r.Variants, op)
		for _, rate := range op.Rates {
			used[rate.Limit] = true
		}
	}
	in.Limits = slices.DeleteFunc(slices.Clone(api.Limits),
		func(l *model.Limit) bool { return !used[l] })
	in.index()
	return in
}

// newRoute returns the route of an operation, below the path of its server.
func newRoute(op *model.Operation) *Route {
	whole := op.BasePath + op.Path
	return &Route{
		ID: op.Operation, Method: op.HTTPMethod, Path: whole, Segments: segments(whole), Pos: op.Pos,
	}
}

// index finds once the limits of each route and the routes of each limit: targets ask for both
// again and again.
func (in *Input) index() {
	in.uses = make(map[*model.Limit][]*Route)
	for _, r := range in.Routes {
		r.rates = r.merge()
		for _, rate := range r.rates {
			if list := in.uses[rate.Limit]; len(list) == 0 || list[len(list)-1] != r {
				in.uses[rate.Limit] = append(list, r)
			}
		}
	}
}

// Prefix returns the API's name in lower case. All names in a proxy's configuration begin with it,
// so that several APIs can share a proxy; it is a valid variable name in every engine.
func Prefix(api *model.API) string {
	var b strings.Builder
	for _, r := range api.Name {
		switch {
		case r >= 'A' && r <= 'Z':
			b.WriteRune(r + 'a' - 'A')
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "u%x", r)
		}
	}
	return cmp.Or(b.String(), "api")
}

// segments splits a path template.
func segments(path string) []Segment {
	var out []Segment
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part != "" {
			out = append(out, segment(part))
		}
	}
	return out
}

func segment(part string) Segment {
	var s Segment
	for {
		before, rest, found := strings.Cut(part, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			s.Texts = append(s.Texts, decode(part))
			return s
		}
		s.Texts, s.Names = append(s.Texts, decode(before)), append(s.Names, name)
		part = after
	}
}

// decode undoes percent-encoding; a stray percent sign is kept.
func decode(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

// Limited reports whether any limit applies to the route.
func (r *Route) Limited() bool {
	return slices.ContainsFunc(r.Variants, func(op *model.Operation) bool { return len(op.Rates) > 0 })
}

// Uniform reports whether all variants use the same limits at the same costs, so that they need not
// be told apart.
func (r *Route) Uniform() bool {
	first := r.Variants[0]
	return !slices.ContainsFunc(r.Variants[1:], func(op *model.Operation) bool {
		return !reflect.DeepEqual(op.Rates, first.Rates)
	})
}

// Rates returns the limits of a uniform route. For another route it returns the limits of all
// variants, each once at its largest cost, so that too much may be counted but never too little. A
// count is treated as larger than any number.
func (r *Route) Rates() []*model.Rate { return slices.Clone(r.rates) }

func (r *Route) merge() []*model.Rate {
	var out []*model.Rate
	for _, op := range r.Variants {
		for _, rate := range op.Rates {
			i := slices.IndexFunc(out, func(o *model.Rate) bool {
				return o.Limit == rate.Limit && reflect.DeepEqual(o.Key, rate.Key)
			})
			switch {
			case i < 0:
				out = append(out, rate)
			case out[i].Count == nil && (rate.Count != nil || rate.Cost > out[i].Cost):
				out[i] = rate
			}
		}
	}
	return out
}

// Uses returns the routes at which a limit applies, in the order of the spec.
func (in *Input) Uses(l *model.Limit) []*Route { return in.uses[l] }
