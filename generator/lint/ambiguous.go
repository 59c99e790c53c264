package lint

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/limitgen/limitgen/generator/analyze"
)

const ruleAmbiguous = "ambiguous-path"

var parameter = regexp.MustCompile(`\{[^{}]*\}`)

// ambiguousPaths reports templates of one method that match the same requests although neither is
// more specific, or that differ only in the names of parameters.
func ambiguousPaths(l *linter) {
	byMethod := make(map[string]*templates)
	for _, op := range l.Operations {
		t := template{op, strings.Split(parameter.ReplaceAllString(op.Path, "{}"), "/")}
		all := byMethod[op.Method]
		if all == nil {
			all = &templates{}
			byMethod[op.Method] = all
		}
		for _, first := range all.near(t) {
			how := compare(first.segments, t.segments)
			if how == apart {
				continue
			}
			pos, other := l.Doc.Pos("paths", op.Path), l.Doc.Pos("paths", first.op.Path)
			if how == same {
				l.sameShape(op, first.op)
				continue
			}
			l.diags.Warnf(pos, ruleAmbiguous, "%s %s and %s (%s) match the same requests and neither is more specific; the one with the leftmost literal segment wins",
				op.Method, op.Path, first.op.Path, other)
		}
		all.add(t)
	}
}

// sameShape reports two templates that differ only in the names of parameters, unless these tell
// requests apart.
func (l *linter) sameShape(op, first *analyze.Operation) {
	pos, other := l.Doc.Pos("paths", op.Path), l.Doc.Pos("paths", first.Path)
	apart, alike := l.Apart(op, first)
	switch {
	case !apart:
		l.diags.Warnf(pos, ruleAmbiguous, "%s %s is %s (%s) with other parameter names, and a server takes all requests for calls of the latter; keep one",
			op.Method, op.Path, first.Path, other)
	case !alike:
		l.diags.Warnf(pos, ruleAmbiguous, "%s %s is %s (%s) with other parameter names, and has other limits; Go code tells them apart, gateways count the limits of both",
			op.Method, op.Path, first.Path, other)
	}
}

type template struct {
	op       *analyze.Operation
	segments []string
}

// templates are those seen so far, by their segments, so that a large API's are not compared with
// each other one by one: literal segments that differ keep them apart.
type templates struct {
	all  []template
	root node
}

type node struct {
	literal, variable map[string]*node
	ends              []int // of all
}

func (ts *templates) add(t template) {
	n := &ts.root
	for _, s := range t.segments {
		below := &n.literal
		if strings.Contains(s, "{}") {
			below = &n.variable
		}
		if *below == nil {
			*below = make(map[string]*node)
		}
		if (*below)[s] == nil {
			(*below)[s] = &node{}
		}
		n = (*below)[s]
	}
	n.ends = append(n.ends, len(ts.all))
	ts.all = append(ts.all, t)
}

// near are those that no literal keeps apart, in the order in which they were added.
func (ts *templates) near(t template) []template {
	nodes := []*node{&ts.root}
	for _, s := range t.segments {
		var next []*node
		for _, n := range nodes {
			next = slices.AppendSeq(next, maps.Values(n.variable))
			if strings.Contains(s, "{}") {
				next = slices.AppendSeq(next, maps.Values(n.literal))
			} else if same := n.literal[s]; same != nil {
				next = append(next, same)
			}
		}
		nodes = next
	}
	var ends []int
	for _, n := range nodes {
		ends = append(ends, n.ends...)
	}
	slices.Sort(ends)
	out := make([]template, len(ends))
	for i, at := range ends {
		out[i] = ts.all[at]
	}
	return out
}

type relation int

const (
	apart relation = iota // no request matches both, or one is more specific
	same
	crossing
)

// compare returns the relation of two templates, segment by segment.
func compare(a, b []string) relation {
	if len(a) != len(b) {
		return apart
	}
	aMore, bMore := false, false
	for i := range a {
		aVar, bVar := strings.Contains(a[i], "{}"), strings.Contains(b[i], "{}")
		switch {
		case a[i] == b[i]:
		case !aVar && !bVar:
			return apart
		case !aVar:
			if !matches(b[i], a[i]) {
				return apart
			}
			aMore = true
		case !bVar:
			if !matches(a[i], b[i]) {
				return apart
			}
			bMore = true
		case a[i] == "{}":
			bMore = true
		case b[i] == "{}":
			aMore = true
		default:
			return apart // two mixed segments: left to the router
		}
	}
	switch {
	case aMore && bMore:
		return crossing
	case aMore || bMore:
		return apart
	}
	return same
}

// matches reports whether a segment with parameters matches a literal one.
func matches(segment, literal string) bool {
	if segment == "{}" {
		return literal != ""
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(segment), `\{\}`, ".+")
	ok, err := regexp.MatchString("^"+pattern+"$", literal)
	return err == nil && ok
}
