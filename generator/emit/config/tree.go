package config

import (
	"slices"
	"strings"
)

// A Node is reached by a number of segments of path templates.
type Node struct {
	Edges  []*Edge  // in the order in which to try them: literals, mixed segments with more text first, the parameter
	Routes []*Route // which end here, one for each method
}

// An Edge leads over one segment.
type Edge struct {
	Segment Segment
	To      *Node
}

// Tree returns the path templates as a tree. A request's route is found by going from left to
// right, trying the edges of each node in order, and turning back where nothing follows that has
// the request's method. Since templates of one length only compete with each other, that is also
// the first match in the order of Ordered.
func (in *Input) Tree() *Node {
	root := &Node{}
	for _, r := range in.Routes {
		n := root
		for _, s := range r.Segments {
			n = n.child(s)
		}
		n.Routes = append(n.Routes, r)
	}
	root.sort()
	return root
}

func (n *Node) child(s Segment) *Node {
	for _, e := range n.Edges {
		if slices.Equal(e.Segment.Texts, s.Texts) {
			return e.To
		}
	}
	e := &Edge{s, &Node{}}
	n.Edges = append(n.Edges, e)
	return e.To
}

func (n *Node) sort() {
	slices.SortStableFunc(n.Edges, func(a, b *Edge) int {
		if c := b.Segment.rank() - a.Segment.rank(); c != 0 {
			return c
		}
		if a.Segment.Literal() {
			return strings.Compare(a.Segment.Texts[0], b.Segment.Texts[0])
		}
		return 0
	})
	for _, e := range n.Edges {
		e.To.sort()
	}
}

// Ordered returns the routes in the order in which to try them: the first whose method and template
// match is the request's.
func (in *Input) Ordered() []*Route {
	var out []*Route
	var visit func(*Node)
	visit = func(n *Node) {
		out = append(out, n.Routes...)
		for _, e := range n.Edges {
			visit(e.To)
		}
	}
	visit(in.Tree())
	return out
}

// rank is larger for segments that are tried earlier.
func (s Segment) rank() int {
	switch {
	case s.Literal():
		return 1 << 30
	case s.Whole():
		return 0
	}
	literal := 1
	for _, t := range s.Texts {
		literal += len(t)
	}
	return literal
}
