package rest

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// router finds a route by method and path together: a template that lacks the method does not
// hide a less literal one that has it.
type router struct{ root routeNode }

// routeNode is reached by a number of segments. What findPlain reads comes first, so that a step
// takes one or two cache lines.
type routeNode struct {
	begin    string     // common prefix of all paths behind this node, up to a slash
	then     *routeNode // behind that
	exact    exactNodes // the literals, once all are added
	param    *routeNode
	methods  [otherMethod]int32 // the routes, once all are added; -1 for none
	mixed    []mixedEdge        // those with more literal text first
	routes   []methodRoute
	literals map[string]*routeNode // by percent-decoded segment
}

type mixedEdge struct {
	pattern string   // the segment with its parameters' names left out, to find equal ones
	texts   []string // literal text around the parameters, one more than these; decoded
	node    *routeNode
}

type methodRoute struct {
	method string
	route  int
}

// add adds a template. It returns the existing route of this method and template, or the new one.
func (t *router) add(method, template string, route int) int {
	node := &t.root
	for segment, rest, more := strings.Cut(strings.TrimPrefix(template, "/"), "/"); ; segment, rest, more = strings.Cut(rest, "/") {
		node = node.child(splitTemplate(segment))
		if !more {
			break
		}
	}
	for _, m := range node.routes {
		if m.method == method {
			return m.route
		}
	}
	node.routes = append(node.routes, methodRoute{method, route})
	return route
}

// splitTemplate returns the literal texts of a segment around its parameters.
func splitTemplate(segment string) []string {
	var texts []string
	for {
		before, rest, found := strings.Cut(segment, "{")
		_, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(texts, literalText(segment))
		}
		texts = append(texts, literalText(before))
		segment = after
	}
}

func (n *routeNode) child(texts []string) *routeNode {
	switch {
	case len(texts) == 1:
		if n.literals == nil {
			n.literals = make(map[string]*routeNode)
		}
		if n.literals[texts[0]] == nil {
			n.literals[texts[0]] = new(routeNode)
		}
		return n.literals[texts[0]]
	case len(texts) == 2 && texts[0] == "" && texts[1] == "":
		if n.param == nil {
			n.param = new(routeNode)
		}
		return n.param
	}
	pattern := strings.Join(texts, "\x00")
	for i := range n.mixed {
		if n.mixed[i].pattern == pattern {
			return n.mixed[i].node
		}
	}
	node := new(routeNode)
	n.mixed = append(n.mixed, mixedEdge{pattern, texts, node})
	slices.SortStableFunc(n.mixed, func(a, b mixedEdge) int {
		return (len(b.pattern) - len(b.texts)) - (len(a.pattern) - len(a.texts))
	})
	return node
}

// find returns the route and the raw values of its path parameters, appended to values. A HEAD is
// its GET unless the API describes a HEAD of its own.
func (t *router) find(method, path string, values []string) (int, []string) {
	if path == "" || path[0] != '/' {
		return -1, values
	}
	return t.root.find(method, path[1:], true, values)
}

// lookup is find for a path of which is known whether it is plain.
func (t *router) lookup(method, path string, plain bool, values []string) (int, []string) {
	if plain {
		return t.findPlain(method, path, values)
	}
	return t.find(method, path, values)
}

// notPlain is the result of findPlain for a path that find must look up.
const notPlain = -2

// findPlain is find for a path without encoding, in a sealed router. It backtracks only where a
// segment can be literal text or a parameter. A path that needs decoding is never found, but -1
// does not say whether it does.
func (t *router) findPlain(method, path string, values []string) (int, []string) {
	if path == "" || path[0] != '/' {
		return -1, values
	}
	return t.root.findPlain(methodOf(method), method, path[1:], values)
}

func (n *routeNode) findPlain(m httpMethod, method, path string, values []string) (int, []string) {
	for {
		if n.then != nil {
			if len(path) < len(n.begin) || path[:len(n.begin)] != n.begin {
				return -1, values
			}
			n, path = n.then, path[len(n.begin):]
		}
		end := 0
		for end < len(path) && pathBytes[path[end]] == inSegment {
			end++
		}
		segment, rest, more := path[:end], "", end < len(path)
		if more {
			if path[end] != '/' {
				return notPlain, values
			}
			rest = path[end+1:]
		}
		child := n.exact.find(segment)
		switch {
		case child == nil:
		case n.param == nil && len(n.mixed) == 0:
			if !more {
				return child.routeOf(m, method), values
			}
			n, path = child, rest
			continue
		default:
			if route, found := child.below(m, method, rest, more, values); route >= 0 {
				return route, found
			}
		}
		if segment == "" || segment == "." || segment == ".." { // see capturable
			return -1, values
		}
		for i := range n.mixed {
			if found, ok := matchMixed(n.mixed[i].texts, segment, values); ok {
				if route, found := n.mixed[i].node.below(m, method, rest, more, found); route >= 0 {
					return route, found
				}
			}
		}
		if n.param == nil {
			return -1, values
		}
		n, path, values = n.param, rest, append(values, segment)
		if !more {
			return n.routeOf(m, method), values
		}
	}
}

// below is findPlain for what follows a segment.
func (n *routeNode) below(m httpMethod, method, rest string, more bool, values []string) (int, []string) {
	if !more {
		return n.routeOf(m, method), values
	}
	return n.findPlain(m, method, rest, values)
}

func (n *routeNode) find(method, path string, more bool, values []string) (int, []string) {
	if !more {
		return n.route(method), values
	}
	segment, rest, more := strings.Cut(path, "/")
	if child := n.literal(segment); child != nil {
		if route, found := child.find(method, rest, more, values); route >= 0 {
			return route, found
		}
	}
	if !capturable(segment) {
		return -1, values
	}
	for i := range n.mixed {
		if found, ok := matchMixed(n.mixed[i].texts, segment, values); ok {
			if route, found := n.mixed[i].node.find(method, rest, more, found); route >= 0 {
				return route, found
			}
		}
	}
	if n.param != nil {
		return n.param.find(method, rest, more, append(values, segment))
	}
	return -1, values
}

func (n *routeNode) route(method string) int {
	get := -1
	for _, m := range n.routes {
		if m.method == method {
			return m.route
		}
		if m.method == http.MethodGet && method == http.MethodHead {
			get = m.route
		}
	}
	return get
}

// plain reports whether a segment is its own literalText.
func plain(segment string) bool {
	for i := range len(segment) {
		if c := segment[i]; c == '%' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// literal finds the child of a literal segment. Decoding happens on the stack; a map lookup
// by converted bytes does not allocate.
func (n *routeNode) literal(segment string) *routeNode {
	if n.literals == nil {
		return nil
	}
	if plain(segment) {
		return n.literals[segment]
	}
	var space [256]byte
	text := space[:0]
	for i := 0; i < len(segment); {
		if len(text) > len(space)-utf8.UTFMax {
			return nil // longer than templates are
		}
		c, size := segmentByte(segment, i)
		text = utf8.AppendRune(text, c)
		i += size
	}
	return n.literals[string(text)]
}

// allow collects the methods of every template that matches the path.
func (t *router) allow(path string) []string {
	if path == "" || path[0] != '/' {
		return nil
	}
	var methods []string
	t.root.allow(path[1:], true, &methods)
	if len(methods) == 0 {
		return nil
	}
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	methods = append(methods, http.MethodOptions)
	slices.Sort(methods)
	return slices.Compact(methods)
}

func (n *routeNode) allow(path string, more bool, methods *[]string) {
	if !more {
		for _, m := range n.routes {
			*methods = append(*methods, m.method)
		}
		return
	}
	segment, rest, more := strings.Cut(path, "/")
	if child := n.literal(segment); child != nil {
		child.allow(rest, more, methods)
	}
	if !capturable(segment) {
		return
	}
	for i := range n.mixed {
		if _, ok := matchMixed(n.mixed[i].texts, segment, nil); ok {
			n.mixed[i].node.allow(rest, more, methods)
		}
	}
	if n.param != nil {
		n.param.allow(rest, more, methods)
	}
}
