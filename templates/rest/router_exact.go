package rest

// exactNodes finds the node of a literal segment by a hash of its length and two of its bytes,
// without collisions among the node's few literals. If there is no such hash, it uses a map.
type exactNodes struct {
	nodes    map[string]*routeNode
	places   []exactNode
	a, b     uint
	foreseen bool // places has them all
}

type exactNode struct {
	text string
	node *routeNode
}

// seal prepares a router for findPlain when it has all templates.
func (t *router) seal() { t.root.seal() }

func (n *routeNode) seal() {
	n.exact = exactOf(n.literals)
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
		if len(child.routes) > 0 || text == "" {
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
	e := exactNodes{nodes: nodes}
	if len(nodes) == 0 || len(nodes) > 256 {
		e.foreseen = len(nodes) == 0
		return e
	}
	size := 1
	for size < len(nodes) {
		size *= 2
	}
	for ; size <= 8*len(nodes)+8; size *= 2 {
		for try := range uint(64) {
			e.places, e.a, e.b = make([]exactNode, size), 2*(try%8)+1, 2*(try/8)+3
			if e.fill() {
				e.foreseen = true
				return e
			}
		}
	}
	return e
}

func (e *exactNodes) fill() bool {
	for text, node := range e.nodes {
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
func (e *exactNodes) hash(text string) uint {
	return (uint(len(text)) + uint(text[0])*e.a + uint(text[len(text)-1])*e.b) & uint(len(e.places)-1)
}

func (e *exactNodes) find(text string) *routeNode {
	switch {
	case !e.foreseen:
		return e.nodes[text]
	case len(e.places) == 0 || text == "":
		return nil
	}
	if at := &e.places[e.hash(text)]; at.text == text {
		return at.node
	}
	return nil
}
