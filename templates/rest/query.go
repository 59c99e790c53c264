package rest

import "strings"

// Some specs distinguish operations by a query in their paths: /token and /token?refresh. OpenAPI
// does not define this; here the part after the question mark is required in addition to the path.

// pathOf returns the template of an operation's path without the query.
func pathOf(op *Operation) string {
	path, _, _ := strings.Cut(op.Path, "?")
	return path
}

// place returns the index of an operation among the n of its route: those with a query, or that the
// path tells from others, come first, since the first match is taken.
func place(op *Operation, n int, at func(i int) *Operation) int {
	special := func(op *Operation) bool { return op.Told.Param > 0 || strings.Contains(op.Path, "?") }
	if special(op) {
		for i := range n {
			if !special(at(i)) {
				return i
			}
		}
	}
	return n
}

// hasQuery reports whether the request has the template's query.
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
