package haproxy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
	"github.com/limitgen/limitgen/generator/model"
)

// A key is one way in which requests are distinguished.
type key struct {
	Name    string
	Comment string
	Parts   []string // the variables that hold its parts
	Lua     string   // the parts as a table of Lua, where HAProxy cannot read one of them
	Body    bool     // it is in a body
}

// Word returns the key in the map of operations.
func (k *key) Word() string {
	switch {
	case k.Lua == "":
		return k.Name
	case k.Body:
		return "body(" + k.Name + ")"
	}
	return "read(" + k.Name + ")"
}

// keys are those of an API, each once.
type keys struct {
	c     *counting
	list  []*key
	parts []*part

	known map[string]*key   // by base name and content
	named map[string]int    // how many keys have a base name
	taken map[string]bool   // names
	vars  map[string]string // of parts, by what they are set to
}

// A part of keys is a variable and what it is set to.
type part struct {
	Var, Expression, Condition string

	first, count int // segments of the path; count is 0 for other parts
}

func newKeys(c *counting) *keys {
	ks := &keys{
		c: c, known: make(map[string]*key), named: make(map[string]int),
		taken: make(map[string]bool), vars: make(map[string]string),
	}
	for _, r := range c.in.Routes {
		for _, rate := range c.entries(r) {
			ks.of(r, rate)
		}
	}
	return ks
}

// of returns a rate's key. Operations with other expressions for a key of the same name get one
// with a number.
func (ks *keys) of(r *config.Route, rate *model.Rate) *key {
	k := &key{Name: keyName(rate.Limit), Comment: keyComment(rate)}
	native := true
	var parts []*part
	var lua []string
	for _, d := range rate.Dimensions() {
		if d.Builtin == "operation" {
			continue
		}
		p, l := ks.part(r, d)
		native = native && p != nil
		k.Body = k.Body || d.Expr != nil && d.Expr.In == model.InBody && readable(r)
		parts, lua = append(parts, p), append(lua, l)
	}
	if native {
		k.Parts = ks.variables(parts)
	} else {
		k.Lua = "{ " + strings.Join(lua, ", ") + " }"
	}
	content := k.Name + "\x00" + strings.Join(k.Parts, ",") + "\x00" + k.Lua
	if o := ks.known[content]; o != nil {
		return o
	}
	base := k.Name
	for ks.taken[k.Name] {
		ks.named[base]++
		k.Name = fmt.Sprintf("%s-%d", base, ks.named[base]+1)
	}
	ks.taken[k.Name], ks.known[content] = true, k
	ks.list = append(ks.list, k)
	return k
}

// keyName joins the names of what a limit is per; "-" is one counter for all.
func keyName(l *model.Limit) string {
	var names []string
	for _, p := range l.Per {
		if p != "operation" {
			names = append(names, encodeName(p))
		}
	}
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, "+")
}

func keyComment(rate *model.Rate) string {
	var parts []string
	for _, d := range rate.Dimensions() {
		switch {
		case d.Builtin == "operation":
		case d.Expr == nil:
			parts = append(parts, "the "+d.Builtin)
		case d.Expr.In == model.InBody:
			parts = append(parts, d.Expr.Pointer+" in the body")
		default:
			parts = append(parts, fmt.Sprintf("%s in the %s", d.Expr.Name, d.Expr.In))
		}
	}
	if len(parts) == 0 {
		return "one counter for all"
	}
	return config.Line(strings.Join(parts, ", "))
}

var token = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// part returns one part of a key as HAProxy reads it (nil if it does not) and as Lua does.
func (ks *keys) part(r *config.Route, d *model.Dimension) (native *part, lua string) {
	switch {
	case d.Builtin == "client-ip":
		return &part{Var: ks.c.variable("address")}, `{ "address" }`
	case d.Builtin == "credential":
		return nil, credential(ks.c.in.API, r)
	case d.Expr == nil:
		return nil, `{ "nothing" }`
	case d.Expr.In == model.InBody && !readable(r):
		return nil, `{ "nothing" }`
	case !r.Spelling(d.Expr).Plain():
		return nil, spelt(luaExpr(r, d.Expr), r.Spelling(d.Expr))
	case d.Expr.In == model.InPath:
		i, n := place(r, d.Expr.Name)
		if i >= 0 && r.Segments[i].Whole() {
			native = &part{first: i, count: 1}
		}
		return native, pathPart(r, i, n)
	case d.Expr.In == model.InHeader && token.MatchString(d.Expr.Name):
		// It may be secret, and longer than a counter's name; a missing one is the same as an empty
		// one.
		fetch := "req.fhdr(" + d.Expr.Name + ",1)"
		return &part{
			Expression: fetch + ",sha2(256),hex", Condition: " if { " + fetch + " -m len gt 0 }",
		}, luaExpr(r, d.Expr)
	}
	return nil, luaExpr(r, d.Expr)
}

// variables returns the variables of parts, each once for all keys. Consecutive segments are one
// part.
func (ks *keys) variables(parts []*part) []string {
	var merged []*part
	for _, p := range parts {
		if n := len(merged); n > 0 && p.count > 0 && merged[n-1].count > 0 &&
			merged[n-1].first+merged[n-1].count == p.first {
			merged[n-1].count++
			continue
		}
		merged = append(merged, p)
	}
	var out []string
	for _, p := range merged {
		if p.count > 0 {
			p.Expression = fmt.Sprintf("var(%s),field(%d,/,%d)", ks.c.variable("path"), p.first+2, p.count)
		}
		if p.Var != "" { // which is set already
			out = append(out, p.Var)
			continue
		}
		if ks.vars[p.Expression] == "" {
			p.Var = fmt.Sprintf("%s%d", ks.c.variable("part"), len(ks.parts)+1)
			ks.parts, ks.vars[p.Expression] = append(ks.parts, p), p.Var
		}
		out = append(out, ks.vars[p.Expression])
	}
	return out
}

// place finds a path parameter: its segment, and which of the segment's it is.
func place(r *config.Route, name string) (segment, nth int) {
	for i, s := range r.Segments {
		if n := slices.Index(s.Names, name); n >= 0 {
			return i, n
		}
	}
	return -1, 0
}
