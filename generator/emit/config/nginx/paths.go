package nginx

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/limitgen/limitgen/generator/emit/config"
)

// A table is one map: templates of one length with literals at the same places, so that one lookup
// finds the one that a path follows. It replaces as many expressions as it has entries.
type table struct {
	order   []int  // a place for each segment: 0 a literal, 1… a mixed one, the last a parameter; below 0 one with a ";"
	form    []part // what is looked up
	entries []entry
}

// A part of a form: a star, or the request's own segment.
type part struct {
	star    bool
	whole   bool // with what follows a ";"
	segment int  // from 1
}

type entry struct {
	key   string // text, or a regular expression
	regex bool
	twin  bool // a HEAD that counts as its GET
	route *config.Route
}

// parameter is the place of parameters in table.order, behind all mixed segments.
const parameter = 1 << 30

// newTables groups the templates; tables of one length are in the order in which they are to be
// tried. For templates that match the same path, that is the order of config.Input.Tree: at the
// first segment where they differ, a literal comes before a mixed one and that before a parameter.
func newTables(in *config.Input) []*table {
	var out []*table
	mixed := 0
	heads := slices.ContainsFunc(in.Routes, func(r *config.Route) bool { return r.Method == "HEAD" })
	var visit func(n *config.Node, order []int)
	visit = func(n *config.Node, order []int) {
		for _, r := range n.Routes {
			t := find(&out, order)
			t.entries = append(t.entries, entryOf(r, r.Method))
			if heads && r.Method == "GET" &&
				!slices.ContainsFunc(n.Routes, func(o *config.Route) bool { return o.Method == "HEAD" }) {
				head := entryOf(r, "HEAD")
				head.twin = true
				t.entries = append(t.entries, head)
			}
		}
		for _, e := range n.Edges {
			place := 0
			if e.Segment.Whole() {
				place = parameter
			} else if !e.Segment.Literal() {
				mixed++
				place = mixed
			}
			if hasSemicolon(e.Segment) {
				place -= parameter
			}
			visit(e.To, append(slices.Clone(order), place))
		}
	}
	visit(in.Tree(), nil)
	slices.SortStableFunc(out, func(a, b *table) int {
		return cmp.Or(len(a.order)-len(b.order), slices.Compare(a.order, b.order))
	})
	return out
}

// hasSemicolon reports whether a template has a ";" there. Elsewhere what follows one is not part
// of a segment.
func hasSemicolon(s config.Segment) bool {
	return slices.ContainsFunc(s.Texts, func(t string) bool { return strings.Contains(t, ";") })
}

// find gives the table of an order of places.
func find(tables *[]*table, order []int) *table {
	for _, t := range *tables {
		if slices.Equal(t.order, order) {
			return t
		}
	}
	t := &table{order: order}
	for i, place := range order {
		t.form = append(t.form, part{star: place == parameter, whole: place < 0, segment: i + 1})
	}
	*tables = append(*tables, t)
	return t
}

// entryOf returns a route's line in its table. Texts that a reader could not see, and mixed
// segments, need an expression.
func entryOf(r *config.Route, method string) entry {
	plain, expr := method+" ", pattern(method+" ")
	regex := false
	for _, s := range r.Segments {
		plain += "/" + segmentText(s)
		expr += "/" + segmentPattern(s)
		regex = regex || !s.Whole() && !s.Literal() || !printable(segmentText(s))
	}
	if len(r.Segments) == 0 {
		plain, expr = plain+"/", expr+"/"
	}
	if regex {
		return entry{key: "^" + expr + `\z`, regex: true, route: r}
	}
	return entry{key: plain, route: r}
}

func segmentText(s config.Segment) string { return strings.Join(s.Texts, "*") }

func segmentPattern(s config.Segment) string {
	switch {
	case s.Literal():
		return pattern(s.Texts[0])
	case s.Whole():
		return `\*`
	}
	return mixedPattern(s, "[^/]+?")
}

// mixedPattern returns a segment that has parameters between texts.
func mixedPattern(s config.Segment, parameter string) string {
	out := pattern(s.Texts[0])
	for _, text := range s.Texts[1:] {
		out += parameter + pattern(text)
	}
	return out
}

// source returns the string that a map looks up.
func (t *table) source(prefix string) string {
	out := "$" + prefix + "_method "
	for _, p := range t.form {
		switch {
		case p.star:
			out += "/*"
		case p.whole:
			out += "/$" + prefix + "_w" + strconv.Itoa(p.segment)
		default:
			out += "/$" + prefix + "_" + strconv.Itoa(p.segment)
		}
	}
	if len(t.form) == 0 {
		out += "/"
	}
	return out
}

// word returns an entry's key as map takes it.
func (e entry) word() string {
	if e.regex {
		return quote("~*" + e.key)
	}
	return quote(e.key)
}

// lower returns how nginx compares: ASCII letters only.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
