package rest

import "net/http"

// A sealed router finds the route of an ordinary path in one pass over it. A step takes a segment
// to a node: by a perfect hash of the literal segments, of which a node has few, or as a parameter.
// Segments in which the templates do not differ are compared at once.
//
//	/v1/users/4711/members/ada      GET
//	└begin┘
//	    users ──▶ {id} ──▶ members ──▶ {member} ──▶ methods[GET] = route 48
//	    rooms ──▶ …

// exactNodes finds the node of a literal segment by a hash of its length and two of its bytes,
// without collisions among the node's few literals. If there is no such hash, it uses a map.
type exactNodes struct {
	places []exactNode // as many as a power of 2; nil without a hash
	a, b   uint32
	nodes  map[string]*routeNode // nil if places has them all
}

type exactNode struct {
	text string
	node *routeNode
}

// httpMethod numbers the usual methods.
type httpMethod uint8

const (
	methodGet httpMethod = iota
	methodHead
	methodPost
	methodPut
	methodPatch
	methodDelete
	methodOptions
	otherMethod
)

func methodOf(method string) httpMethod {
	switch method {
	case http.MethodGet:
		return methodGet
	case http.MethodHead:
		return methodHead
	case http.MethodPost:
		return methodPost
	case http.MethodPut:
		return methodPut
	case http.MethodPatch:
		return methodPatch
	case http.MethodDelete:
		return methodDelete
	case http.MethodOptions:
		return methodOptions
	}
	return otherMethod
}

var usualMethods = [otherMethod]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// routeOf is route in a sealed router.
func (n *routeNode) routeOf(m httpMethod, method string) int {
	if m < otherMethod {
		return int(n.methods[m])
	}
	return n.route(method)
}

// seal prepares a router for findPlain when it has all templates.
func (t *router) seal() { t.root.seal() }

func (n *routeNode) seal() {
	n.exact = exactOf(n.literals)
	for m, method := range usualMethods {
		n.methods[m] = int32(n.route(method))
	}
	for _, child := range n.literals {
		child.seal()
	}
	for i := range n.mixed {
		n.mixed[i].node.seal()
	}
	if n.param != nil {
		n.param.seal()
	}
	if len(n.literals) != 1 || n.param != nil || len(n.mixed) > 0 {
		return
	}
	for text, child := range n.literals {
		if len(child.routes) > 0 || text == "" || !plainPath(text) {
			return
		}
		n.begin, n.then = text+"/", child
		if child.then != nil {
			n.begin, n.then = n.begin+child.begin, child.then
		}
	}
}

// exactOf looks for a hash without collisions.
func exactOf(nodes map[string]*routeNode) exactNodes {
	if len(nodes) == 0 || len(nodes) > 256 {
		return exactNodes{nodes: nodes}
	}
	size := 1
	for size < len(nodes) {
		size *= 2
	}
	for ; size <= 8*len(nodes)+8; size *= 2 {
		for try := range uint32(64) {
			e := exactNodes{make([]exactNode, size), 2*(try%8) + 1, 2*(try/8) + 3, nil}
			if e.fill(nodes) {
				return e
			}
		}
	}
	return exactNodes{nodes: nodes}
}

func (e *exactNodes) fill(nodes map[string]*routeNode) bool {
	for text, node := range nodes {
		if text == "" {
			return false
		}
		at := &e.places[e.hash(text)]
		if at.node != nil {
			return false
		}
		*at = exactNode{text, node}
	}
	return true
}

// hash is for texts that are not empty.
func (e *exactNodes) hash(text string) uint32 {
	return (uint32(len(text)) + uint32(text[0])*e.a + uint32(text[len(text)-1])*e.b) & uint32(len(e.places)-1)
}

func (e *exactNodes) find(text string) *routeNode {
	if len(e.places) == 0 {
		return e.nodes[text]
	}
	if text == "" {
		return nil
	}
	if at := &e.places[e.hash(text)]; at.text == text {
		return at.node
	}
	return nil
}
