package lint

import (
	"regexp"
	"strings"

	"github.com/limitgen/limitgen/generator/analyze"
)

const ruleAmbiguous = "ambiguous-path"

var parameter = regexp.MustCompile(`\{[^{}]*\}`)

// ambiguousPaths reports templates of one method that the same request can match when neither is
// more specific, or that differ in nothing but the names of parameters.
func ambiguousPaths(l *linter) {
	type template struct {
		op       *analyze.Operation
		segments []string
	}
	byMethod := make(map[string][]template)
	for _, op := range l.Operations {
		t := template{op, strings.Split(parameter.ReplaceAllString(op.Path, "{}"), "/")}
		for _, first := range byMethod[op.Method] {
			pos, other := l.Doc.Pos("paths", op.Path), l.Doc.Pos("paths", first.op.Path)
			switch compare(first.segments, t.segments) {
			case same:
				l.diags.Warnf(pos, ruleAmbiguous, "%s %s is %s (%s) with other parameter names; keep one",
					op.Method, op.Path, first.op.Path, other)
			case crossing:
				l.diags.Warnf(pos, ruleAmbiguous, "%s %s and %s (%s) match the same requests and neither is more specific; the one with the leftmost literal segment wins",
					op.Method, op.Path, first.op.Path, other)
			}
		}
		byMethod[op.Method] = append(byMethod[op.Method], t)
	}
}

type relation int

const (
	apart relation = iota // no request matches both, or one is more specific
	same
	crossing
)

// compare says how two templates lie, segment by segment.
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

// matches reports whether a segment with parameters takes a literal one.
func matches(segment, literal string) bool {
	if segment == "{}" {
		return literal != ""
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(segment), `\{\}`, ".+")
	ok, err := regexp.MatchString("^"+pattern+"$", literal)
	return err == nil && ok
}
