package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/emit/quote"
	"github.com/limitgen/limitgen/generator/model"
)

// luaExpr returns an expression as limits.lua reads it: { place, name }, { "path", segment … } or {
// "body", token … }.
func luaExpr(r *config.Route, e *model.Expr) string {
	switch e.In {
	case model.InPath:
		i, n := place(r, e.Name)
		return pathPart(r, i, n)
	case model.InBody:
		fields := append([]string{`"body"`}, config.LuaTokens(e.Pointer, quote.Lua)...)
		return "{ " + strings.Join(fields, ", ") + " }"
	}
	return fmt.Sprintf("{ %s, %s }", quote.Lua(string(e.In)), quote.Lua(e.Name))
}

// spelt adds to an expression which texts are one value.
func spelt(expression string, s config.Spelling) string {
	return strings.TrimSuffix(expression, " }") + s.Lua(quote.Lua) + " }"
}

// luaList returns a list's expression and the separator of its items.
func luaList(r *config.Route, e *model.Expr) string {
	text := luaExpr(r, e)
	if e.In != model.InPath && e.In != model.InQuery {
		return text
	}
	return strings.TrimSuffix(text, " }") + ", by = " + config.LuaSeparators(r.Separators(e)) + " }"
}

// pathPart returns a path parameter: the segment's number, and for one among literals those and its
// number among them.
func pathPart(r *config.Route, segment, nth int) string {
	if segment < 0 {
		return `{ "nothing" }`
	}
	s := r.Segments[segment]
	if r.Matrix(s) {
		return fmt.Sprintf(`{ "path", %d, whole = true }`, segment+1)
	}
	if s.Whole() {
		return fmt.Sprintf(`{ "path", %d }`, segment+1)
	}
	texts, whole := make([]string, len(s.Texts)), ""
	for i, t := range s.Texts {
		texts[i] = quote.Lua(t)
		if strings.Contains(t, ";") {
			whole = ", whole = true"
		}
	}
	return fmt.Sprintf(`{ "path", %d, { %s }, %d%s }`, segment+1, strings.Join(texts, ", "), nth+1,
		whole)
}

// credential lists the alternatives of an operation's security, each a list of { place, name,
// prefix }.
func credential(api *model.API, r *config.Route) string {
	var alternatives []string
	for _, schemes := range r.Variants[0].Security {
		var all []string
		for _, scheme := range schemes {
			for _, c := range api.Credentials {
				if c.Scheme == scheme {
					all = append(all, fmt.Sprintf("{ %s, %s, %s }", quote.Lua(string(c.In)), quote.Lua(c.Name),
						quote.Lua(c.Prefix)))
				}
			}
		}
		if len(all) > 0 {
			alternatives = append(alternatives, "{ "+strings.Join(all, ", ")+" }")
		}
	}
	return `{ "credential", ` + strings.Join(append(alternatives, "nil"), ", ") + " }"
}

// A luaLimit is a limit as limits.lua knows it.
type luaLimit struct{ Name, Fields, Comment string }

// luaLimits returns all limits: those in tables for the text of their refusals, the others with
// what counts them.
func (c *counting) luaLimits() []luaLimit {
	var out []luaLimit
	for _, l := range c.in.Limits {
		a := algorithmOf(l, c.options)
		fields := []string{fmt.Sprintf("window = %d", l.Seconds)}
		switch a {
		case sliding:
			fields = append(fields, "sliding = true")
		case bucket:
			fields = append(fields, fmt.Sprintf("burst = %d", min(l.Burst, largestQuota)))
			var bursts []string
			for _, p := range c.in.Planned(l, c.options) {
				bursts = append(bursts, fmt.Sprintf("[%s] = %d", quote.Lua(p.Plan), min(p.Burst, largestQuota)))
			}
			if len(bursts) > 0 {
				fields = append(fields, "bursts = { "+strings.Join(bursts, ", ")+" }")
			}
		case fixed, inFlight:
		}
		if !c.lua(l) {
			fields = append(fields, "table = true")
		}
		out = append(out, luaLimit{quote.Lua(l.Name), strings.Join(fields, ", "), describe(l)})
	}
	return out
}

// describe says a limit in words.
func describe(l *model.Limit) string {
	text := config.Quota(l)
	if len(l.Per) > 0 {
		text += " per " + strings.Join(l.Per, ", ")
	}
	return config.Line(text)
}

// A luaCost is how an operation counts towards a limit.
type luaCost struct{ Operation, Limit, Fields string }

func (c *counting) luaCosts() []luaCost {
	var out []luaCost
	for _, r := range c.in.Routes {
		for _, rate := range c.entries(r) {
			if !c.lua(rate.Limit) || rate.Count == nil || rate.Count.In == model.InBody && !readable(r) {
				continue
			}
			fields := "count = " + luaList(r, rate.Count)
			if rate.Value {
				fields = fmt.Sprintf("value = %s, absent = %d", luaExpr(r, rate.Count), rate.Default)
			}
			if rate.Times > 1 {
				fields += fmt.Sprintf(", times = %d", rate.Times)
			}
			if rate.Max > 0 {
				fields += fmt.Sprintf(", most = %d", rate.Max)
			}
			out = append(out, luaCost{quote.Lua(encodeName(r.ID)), quote.Lua(rate.Limit.Name), fields})
		}
	}
	return out
}

// bodies reports whether any request's body is read, and how long a list in one may be.
func (c *counting) bodies() (read bool, items int64) {
	for _, r := range c.in.Routes {
		for _, rate := range c.entries(r) {
			if rate.Count != nil && rate.Count.In == model.InBody && readable(r) {
				read, items = true, max(items, costliest(rate)/max(1, rate.Times))
			}
			read = read || slices.ContainsFunc(rate.Dimensions(), func(d *model.Dimension) bool {
				return d.Expr != nil && d.Expr.In == model.InBody && readable(r)
			})
		}
	}
	return read, items
}

// buffer returns the size of the buffer that must hold a request's head and body: room for a list
// of the largest size, and for as much as HAProxy gives a request by default around it. It is kept
// small, since every request pays for it: with the 96 KB that 600 names of 128 bytes would take, a
// fifth of the throughput is lost to caches.
func buffer(items int64) int64 {
	const usual, item, step = 16384, 24, 16384
	n := usual + min(items, 4096)*item
	return (n + step - 1) / step * step
}
