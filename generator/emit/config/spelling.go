package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/limitgen/limitgen/generator/model"
)

// Spelling says which texts of a value are one value of a key, as they are to a handler: a caller
// would get a counter for each of them.
type Spelling struct {
	Number bool   // 1 and 1.0 are one; what is not spelt as a number of JSON is refused
	Usual  string // the value of an absent one: the default
	Empty  bool   // an empty one counts as absent
	Prefix string // of the parameter's style, which is not a part of the value
}

// Spelling returns how a key reads an expression.
func (r *Route) Spelling(e *model.Expr) Spelling {
	if e.In == model.InBody {
		usual, _ := plainJSON(e.Default) // numbers of JSON are alike in any case
		return Spelling{Usual: usual}
	}
	p := r.Param(e)
	if p == nil {
		return Spelling{}
	}
	usual, number := plainJSON(p.Default)
	prefix := ""
	switch {
	case p.In != model.InPath:
	case p.Style == "label":
		prefix = "."
	case p.Style == "matrix":
		prefix = ";" + p.Name + "="
	}
	return Spelling{
		Number: p.Number, Usual: usual, Prefix: prefix,
		Empty: p.Empty && (number || p.Default == "true" || p.Default == "false"),
	}
}

// Plain reports whether each text is a value of its own, and an absent one the empty text.
func (s Spelling) Plain() bool { return s == Spelling{} }

// Lua returns the spelling as fields of a table, behind others; quote writes a text.
func (s Spelling) Lua(quote func(string) string) string {
	out := ""
	if s.Number {
		out += ", number = true"
	}
	if s.Usual != "" {
		out += ", usual = " + quote(s.Usual)
	}
	if s.Empty {
		out += ", empty = true"
	}
	if s.Prefix != "" {
		out += ", prefix = " + quote(s.Prefix)
	}
	return out
}

// plainJSON returns the text of a JSON value that is not a list or an object, and whether it is a
// number.
func plainJSON(text string) (plain string, number bool) {
	var v any
	if text == "" || json.Unmarshal([]byte(text), &v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case string:
		return v, false
	case float64:
		if _, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
			return text, true
		}
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return text, false
	}
	return "", false
}

// Spelt reports whether any key has a spelling of a kind.
func (in *Input) Spelt(is func(Spelling) bool) bool {
	for _, r := range in.Routes {
		for _, rate := range r.rates {
			for _, d := range rate.Dimensions() {
				if d.Expr != nil && is(r.Spelling(d.Expr)) {
					return true
				}
			}
		}
	}
	return false
}

// AbsentParts returns the gaps of a cost and of keys in a body whose default depends on the media
// type, which gateways do not read.
func AbsentParts(r *Route, rate *model.Rate) []Gap {
	varies := func(e *model.Expr) bool {
		return e != nil && e.In == model.InBody && slices.ContainsFunc(r.Variants, func(op *model.Operation) bool {
			return slices.ContainsFunc(op.Spoken(), func(b *model.Body) bool {
				return slices.ContainsFunc(b.Absent, func(a model.Absent) bool { return a.Pointer == e.Pointer })
			})
		})
	}
	var out []Gap
	if rate.Value && varies(rate.Count) {
		out = append(out, Gap{Limit: rate.Limit, Route: r,
			Why: "the default of the cost depends on the media type",
			Instead: fmt.Sprintf("each request without it counts %d, by the largest",
				rate.Default*max(1, rate.Times))})
	}
	for _, d := range rate.Dimensions() {
		if varies(d.Expr) {
			out = append(out, Gap{Limit: rate.Limit, Route: r,
				Why:     "the default of the key depends on the media type",
				Instead: "all requests without it share the counter of one default"})
		}
	}
	return out
}

// NestedKey returns the gap of a key that may be a list or an object.
func NestedKey(r *Route, rate *model.Rate) Gap {
	return Gap{Limit: rate.Limit, Route: r, Why: "the key may be a list or an object in the body, which have many spellings",
		Instead: "all lists and objects share the counter of the empty key"}
}
