package overlay

import (
	"strconv"
	"strings"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"
	"go.yaml.in/yaml/v4"
)

// place is a value that a JSONPath selects.
type place struct {
	path         spec.NormalizedPath
	parent, node *yaml.Node // parent is nil at the root
}

// selected returns what a JSONPath selects, in the order of paths, without duplicates. An empty
// result is an error.
func (a *applier) selected(n *yaml.Node) []place {
	if n.Kind != yaml.ScalarNode {
		a.errorf(n, "this is a JSONPath, such as $.paths['/a'].get")
		return nil
	}
	p, err := jsonpath.Parse(n.Value)
	if err != nil {
		a.errorf(n, "%q is not a JSONPath of RFC 9535: %s%s", n.Value,
			strings.TrimPrefix(err.Error(), "jsonpath: "), meant(n.Value))
		return nil
	}
	list := p.SelectLocated(a.view.root).Deduplicate()
	list.Sort()
	var out []place
	for _, found := range list {
		if parent, node := lookup(a.root, found.Path); node != nil {
			out = append(out, place{found.Path, parent, node})
		}
	}
	if len(out) == 0 {
		a.errorf(n, "%q selects nothing in the spec", n.Value)
	}
	return out
}

// meant returns a hint on how to quote names with special characters.
func meant(text string) string {
	if strings.Contains(text, ".x-") || strings.Contains(text, "./") {
		return "; names with dashes, slashes and the like are written ['x-a']"
	}
	return ""
}

// lookup follows a path into a tree.
func lookup(root *yaml.Node, path spec.NormalizedPath) (parent, n *yaml.Node) {
	n = root
	for _, step := range path {
		parent, n = n, follow(n, step)
		if n == nil {
			return nil, nil
		}
	}
	return parent, n
}

func follow(n *yaml.Node, step spec.NormalSelector) *yaml.Node {
	switch step := step.(type) {
	case spec.Name:
		return child(n, string(step))
	case spec.Index:
		if n.Kind == yaml.SequenceNode && step >= 0 && int(step) < len(n.Content) {
			return n.Content[step]
		}
	}
	return nil
}

// view is the tree as the values that JSONPaths are evaluated on. It is updated in parts, since an
// overlay may have an action for every operation of a large spec.
type view struct{ root any }

func newView(root *yaml.Node) *view { return &view{root: valueOf(root)} }

// refresh updates the value at a path.
func (v *view) refresh(root *yaml.Node, path spec.NormalizedPath) {
	v.root = refreshed(v.root, root, path)
}

func refreshed(v any, n *yaml.Node, path spec.NormalizedPath) any {
	if len(path) > 0 {
		name, isName := path[0].(spec.Name)
		object, isObject := v.(map[string]any)
		if isName && isObject {
			if next := child(n, string(name)); next != nil {
				object[string(name)] = refreshed(object[string(name)], next, path[1:])
				return object
			}
		}
	}
	return valueOf(n)
}

// valueOf returns a node as a JSON value.
func valueOf(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = valueOf(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			out[i] = valueOf(c)
		}
		return out
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return i
		}
		fallthrough
	case "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	}
	return n.Value
}
