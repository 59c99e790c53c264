package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// Param returns the parameter that an expression reads, from the first variant that has it; nil if
// there is none.
func (r *Route) Param(e *model.Expr) *model.Param {
	for _, op := range r.Variants {
		for _, p := range op.Params {
			if p.In == e.In && p.Name == e.Name {
				return p
			}
		}
	}
	return nil
}

// Separators divide the items of a list in the text of a parameter on the wire; they depend on the
// parameter's style.
func (r *Route) Separators(e *model.Expr) []string {
	p := r.Param(e)
	switch {
	case p == nil:
	case p.List && p.Explode && (p.In == model.InQuery || p.In == model.InCookie):
		return nil // each item is a name and value of its own
	case p.Style == "spaceDelimited":
		return []string{"%20", "+", " "}
	case p.Style == "pipeDelimited":
		return []string{"|", "%7C"}
	case p.Style == "label" && p.Explode:
		return []string{"."}
	case p.Style == "matrix" && p.Explode:
		return []string{";"}
	case p.EncodedComma:
		return []string{",", "%2C"}
	}
	return []string{","}
}

// Matrix reports whether the segment is a parameter in the style matrix: its values follow a ";",
// which other templates ignore.
func (r *Route) Matrix(s Segment) bool {
	return s.Whole() && slices.ContainsFunc(r.Variants, func(op *model.Operation) bool {
		return slices.ContainsFunc(op.Params, func(p *model.Param) bool {
			return p.In == model.InPath && p.Name == s.Names[0] && p.Style == "matrix"
		})
	})
}

// Matrix reports whether any template has such a segment.
func (in *Input) Matrix() bool {
	return slices.ContainsFunc(in.Routes, func(r *Route) bool { return slices.ContainsFunc(r.Segments, r.Matrix) })
}

// LuaTokens are the tokens of a JSON pointer, decoded; quote writes a text.
func LuaTokens(pointer string, quote func(string) string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, token := range tokens {
		tokens[i] = quote(strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
	}
	return tokens
}

// LuaSeparators are separators as patterns of Lua, quoted: { "," }.
func LuaSeparators(separators []string) string {
	var out []string
	for _, s := range separators {
		pattern := "%" + s
		switch {
		case s == " ":
			pattern = s
		case len(s) == 3: // percent-encoded, in letters of either case
			pattern = "%"
			for _, c := range s {
				if c >= 'A' && c <= 'F' {
					pattern += fmt.Sprintf("[%c%c]", c, c+'a'-'A')
				} else {
					pattern += string(c)
				}
			}
		}
		out = append(out, `"`+pattern+`"`)
	}
	return "{ " + strings.Join(out, ", ") + " }"
}

// Invalid describes what gateways do with a cost in the request that cannot be counted.
const Invalid = "Where a cost is a number in the request, one that is not whole, below 0 or above what one request may cost is answered 400 and spends nothing."

// Values reports whether any cost is a number in a request.
func (in *Input) Values() bool {
	return slices.ContainsFunc(in.Routes, func(r *Route) bool {
		return slices.ContainsFunc(r.rates, func(rate *model.Rate) bool { return rate.Value })
	})
}

// AddressBits returns how many bits of an IPv6 address name a client.
func (in *Input) AddressBits() int {
	if n := in.API.IPv6Prefix; n > 0 {
		return n
	}
	return 64
}

// Addresses reports whether any limit counts callers by their address.
func (in *Input) Addresses() bool {
	return slices.ContainsFunc(in.Limits, func(l *model.Limit) bool { return slices.Contains(l.Per, "client-ip") })
}

// UnreadCost returns the units that a request counts if a gateway cannot read its cost.
func UnreadCost(rate *model.Rate) int64 {
	times := max(1, rate.Times)
	if rate.Value {
		return times * max(1, rate.Default)
	}
	return times
}

// Unread describes that, and the possible error.
func Unread(rate *model.Rate, costliest int64) (instead string, times int64) {
	cost := UnreadCost(rate)
	times = max(1, (costliest+cost-1)/cost)
	return fmt.Sprintf("each call counts %d, so up to %d times the quota passes", cost, times), times
}
