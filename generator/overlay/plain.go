package overlay

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/naming"
)

// The plain form has the layout of the spec, with extensions only: x-rate-limits at the root,
// x-rate-limit below paths. It has no patterns, so each line shows what it is about.

const plainTakes = "; an overlay of this form holds extensions (x-…), at the root and below paths at paths and operations, " +
	"and an OpenAPI Overlay (overlay: 1.0.0 with actions) changes other parts of a spec"

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

func (a *applier) plain(over *yaml.Node) {
	for i := 0; i+1 < len(over.Content); i += 2 {
		k, v := over.Content[i], over.Content[i+1]
		switch {
		case k.Value == "paths":
			a.paths(k, v)
		case isExtension(k.Value):
			a.extension(a.root, k, v)
		default:
			a.errorf(k, "%q is not an extension%s", k.Value, plainTakes)
		}
	}
}

func (a *applier) paths(k, v *yaml.Node) {
	paths := child(a.root, "paths")
	if v.Kind != yaml.MappingNode || len(v.Content) == 0 {
		a.errorf(k, "paths must map the spec's paths to their extensions")
		return
	}
	for i := 0; i+1 < len(v.Content); i += 2 {
		if item := a.item(paths, v.Content[i]); item != nil {
			a.pathItem(item, v.Content[i], v.Content[i+1])
		}
	}
}

// item returns the spec's path item of a path. A reference is replaced by a copy, so that other
// paths with the same reference are not changed.
func (a *applier) item(paths, k *yaml.Node) *yaml.Node {
	at := -1
	if paths != nil {
		at = find(paths, k.Value)
	}
	if at < 0 {
		a.errorf(k, "the spec has no path %q%s", k.Value, nearPath(paths, k.Value))
		return nil
	}
	item := paths.Content[at]
	for range 100 {
		ref := child(item, "$ref")
		if ref == nil || len(item.Content) > 2 {
			break
		}
		target := pointer(a.root, ref.Value)
		if target == nil {
			break // the spec's reader reports it
		}
		own := a.take(k, target)
		if own == nil {
			return nil
		}
		paths.Content[at], item = own, own
	}
	if item.Kind != yaml.MappingNode {
		*item = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: item.Line, Column: item.Column}
	}
	return item
}

var parameter = regexp.MustCompile(`\{[^{}]*\}`)

// nearPath returns the path that a misspelt one may mean: equal except for parameter names, or a
// few letters off.
func nearPath(paths *yaml.Node, path string) string {
	if paths == nil || paths.Kind != yaml.MappingNode {
		return ""
	}
	var known []string
	shape := parameter.ReplaceAllString(path, "{}")
	for i := 0; i+1 < len(paths.Content); i += 2 {
		name := paths.Content[i].Value
		if parameter.ReplaceAllString(name, "{}") == shape ||
			strings.Trim(name, "/") == strings.Trim(path, "/") {
			return "; " + name + " is near"
		}
		known = append(known, name)
	}
	if near := naming.Nearest(path, known); near != "" {
		return "; " + near + " is near"
	}
	return ""
}

func (a *applier) pathItem(item, path, over *yaml.Node) {
	if over.Kind != yaml.MappingNode || len(over.Content) == 0 {
		a.errorf(path, "%s has no content; write x-rate-limit, or methods with x-rate-limit, below it",
			path.Value)
		return
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		k, v := over.Content[i], over.Content[i+1]
		switch {
		case isExtension(k.Value):
			a.extension(item, k, v)
		case !slices.Contains(methods, k.Value):
			a.errorf(k, "%q is neither a method nor an extension%s", k.Value, plainTakes)
		case child(item, k.Value) == nil:
			a.errorf(k, "the spec has no operation %s %s%s", strings.ToUpper(k.Value), path.Value,
				others(item))
		default:
			a.operation(child(item, k.Value), k, v)
		}
	}
}

// others lists the methods of a path.
func others(item *yaml.Node) string {
	var has []string
	for i := 0; i+1 < len(item.Content); i += 2 {
		if key := item.Content[i].Value; slices.Contains(methods, key) {
			has = append(has, strings.ToUpper(key))
		}
	}
	if len(has) == 0 {
		return ""
	}
	return "; the path has " + strings.Join(has, ", ")
}

func (a *applier) operation(op, method, over *yaml.Node) {
	if over.Kind != yaml.MappingNode || len(over.Content) == 0 {
		a.errorf(method, "this operation has no content; write x-rate-limit below it")
		return
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		k, v := over.Content[i], over.Content[i+1]
		if !isExtension(k.Value) {
			a.errorf(k, "%q is not an extension%s", k.Value, plainTakes)
			continue
		}
		a.extension(op, k, v)
	}
}

// extension sets an extension of an object in the spec; null removes it. x-rate-limit, and default
// in x-rate-limits, replace the spec's value as a whole, since their members belong together.
func (a *applier) extension(holder, k, v *yaml.Node) {
	if holder.Kind != yaml.MappingNode {
		return // the spec's reader reports it
	}
	have := child(holder, k.Value)
	if k.Value != "x-rate-limits" || have == nil || have.Kind != yaml.MappingNode ||
		v.Kind != yaml.MappingNode {
		a.member(holder, k, v, k.Value == "x-rate-limit")
		return
	}
	for i := 0; i+1 < len(v.Content); i += 2 {
		a.member(have, v.Content[i], v.Content[i+1], v.Content[i].Value == "default")
	}
}

// member merges one member of a mapping: mappings by member, unless whole is set, while other
// values replace the spec's.
func (a *applier) member(holder, k, v *yaml.Node, whole bool) {
	at := find(holder, k.Value)
	switch {
	case isNull(v) && at < 0:
		a.errorf(k, "the spec has no %s here; null takes one out", k.Value)
		return
	case isNull(v):
		holder.Content = slices.Delete(holder.Content, at-1, at+1)
		return
	case at > 0 && !whole && v.Kind == yaml.MappingNode && holder.Content[at].Kind == yaml.MappingNode:
		for i := 0; i+1 < len(v.Content); i += 2 {
			a.member(holder.Content[at], v.Content[i], v.Content[i+1], false)
		}
		return
	}
	value := a.take(k, v)
	switch {
	case value == nil:
	case at < 0:
		holder.Content = append(holder.Content, k, value)
	default:
		holder.Content[at-1], holder.Content[at] = k, value
	}
}
