package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// parameters returns the regular expression of those segments of a request that no template has as
// a literal. With these replaced by {}, a request reads like its template, which is then one
// look-up in the map of operations, however many there are. What the map finds is right: where
// another template matches too, it has a parameter in the place of one of the literals. The rest is
// rare and goes to Lua: values that equal a literal, and segments that this expression does not
// match because they need closer inspection: ".", "%", ";", a backslash.
//
// It is empty where it would be longer than HAProxy reads: then Lua finds the operation of every
// request.
func parameters(in *config.Input) string {
	words := []string{`\.{1,2}`}
	for _, r := range in.Routes {
		for _, s := range r.Segments {
			if !s.Whole() {
				words = append(words, word(s))
			}
		}
	}
	slices.Sort(words)
	out := `/(?!(?:` + strings.Join(slices.Compact(words), "|") + `)(?:/|$))[^/%;\x5c]+(?=/|$)`
	if len(out) > longestExpression {
		return ""
	}
	return out
}

// longestExpression is how long a regular expression may be. HAProxy reads one into a buffer, of 16
// KB unless tune.bufsize says otherwise.
const longestExpression = 8000

// word matches a segment that is literal, or literal around parameters.
func word(s config.Segment) string {
	texts := make([]string, len(s.Texts))
	for i, t := range s.Texts {
		texts[i] = regexText(lower(encode(t)))
	}
	return strings.Join(texts, "[^/]+")
}

// regexText matches a text. It has nothing that means anything to HAProxy, in or out of quotes.
func regexText(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// placeholder returns a segment in the map of operations: {} means a parameter.
func placeholder(s config.Segment) string {
	texts := make([]string, len(s.Texts))
	for i, t := range s.Texts {
		texts[i] = strings.NewReplacer("{", "%7b", "}", "%7d").Replace(lower(encode(t)))
	}
	return strings.Join(texts, "{}")
}

// rowKey returns the key of a template in the map of operations.
func rowKey(method string, segments []config.Segment) string {
	key := encodeName(method)
	for _, s := range segments {
		key += "/" + placeholder(s)
	}
	if len(segments) == 0 {
		key += "/"
	}
	return key
}

// A row is one line of the map of operations.
type row struct{ Key, Uses string }

// rows returns the map of operations in the order of the spec. A HEAD counts as its GET.
func (c *counting) rows(keys *keys) []row {
	var out []row
	seen, heads := make(map[string]bool), make(map[string]bool)
	for _, r := range c.in.Routes {
		if r.Method == "HEAD" {
			heads[rowKey("", r.Segments)] = true
		}
	}
	add := func(method string, r *config.Route) {
		key := rowKey(method, r.Segments)
		if seen[key] {
			return
		}
		seen[key] = true
		out = append(out, row{key, c.value(keys, r)})
	}
	for _, r := range c.in.Routes {
		add(r.Method, r)
		if r.Method == "GET" && !heads[rowKey("", r.Segments)] {
			add("HEAD", r)
		}
	}
	return out
}

// value returns what a route counts: for each limit LIMIT[/OPERATION]:KEY[=COST], or "-".
func (c *counting) value(keys *keys, r *config.Route) string {
	var words []string
	for _, rate := range c.entries(r) {
		word := rate.Limit.Name
		if slices.Contains(rate.Limit.Per, "operation") {
			word += "/" + encodeName(r.ID)
		}
		words = append(words, word+":"+keys.of(r, rate).Word()+c.cost(r, rate))
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, " ")
}

// cost returns how a limit in Lua reads what a request costs: a number, or a function of the
// operation in limits.lua.
func (c *counting) cost(r *config.Route, rate *model.Rate) string {
	switch {
	case !c.lua(rate.Limit):
		return ""
	case rate.Count == nil:
		return fmt.Sprintf("=%d", rate.Cost)
	case rate.Count.In == model.InBody && !readable(r):
		return fmt.Sprintf("=%d", config.UnreadCost(rate))
	case rate.Count.In == model.InBody:
		return "=count(" + encodeName(r.ID) + ")"
	}
	return "=parts(" + encodeName(r.ID) + ")"
}
