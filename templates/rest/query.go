package rest

import "strings"

// Some specs tell operations apart by a query in their paths: /token and /token?refresh. OpenAPI has
// no such thing; what stands behind the question mark is asked of requests beside the path.

// pathOf is the template of an operation's path without the query.
func pathOf(op *Operation) string {
	path, _, _ := strings.Cut(op.Path, "?")
	return path
}

// place is where an operation stands among the n of its route: one with a query before those
// without, since the first that a request matches is taken.
func place(op *Operation, n int, at func(i int) *Operation) int {
	if strings.Contains(op.Path, "?") {
		for i := range n {
			if !strings.Contains(at(i).Path, "?") {
				return i
			}
		}
	}
	return n
}

// hasQuery reports whether the request has what a template has behind a question mark.
func (v *view) hasQuery(op *Operation) bool {
	at := strings.IndexByte(op.Path, '?')
	if at < 0 {
		return true
	}
	for pair := range strings.SplitSeq(op.Path[at+1:], "&") {
		name, value, _ := strings.Cut(pair, "=")
		raw, ok := firstQuery(v.rawQuery, unescapeQuery(name))
		if !ok || !strings.Contains(value, "{") && unescapeQuery(raw) != unescapeQuery(value) {
			return false
		}
	}
	return true
}
