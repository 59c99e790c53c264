package diag

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// fileMark begins a foot comment that names the file of a node. Comments in YAML cannot contain
// NUL.
const fileMark = "\x00"

// At returns the position of a node: in the file that it was marked with, else in file.
func At(file string, n *yaml.Node) Position {
	if own, ok := strings.CutPrefix(n.FootComment, fileMark); ok {
		file = own
	}
	return Position{File: file, Line: n.Line, Col: n.Column}
}

// Mark records the file of all nodes of a tree, before they are merged into another. The name is
// stored in the nodes, since a map would lose copies of them.
func Mark(n *yaml.Node, file string) {
	if strings.HasPrefix(n.FootComment, fileMark) {
		return // shared by several uses of an anchor
	}
	n.FootComment = fileMark + file
	for _, c := range n.Content {
		Mark(c, file)
	}
}

// Moved gives a node the file and position of another.
func Moved(n, to *yaml.Node) *yaml.Node {
	n.Line, n.Column, n.FootComment = to.Line, to.Column, to.FootComment
	return n
}
