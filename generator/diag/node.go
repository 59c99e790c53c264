package diag

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// fileMark begins a node's foot comment that names the file which the node comes from. YAML's own
// comments hold no NUL.
const fileMark = "\x00"

// At returns the place of a node in a document: in the file that it was marked with, else in file.
func At(file string, n *yaml.Node) Position {
	if own, ok := strings.CutPrefix(n.FootComment, fileMark); ok {
		file = own
	}
	return Position{File: file, Line: n.Line, Col: n.Column}
}

// Mark names the file that all nodes of a tree come from, before they are merged into another. The
// name travels in the nodes themselves: they are copied on the way, and a map would lose copies.
func Mark(n *yaml.Node, file string) {
	if strings.HasPrefix(n.FootComment, fileMark) {
		return // shared by several uses of an anchor
	}
	n.FootComment = fileMark + file
	for _, c := range n.Content {
		Mark(c, file)
	}
}

// Moved puts a node where another stands, in that one's file.
func Moved(n, to *yaml.Node) *yaml.Node {
	n.Line, n.Column, n.FootComment = to.Line, to.Column, to.FootComment
	return n
}
