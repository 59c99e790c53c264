package lint

import (
	"regexp"
	"slices"
	"strings"
)

var (
	parameter     = regexp.MustCompile(`\{[^{}]*\}`)
	parameterName = regexp.MustCompile(`^\{[^{}/\s]+\}$`)
)

// pathTemplates reports templates that readers let pass and servers do not match.
func pathTemplates(c *checker) {
	for _, path := range c.doc.Paths() {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		pos := c.doc.Pos("paths", path)
		rest := parameter.ReplaceAllString(path, "")
		switch {
		case !strings.HasPrefix(path, "/"):
			c.diags.Errorf(pos, "path-template", "path %q does not begin with a slash", path)
		case strings.Contains(path, "${"):
			c.diags.Errorf(pos, "path-template", "path %q has a shell-style parameter; drop the $", path)
		case strings.ContainsAny(rest, "{}"):
			c.diags.Errorf(pos, "path-template", "path %q has a brace too many or too few", path)
		case strings.ContainsAny(rest, "`\"'<>\\ \t?#"):
			c.diags.Errorf(pos, "path-template", "path %q has a character that no path has; percent-encode it or remove it", path)
		}
		for _, p := range parameter.FindAllString(path, -1) {
			if !parameterName.MatchString(p) {
				c.diags.Errorf(pos, "path-template", "path %q has a parameter without a usable name: %s", path, p)
			}
		}
	}
	for _, op := range c.ops {
		declaredPath(c, op)
	}
}

// declaredPath compares a template's parameters with the declared ones.
func declaredPath(c *checker, op operation) {
	var declared []string
	for _, params := range []struct {
		ptr []string
		n   int
	}{{append(op.Pointer[:len(op.Pointer)-1:len(op.Pointer)-1], "parameters"), len(op.Item.Parameters)},
		{append(op.Pointer[:len(op.Pointer):len(op.Pointer)], "parameters"), len(op.Op.Parameters)}} {
		list := op.Item.Parameters
		if params.ptr[len(params.ptr)-2] == op.Pointer[len(op.Pointer)-1] {
			list = op.Op.Parameters
		}
		for _, p := range list {
			if p == nil || p.Value == nil || p.Value.In != "path" {
				continue
			}
			declared = append(declared, p.Value.Name)
			if !strings.Contains(op.Path, "{"+p.Value.Name+"}") {
				c.diags.Warnf(c.doc.Pos(params.ptr...), "path-parameter", "path parameter %q does not stand in %q", p.Value.Name, op.Path)
			}
		}
	}
	for _, p := range parameter.FindAllString(op.Path, -1) {
		if name := strings.Trim(p, "{}"); name != "" && !slices.Contains(declared, name) {
			c.diags.Warnf(c.doc.Pos(op.Pointer...), "path-parameter", "%s %s does not declare path parameter %q; it is taken as text", op.Method, op.Path, name)
		}
	}
}

// ambiguousPaths reports pairs of one method that some path matches both of, neither being more specific.
// Which one is served is then a matter of the rules of routing.
func ambiguousPaths(c *checker) {
	type template struct {
		op       operation
		segments []string
	}
	byShape := make(map[string][]template)
	for _, op := range c.ops {
		segments := strings.Split(strings.TrimPrefix(op.Path, "/"), "/")
		for i, s := range segments {
			segments[i] = parameter.ReplaceAllString(s, "{}")
		}
		byShape[op.Method+string(rune(len(segments)))] = append(byShape[op.Method+string(rune(len(segments)))], template{op, segments})
	}
	for _, op := range c.ops {
		segments := strings.Split(strings.TrimPrefix(op.Path, "/"), "/")
		for _, other := range byShape[op.Method+string(rune(len(segments)))] {
			if other.op.Path >= op.Path {
				continue
			}
			for i, s := range segments {
				segments[i] = parameter.ReplaceAllString(s, "{}")
			}
			pos := c.doc.Pos("paths", op.Path)
			switch overlap(segments, other.segments) {
			case same:
				c.diags.Errorf(pos, "ambiguous-path", "%s %s and %s differ in the names of parameters only; keep one", op.Method, op.Path, other.op.Path)
			case crossing:
				c.diags.Warnf(pos, "ambiguous-path", "%s %s and %s match the same paths and neither is more specific; the leftmost literal wins",
					op.Method, op.Path, other.op.Path)
			}
		}
	}
}

const (
	disjoint = iota
	same
	ordered
	crossing
)

// overlap compares two templates of equal length, parameters written {}.
func overlap(a, b []string) int {
	first, second := false, false
	for i := range a {
		pa, pb := strings.Contains(a[i], "{}"), strings.Contains(b[i], "{}")
		switch {
		case a[i] == b[i]:
		case !pa && !pb:
			return disjoint
		case pa && pb:
			return ordered // two mixed segments: whichever has more literal text is first
		case pa && a[i] != "{}" && !mixedMatches(a[i], b[i]), pb && b[i] != "{}" && !mixedMatches(b[i], a[i]):
			return disjoint
		case pa:
			second = true
		default:
			first = true
		}
	}
	switch {
	case first && second:
		return crossing
	case first || second:
		return ordered
	}
	return same
}

// mixedMatches reports whether a literal can be an instance of a segment such as v{}.json.
func mixedMatches(mixed, literal string) bool {
	parts := strings.Split(mixed, "{}")
	pattern := make([]string, len(parts))
	for i, p := range parts {
		pattern[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile("^" + strings.Join(pattern, ".+") + "$").MatchString(literal)
}
