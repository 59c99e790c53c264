package lint

import (
	"fmt"
	"net/url"
	"strings"
)

const rulePath = "path-template"

// pathTemplates reports templates that parsers accept but no request can match.
func pathTemplates(l *linter) {
	for _, path := range l.Doc.Paths() {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		if i := strings.IndexAny(path, "?#"); i >= 0 {
			// Published files have such paths for calls that differ in their query. They are
			// skipped.
			l.diags.Warnf(l.Doc.Pos("paths", path), rulePath, "no request matches path %q, because a path ends before %q; declare query parameters under parameters", path, path[i])
		} else if problem := malformed(path); problem != "" {
			l.diags.Errorf(l.Doc.Pos("paths", path), rulePath, "path %q %s", path, problem)
		} else if name := twice(path); name != "" {
			l.diags.Warnf(l.Doc.Pos("paths", path), rulePath, "path %q holds {%s} twice; both places take one value", path, name)
		}
	}
}

// malformed describes what is wrong with a template and what to do; "" if it is valid.
func malformed(path string) string {
	if !strings.HasPrefix(path, "/") {
		return fmt.Sprintf("has no leading slash; write %q", "/"+path)
	}
	if i := strings.IndexAny(path, "` \t\r\n"); i >= 0 {
		return fmt.Sprintf("holds %q; take it out", path[i])
	}
	if strings.Contains(path, "${") {
		return "has a shell-style parameter; write {name} for ${name}"
	}
	for segment := range strings.SplitSeq(path, "/") {
		switch plain, err := url.PathUnescape(segment); {
		case err != nil:
			return fmt.Sprintf("holds %q, where %% needs two hexadecimal digits; write %%25 for the sign", segment)
		case plain == "." || plain == "..":
			return fmt.Sprintf("has the segment %q, which clients and proxies resolve; write the path without it", segment)
		}
	}
	for rest := path; ; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			return ""
		}
		if rest[i] == '}' {
			return "has a } without its {; take it out"
		}
		name, after, ok := strings.Cut(rest[i+1:], "}")
		switch {
		case !ok, strings.ContainsAny(name, "{/"):
			return "has a { without its }; close it"
		case name == "":
			return "has a parameter without a name; write {name}"
		}
		rest = after
	}
}

// twice returns a duplicate parameter of a template; "" if there is none.
func twice(path string) string {
	seen := make(map[string]bool)
	for rest := path; ; {
		_, after, found := strings.Cut(rest, "{")
		name, after, closed := strings.Cut(after, "}")
		switch {
		case !found || !closed:
			return ""
		case seen[name]:
			return name
		}
		seen[name], rest = true, after
	}
}
