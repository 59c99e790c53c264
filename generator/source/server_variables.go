package source

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/limitgen/limitgen/generator/diag"
)

// A ServerVariable is a part of a server's URL that its users choose.
type ServerVariable struct {
	Name, Description string
	Default           string
	Enum              []string // empty allows every value
}

// template returns a server's URL with its variables, if all of them can be set when a program
// runs.
func (r *serverReader) template(
	s *openapi3.Server, at []string, pos diag.Position,
) (string, []ServerVariable) {
	text, _, _ := strings.Cut(strings.TrimSpace(s.URL), "#")
	text, _, _ = strings.Cut(text, "?")
	var out []ServerVariable
	for _, m := range serverVariable.FindAllStringSubmatch(text, -1) {
		name := m[1]
		v := s.Variables[name]
		if v == nil || r.doc.Node(append(slices.Clone(at), "variables", name, "default")...) == nil {
			return "", nil // said by expand
		}
		known := func(o ServerVariable) bool { return o.Name == name }
		if slices.ContainsFunc(out, known) {
			continue
		}
		if len(v.Enum) > 0 && !slices.Contains(v.Enum, v.Default) {
			r.diags.Warnf(r.doc.Pos(append(slices.Clone(at), "variables", name, "default")...), ruleServer,
				"the default of the server's variable %s, %q, is not in its enum", name, v.Default)
		}
		out = append(out, ServerVariable{name, v.Description, v.Default, v.Enum})
	}
	for _, name := range r.doc.Keys(append(slices.Clone(at), "variables")...) {
		if !strings.Contains(text, "{"+name+"}") {
			r.diags.Warnf(r.doc.Pos(append(slices.Clone(at), "variables", name)...), ruleServer,
				"the server's URL %q has no variable %s", s.URL, name)
		}
	}
	if len(out) == 0 {
		return "", nil
	}
	host, path := templateParts(text)
	plain := Expand(path, out)
	if clean, err := cleanPath(plain); err == nil && clean != plain && !r.given {
		r.diags.Warnf(pos, ruleServer,
			"the variables of the server %q keep their defaults, because its path is read as %q", s.URL,
			clean)
		return "", nil
	}
	if host+path == "" {
		return "", nil
	}
	return host + path, out
}

// withPath returns a template with another path, and the variables that it still has.
func withPath(
	template, path string, variables []ServerVariable,
) (string, []ServerVariable) {
	host, _ := templateParts(template)
	rest := slices.DeleteFunc(slices.Clone(variables), func(v ServerVariable) bool {
		return !strings.Contains(host, "{"+v.Name+"}")
	})
	if len(rest) == 0 {
		return "", nil
	}
	return host + path, rest
}

// Expand puts the defaults of variables into a template.
func Expand(template string, variables []ServerVariable) string {
	pairs := make([]string, 0, 2*len(variables))
	for _, v := range variables {
		pairs = append(pairs, "{"+v.Name+"}", v.Default)
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// templateParts splits a template into scheme and host, and path: without a slash at its end. Both
// are "" for what is neither an absolute URL of a client nor a path.
func templateParts(text string) (host, path string) {
	scheme, rest, absolute := strings.Cut(text, "://")
	switch {
	case !absolute && strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//"):
		return "", strings.TrimRight(text, "/")
	case !absolute:
		return "", ""
	}
	if !serverVariable.MatchString(scheme) {
		if scheme = strings.ToLower(scheme); scheme != "http" && scheme != "https" {
			return "", ""
		}
	}
	host, path, found := strings.Cut(rest, "/")
	if found {
		path = "/" + path
	}
	return fmt.Sprintf("%s://%s", scheme, host), strings.TrimRight(path, "/")
}
