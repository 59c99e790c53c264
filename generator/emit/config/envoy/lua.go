package envoy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/quote"
	"github.com/limitgen/limitgen/generator/model"
)

// script is the data of the Lua filter: lines of Lua.
type script struct {
	Space                 string // of the metadata
	Keys, Routes, Refills []string
	PlanHeader            string   // quoted
	Plans                 []string // what plans change

	// What the filter must be able to read.
	Body, Query, Cookie, When, Hash, Matrix, Value, Number, Prefix bool

	names map[string]int // the keys' numbers, by their text
}

// newScript writes the API's data. It includes operations without limits, since their templates may
// take precedence over limited ones.
func newScript(in *config.Input, o config.Options) *script {
	s := &script{Space: space(in.API), Matrix: in.Matrix(), names: make(map[string]int)}
	s.plans(in, o)
	for _, r := range in.Ordered() {
		s.Routes = append(s.Routes, s.route(in.API, r))
	}
	return s
}

// refills writes how fast buckets refill, for filters that cannot ask a service how long a refusal
// lasts.
func (s *script) refills(in *config.Input, o config.Options) {
	for _, l := range in.Limits {
		for _, p := range in.Planned(l, o) {
			s.Refills = append(s.Refills, fmt.Sprintf("refills[%s] = %d / %d", quote.Lua(planned(l, p)),
				l.Seconds, p.Quota))
		}
		s.Refills = append(s.Refills, fmt.Sprintf("refills[%s] = %d / %d", quote.Lua(l.Name), l.Seconds,
			l.Quota))
	}
}

// plans writes the limits that plans change, and the maximum cost of one request there.
func (s *script) plans(in *config.Input, o config.Options) {
	of := make(map[string][]string)
	for _, l := range in.Limits {
		for _, p := range in.Planned(l, o) {
			most := min(p.Quota, largestCost)
			if p.Burst > 0 {
				most = min(most, p.Burst)
			}
			of[p.Plan] = append(of[p.Plan], fmt.Sprintf("[%s] = { name = %s, most = %d }", quote.Lua(l.Name),
				quote.Lua(planned(l, p)), most))
		}
	}
	for _, p := range in.API.Plans {
		if len(of[p.Name]) > 0 {
			s.PlanHeader = quote.Lua(strings.ToLower(o.PlanHeader))
			s.Plans = append(s.Plans, fmt.Sprintf("plans[%s] = { %s }", quote.Lua(p.Name),
				strings.Join(of[p.Name], ", ")))
		}
	}
}

// route writes "add(METHOD, TEMPLATE, VARIANT…)", with the operation's name unless it follows from
// these.
func (s *script) route(api *model.API, r *config.Route) string {
	args := []string{quote.Lua(r.Method), quote.Lua(pathTemplate(r.Segments))}
	if r.Uniform() {
		args = append(args, table(s.uses(api, r, r.Variants[0])))
	} else {
		for _, op := range r.Variants {
			args = append(args, s.variant(api, r, op))
		}
	}
	line := fmt.Sprintf("add(%s)", strings.Join(args, ", "))
	if strings.Contains(line, "operation = "+quote.Lua(r.ID)) {
		return line
	}
	return line + " -- " + config.Line(r.ID)
}

func (s *script) variant(api *model.API, r *config.Route, op *model.Operation) string {
	fields := s.uses(api, r, op)
	if op.When != nil && op.When.Expr != nil {
		s.When = true
		fields = append([]string{"when = " + table([]string{
			quote.Lua(op.When.Is), s.list(r, op.When.Expr),
		})}, fields...)
	}
	return table(fields)
}

func (s *script) uses(api *model.API, r *config.Route, op *model.Operation) []string {
	var out []string
	for _, rate := range op.Rates {
		if rate.Count == nil && rate.Cost == 0 {
			continue
		}
		fields := []string{"limit = " + quote.Lua(rate.Limit.Name)}
		if slices.Contains(rate.Limit.Per, "operation") {
			fields = append(fields, "operation = "+quote.Lua(spell(r.ID)))
		}
		if key := s.key(api, r, op, rate); key != "" {
			fields = append(fields, "key = "+key)
		}
		out = append(out, table(append(fields, s.cost(op, r, rate)...)))
	}
	return out
}

// cost returns what a request counts, where it is not 1.
func (s *script) cost(op *model.Operation, r *config.Route, rate *model.Rate) []string {
	var fields []string
	switch {
	case rate.Count == nil && rate.Cost != 1:
		fields = append(fields, fmt.Sprintf("cost = %d", rate.Cost))
	case rate.Count != nil && rate.Count.In == model.InBody && !readable(op, r):
		fields = append(fields, fmt.Sprintf("cost = %d", config.UnreadCost(rate)))
	case rate.Count != nil:
		if s.Value = s.Value || rate.Value; rate.Value {
			fields = append(fields, "value = "+s.expression(rate.Count),
				fmt.Sprintf("absent = %d", rate.Default))
		} else {
			fields = append(fields, "count = "+s.list(r, rate.Count))
		}
		if rate.Times > 1 {
			fields = append(fields, fmt.Sprintf("times = %d", rate.Times))
		}
		fields = append(fields, fmt.Sprintf("most = %d", costliest(rate)))
		if s.PlanHeader != "" && rate.Max > 0 {
			fields = append(fields, fmt.Sprintf("max = %d", rate.Max))
		}
	}
	return fields
}

// key names the list of the expressions that a key consists of, as far as Lua evaluates them.
func (s *script) key(
	api *model.API, r *config.Route, op *model.Operation, rate *model.Rate,
) string {
	var parts []string
	for _, d := range rate.Dimensions() {
		switch {
		case d.Builtin == "credential":
			s.Hash = true
			parts = append(parts, s.credential(api, op))
		case d.Expr != nil && d.Expr.In == model.InBody && !readable(op, r):
			parts = append(parts, table([]string{quote.Lua("nothing")}))
		case d.Expr != nil:
			spelling := r.Spelling(d.Expr)
			s.Number, s.Prefix = s.Number || spelling.Number, s.Prefix || spelling.Prefix != ""
			parts = append(parts, strings.TrimSuffix(s.expression(d.Expr), " }")+spelling.Lua(quote.Lua)+
				" }")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	text := table(parts)
	if s.names[text] == 0 {
		s.names[text] = len(s.names) + 1
		s.Keys = append(s.Keys, fmt.Sprintf("keys[%d] = %s", s.names[text], text))
	}
	return fmt.Sprintf("keys[%d]", s.names[text])
}

// expression is {place, name}, or {"body", {token…}}.
func (s *script) expression(e *model.Expr) string {
	s.reads(e.In)
	if e.In != model.InBody {
		return table([]string{quote.Lua(string(e.In)), quote.Lua(e.Name)})
	}
	return table([]string{quote.Lua("body"), table(config.LuaTokens(e.Pointer, quote.Lua))})
}

// list returns a list's expression and the separator of its items.
func (s *script) list(r *config.Route, e *model.Expr) string {
	text := s.expression(e)
	if e.In != model.InPath && e.In != model.InQuery {
		return text
	}
	return strings.TrimSuffix(text, " }") + ", by = " + config.LuaSeparators(r.Separators(e)) + " }"
}

// reads records which part of a request is read.
func (s *script) reads(in model.Place) {
	s.Body = s.Body || in == model.InBody
	s.Query = s.Query || in == model.InQuery
	s.Cookie = s.Cookie || in == model.InCookie
}

// credential lists the alternatives of security schemes, each a list of {place, name, prefix}.
func (s *script) credential(api *model.API, op *model.Operation) string {
	var alternatives []string
	for _, schemes := range op.Security {
		var all []string
		for _, scheme := range schemes {
			for _, c := range api.Credentials {
				if c.Scheme == scheme {
					s.reads(c.In)
					all = append(all, table([]string{
						quote.Lua(string(c.In)), quote.Lua(c.Name), quote.Lua(c.Prefix),
					}))
				}
			}
		}
		alternatives = append(alternatives, table(all))
	}
	return table([]string{quote.Lua("credential"), table(alternatives)})
}

func table(fields []string) string {
	if len(fields) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(fields, ", ") + " }"
}
