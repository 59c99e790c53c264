package nginx

import (
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// expression returns a variable, or nothing for a value that nginx cannot have.
func (v *values) expression(r *config.Route, e *model.Expr) string {
	s := r.Spelling(e)
	switch e.In {
	case model.InPath:
		return v.spelt(v.path(r, e.Name), s)
	case model.InQuery:
		return v.query(e.Name, s)
	case model.InHeader:
		return v.spelt(v.header(e.Name, ""), s)
	}
	return ""
}

// several is the key of requests that satisfy more than one alternative. It contains a blank,
// unlike any credential.
const several = "several credentials"

// credential returns the values of the alternative of security schemes that the request has all of.
// Nothing has checked them yet, so a caller could put a changing token beside a valid key: requests
// with more than one alternative share a counter.
func (v *values) credential(r *config.Route) string {
	out := ""
	for _, schemes := range slices.Backward(smallest(r.Variants[0].Security)) {
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

// smallest returns the alternatives that hold no other one.
func smallest(all [][]string) [][]string {
	return slices.DeleteFunc(slices.Clone(all), func(a []string) bool {
		return slices.ContainsFunc(all, func(b []string) bool {
			return len(b) > 0 && len(b) < len(a) &&
				!slices.ContainsFunc(b, func(s string) bool { return !slices.Contains(a, s) })
		})
	})
}

// either returns the first values when none of them is empty, else the second.
func (v *values) either(first []string, second string) string {
	if second == "" && len(first) == 1 {
		return first[0]
	}
	source := strings.Join(first, "\n")
	if second != "" {
		source += "\n\n" + second
	}
	return v.add("credential", source, second, "The alternative of credentials that is complete. Requests with more than one share a counter.", func(capture string) []pair {
		one := `[^\n]+(?:\n[^\n]+){` + strconv.Itoa(len(first)-1) + `}`
		if second == "" {
			return []pair{{quote(`~^(?<` + capture + `>` + one + `)\z`), "$" + capture}}
		}
		return []pair{
			{"default", quote(second)},
			{quote(`~^(?<` + capture + `>` + one + `)\n\n\z`), "$" + capture},
			{quote(`~^` + one + `\n\n.`), quote(several)},
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
			return v.query(c.Name, config.Spelling{})
		case model.InCookie:
			return v.cookie(c.Name)
		}
	}
	return ""
}
