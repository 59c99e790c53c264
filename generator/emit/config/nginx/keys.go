package nginx

import (
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// key is what nginx counts by at a route. Behind each value stands what it cannot hold, so that no two keys are the
// same string, and no key is empty, which nginx would not count: segments of a path hold no slash, and headers
// no line feed.
func (v *values) key(in *config.Input, r *config.Route, rate *model.Rate) string {
	end := "/"
	if mixes(in, rate.Limit) {
		end = "/\n"
	}
	var b strings.Builder
	for _, d := range dimensions(rate) {
		switch d.Builtin {
		case "operation":
			b.WriteString("$" + v.prefix + "_operation ")
		case "client-ip":
			b.WriteString("$remote_addr ")
		case "credential":
			b.WriteString(v.credential(r) + end)
		default:
			b.WriteString(v.expression(r, d.Expr) + end)
		}
	}
	if b.Len() == 0 {
		return "all"
	}
	return b.String()
}

// mixes reports whether a limit's keys hold values from elsewhere than the path.
func mixes(in *config.Input, l *model.Limit) bool {
	return slices.ContainsFunc(in.Uses(l), func(r *config.Route) bool {
		return slices.ContainsFunc(r.Rates(), func(rate *model.Rate) bool {
			return rate.Limit == l && slices.ContainsFunc(dimensions(rate), func(d *model.Dimension) bool {
				return d.Builtin == "credential" || d.Expr != nil && d.Expr.In != model.InPath
			})
		})
	})
}

// expression is a variable, or nothing for a value that nginx cannot have.
func (v *values) expression(r *config.Route, e *model.Expr) string {
	switch e.In {
	case model.InPath:
		return v.path(r, e.Name)
	case model.InQuery:
		return v.query(e.Name)
	case model.InHeader:
		return v.header(e.Name, "")
	}
	return ""
}

// credential is the values of the first alternative of security schemes that the request has all of. Nobody has
// checked them yet.
func (v *values) credential(r *config.Route) string {
	out := ""
	for _, schemes := range slices.Backward(r.Variants[0].Security) {
		var parts []string
		for _, scheme := range schemes {
			if value := v.scheme(scheme); value != "" {
				parts = append(parts, value)
			}
		}
		if len(parts) > 0 {
			out = v.either(parts, out)
		}
	}
	return out
}

// either is the first values when none of them is empty, else the second.
func (v *values) either(first []string, second string) string {
	if second == "" && len(first) == 1 {
		return first[0]
	}
	source := strings.Join(first, "\n")
	return v.add("credential", source, second, "The first alternative of credentials that is complete.", func(capture string) []pair {
		return []pair{
			{"default", quote(second)},
			{quote(`~^(?<` + capture + `>[^\n]+(?:\n[^\n]+){` + strconv.Itoa(len(first)-1) + `})\z`), "$" + capture},
		}
	})
}

func (v *values) scheme(name string) string {
	for _, c := range v.api.Credentials {
		if c.Scheme != name {
			continue
		}
		switch c.In {
		case model.InHeader:
			return v.header(c.Name, c.Prefix)
		case model.InQuery:
			return v.query(c.Name)
		case model.InCookie:
			return v.cookie(c.Name)
		}
	}
	return ""
}
