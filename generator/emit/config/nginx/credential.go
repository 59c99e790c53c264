package nginx

import (
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

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
		more := strconv.Itoa(len(first) - 1)
		return []pair{
			{"default", quote(second)},
			{quote(`~^(?<` + capture + `>[^\n]+(?:\n[^\n]+){` + more + `})\z`), "$" + capture},
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
