// Package overlay changes a spec by a separate file, so that limits can be added to a vendor's spec
// without editing it. It works on YAML nodes: those from an overlay keep their positions there,
// which diagnostics report.
package overlay

import (
	"net/url"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

const rule = "overlay"

const (
	maxNodes = 1_000_000 // that overlays may add to a spec
	maxDepth = 500       // of what is added at once
)

// Apply changes the tree of a spec, which must not contain shared nodes (see Clone). over is the
// overlay's tree, marked with its file.
func Apply(root *yaml.Node, file string, over *yaml.Node) diag.List {
	a := &applier{root: root, file: file, room: maxNodes}
	if over.Kind != yaml.MappingNode || len(over.Content) == 0 {
		a.errorf(over, "the overlay is empty; it holds x-rate-limits and paths, or the actions of an OpenAPI Overlay")
		return a.diags
	}
	if child(over, "overlay") != nil {
		a.actions(over)
	} else {
		a.plain(over)
	}
	return a.diags
}

type applier struct {
	root  *yaml.Node
	file  string
	view  *view // for JSONPaths
	room  int   // nodes that may still be added
	diags diag.List
}

func (a *applier) errorf(n *yaml.Node, format string, args ...any) {
	a.diags.Errorf(diag.At(a.file, n), rule, format, args...)
}

// take copies a value for the spec. It returns nil, with an error at at, if that would be too
// large.
func (a *applier) take(at, n *yaml.Node) *yaml.Node {
	out, ok := clone(n, &a.room, 0)
	if !ok {
		a.errorf(at, "the overlay adds more than %d values to the spec, or nests them deeper than %d levels", maxNodes, maxDepth)
		return nil
	}
	return out
}

// Clone copies a tree and duplicates shared nodes, so that a change in one place does not affect
// another.
func Clone(n *yaml.Node) *yaml.Node {
	room := 8 * maxNodes // its reader bounds the tree
	out, _ := clone(n, &room, -2*maxDepth)
	return out
}

func clone(n *yaml.Node, room *int, depth int) (*yaml.Node, bool) {
	if *room--; *room < 0 || depth > maxDepth {
		return nil, false
	}
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		var ok bool
		if out.Content[i], ok = clone(c, room, depth+1); !ok {
			return nil, false
		}
	}
	return &out, true
}

// find returns the index of a key's value in a mapping; -1 if there is none.
func find(n *yaml.Node, key string) int {
	if n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i + 1
		}
	}
	return -1
}

func child(n *yaml.Node, key string) *yaml.Node {
	if i := find(n, key); i > 0 {
		return n.Content[i]
	}
	return nil
}

// pointer returns the target of a reference into the spec; nil if there is none.
func pointer(root *yaml.Node, ref string) *yaml.Node {
	rest, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	n := root
	for token := range strings.SplitSeq(rest, "/") {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		if n = child(n, strings.NewReplacer("~1", "/", "~0", "~").Replace(token)); n == nil {
			return nil
		}
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func isExtension(key string) bool { return strings.HasPrefix(key, "x-") }
