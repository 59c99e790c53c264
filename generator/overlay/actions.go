package overlay

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// The other form is the OpenAPI Overlay Specification's, 1.0 and 1.1: actions that update, remove
// or copy what a JSONPath selects. Where the specification ignores a faulty action, this package
// reports an error.

var versionForm = regexp.MustCompile(`^1\.([01])\.[0-9]+$`)

// actions applies the actions of an OpenAPI Overlay in their order.
func (a *applier) actions(over *yaml.Node) {
	m := versionForm.FindStringSubmatch(child(over, "overlay").Value)
	if m == nil {
		a.errorf(child(over, "overlay"), "overlay %q is not known; limitgen reads 1.0 and 1.1, such as 1.0.0", child(over, "overlay").Value)
		return
	}
	if !a.fields(over, "an overlay", "overlay", "info", "extends", "actions") {
		return
	}
	a.extends(child(over, "extends"))
	list := child(over, "actions")
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		a.errorf(over, "an overlay has actions, a list of at least one")
		return
	}
	a.view = newView(a.root)
	for _, n := range list.Content {
		if a.fields(n, "an action", "target", "description", "update", "remove", "copy") {
			a.action(n, m[1] == "1")
		}
	}
}

// fields rejects fields that the specification does not define, unless they begin with x-.
func (a *applier) fields(n *yaml.Node, what string, known ...string) bool {
	if n.Kind != yaml.MappingNode {
		a.errorf(n, "%s is an object", what)
		return false
	}
	ok := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i].Value; !slices.Contains(known, key) && !isExtension(key) {
			a.errorf(n.Content[i], "%q is not a field of %s; it takes %s", key, what,
				strings.Join(known, ", "))
			ok = false
		}
	}
	return ok
}

// extends checks that the overlay's "extends" names this spec.
func (a *applier) extends(n *yaml.Node) {
	if n == nil || strings.Contains(n.Value, "://") || strings.HasPrefix(a.file, "<") {
		return
	}
	here := strings.ReplaceAll(diag.At(a.file, n).File, `\`, "/")
	if named := path.Join(path.Dir(here), n.Value); path.Base(named) != path.Base(strings.ReplaceAll(a.file, `\`, "/")) {
		a.diags.Warnf(diag.At(a.file, n), rule, "the overlay is for %s, and it is applied to %s", n.Value,
			a.file)
	}
}

// action carries out one action.
func (a *applier) action(n *yaml.Node, copies bool) {
	target, update, source, remove := child(n, "target"), child(n, "update"), child(n, "copy"),
		child(n, "remove")
	if remove != nil && remove.Tag != "!!bool" {
		a.errorf(remove, "remove is true or false")
		return
	}
	if remove != nil && remove.Value == "false" {
		remove = nil
	}
	given := 0
	for _, field := range []*yaml.Node{update, source, remove} {
		if field != nil {
			given++
		}
	}
	switch {
	case target == nil:
		a.errorf(n, "an action has a target, a JSONPath such as $.paths['/a'].get")
		return
	case given != 1:
		a.errorf(n, "an action has one of update, remove: true and copy")
		return
	case source != nil && !copies:
		a.errorf(source, "copy is of overlay 1.1.0 and later")
		return
	}
	found := a.selected(target)
	switch {
	case len(found) == 0:
	case remove != nil:
		a.remove(target, found)
	case source != nil:
		from := a.selected(source)
		if len(from) > 1 {
			a.errorf(source, "copy selects one value, not %d", len(from))
		} else if len(from) == 1 {
			if one := a.take(source, from[0].node); one != nil { // which may itself be a target
				a.update(target, found, one, true)
			}
		}
	default:
		a.update(target, found, update, copies)
	}
}

// remove removes values from the objects and lists that contain them.
func (a *applier) remove(target *yaml.Node, found []place) {
	for _, p := range found {
		if p.parent == nil {
			a.errorf(target, "the whole spec cannot be removed")
			return
		}
		at := slices.Index(p.parent.Content, p.node)
		switch {
		case at < 0: // removed with its parent
		case p.parent.Kind == yaml.MappingNode:
			p.parent.Content = slices.Delete(p.parent.Content, at-1, at+1)
		default:
			p.parent.Content = slices.Delete(p.parent.Content, at, at+1)
		}
	}
	for _, p := range found {
		a.view.refresh(a.root, p.path[:len(p.path)-1])
	}
}

// update merges a value into everything that an action selects.
func (a *applier) update(target *yaml.Node, found []place, update *yaml.Node, scalars bool) {
	before := len(a.diags)
	for _, p := range found {
		switch {
		case p.node.Kind == yaml.SequenceNode && update.Kind != yaml.SequenceNode:
			if item := a.take(update, update); item != nil {
				p.node.Content = append(p.node.Content, item)
			}
		case p.node.Kind == yaml.ScalarNode && !scalars:
			a.errorf(target, "the target at %s is neither an object nor a list, and overlay 1.1.0 and later update others; "+
				"take the object that holds it", diag.At(a.file, p.node))
			return
		default:
			a.merge(p.parent, p.node, update, update)
		}
		a.view.refresh(a.root, p.path)
		if len(a.diags) > before {
			return // the others would have the same error
		}
	}
}

// merge merges a value into one of the spec: objects are merged by member, lists are appended to,
// and other values replace the old one together with its key.
func (a *applier) merge(holder, into, from, key *yaml.Node) {
	switch {
	case into.Kind == yaml.MappingNode && from.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(from.Content); i += 2 {
			k, v := from.Content[i], from.Content[i+1]
			if at := find(into, k.Value); at > 0 {
				a.merge(into, into.Content[at], v, k)
			} else if value := a.take(k, v); value != nil {
				into.Content = append(into.Content, k, value)
			}
		}
	case into.Kind == yaml.SequenceNode && from.Kind == yaml.SequenceNode:
		if list := a.take(from, from); list != nil {
			into.Content = append(into.Content, list.Content...)
		}
	case into.Kind == from.Kind, isNull(into), isNull(from):
		value := a.take(from, from)
		if value == nil {
			return
		}
		*into = *value
		if holder != nil && holder.Kind == yaml.MappingNode && key != from {
			if at := slices.Index(holder.Content, into); at > 0 {
				holder.Content[at-1] = key
			}
		}
	default:
		a.errorf(key, "this is %s, and the value at %s in the spec is %s; remove it first", kindOf(from),
			diag.At(a.file, into), kindOf(into))
	}
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}
