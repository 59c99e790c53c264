package source

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

const ruleDocument = "document"

// walker compares a document with the grammar of OpenAPI, all of it, so that all faults are
// reported at once and each at its place. What people write and can mean one thing only is mended
// in the tree, with a warning where the meaning was in doubt, so that what reads the tree after it
// meets nothing unexpected.
type walker struct {
	file  string
	root  *yaml.Node
	known index
	v30   bool
	forms map[*yaml.Node]string // of each object that was visited
	keys  map[*yaml.Node]*yaml.Node
	refs  []refSite
	order []*yaml.Node // schemas as they were visited

	mappings []*yaml.Node // of discriminators
	parts    *parts
	diags    diag.List
}

// refSite is a $ref in the place of a form.
type refSite struct {
	holder *yaml.Node // the mapping with the $ref
	value  *yaml.Node
	form   string
}

func (w *walker) at(n *yaml.Node) diag.Position {
	return diag.At(w.file, n)
}

func (w *walker) errorf(n *yaml.Node, format string, args ...any) {
	w.diags.Errorf(w.at(n), ruleDocument, format, args...)
}

func (w *walker) warnf(n *yaml.Node, format string, args ...any) {
	w.diags.Warnf(w.at(n), ruleDocument, format, args...)
}

// value reads n as a type of the grammar. what names it in messages. It reports false when the
// value is to be left out.
func (w *walker) value(typ, what string, n *yaml.Node) bool {
	if typ == "any" {
		return true
	}
	if n.Kind == yaml.ScalarNode && n.Tag == tagNull {
		return w.null(typ, n)
	}
	switch elem := strings.TrimLeft(typ, "[{"); typ[0] {
	case '[':
		return w.list(elem, what, n)
	case '{':
		return w.names(elem, what, n)
	}
	if read := scalars[typ]; read != nil {
		return read(w, what, n)
	}
	return w.object(typ, what, n)
}

// null is a key without a value, which people leave where nothing was to be said: an empty object
// where objects are named, nothing elsewhere.
func (w *walker) null(typ string, n *yaml.Node) bool {
	switch typ {
	case "schema", "response", "media", "pathItem", "responses", "paths", "components", "info", "security":
		*n = *mapNode(n)
		if typ == "schema" {
			w.warnf(n, "the schema is empty, so any value is accepted; write {} if that is meant")
		}
		return w.object(typ, typ, n)
	case "types":
		n.Tag, n.Value = tagString, "null" // type: null, without quotes
		return true
	}
	return false
}

func (w *walker) list(elem, what string, n *yaml.Node) bool {
	if n.Kind != yaml.SequenceNode {
		if w.inline(what, n) {
			return w.list(elem, what, n)
		}
		w.errorf(n, "%s must be a list", what)
		return false
	}
	if w.forms[n] != "" {
		return true
	}
	w.forms[n] = "[" + elem
	for i, c := range n.Content {
		if elem != "any" && c.Kind == yaml.ScalarNode && c.Tag == tagNull {
			w.errorf(c, "element %d of %s is empty", i+1, what)
			continue
		}
		w.keys[c] = c
		if !w.value(elem, fmt.Sprintf("element %d of %s", i+1, what), c) && !w.diags.HasErrors() {
			w.errorf(c, "element %d of %s cannot be read", i+1, what)
		}
	}
	return true
}

// names reads a mapping whose keys are names of the author's.
func (w *walker) names(elem, what string, n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		w.errorf(n, "%s must map names to values", what)
		return false
	}
	if k, v := child(n, "$ref"); k != nil && grammar[elem] != nil && v.Kind == yaml.ScalarNode && len(n.Content) == 2 {
		if w.inline(what, n) {
			return w.names(elem, what, n)
		}
		return false
	}
	if w.forms[n] != "" {
		return true
	}
	w.forms[n] = "{" + elem
	w.each(n, func(k, v *yaml.Node) bool {
		// Extensions occur among names too; a schema's properties and the like may begin with x-.
		if strings.HasPrefix(k.Value, "x-") && elem != "schema" && elem != "any" && elem != "text" &&
			elem != "header" && elem != "texts" {
			if v.Kind != yaml.MappingNode {
				return true
			}
		}
		w.keys[v] = k
		return w.value(elem, fmt.Sprintf("%s %q", what, k.Value), v)
	})
	return true
}

// each visits the pairs of a mapping and takes those out for which f returns false.
func (w *walker) each(n *yaml.Node, f func(k, v *yaml.Node) bool) {
	kept := n.Content[:0:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		if f(n.Content[i], n.Content[i+1]) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}

// object reads a mapping as a form.
func (w *walker) object(typ, what string, n *yaml.Node) bool {
	f := grammar[typ]
	if n.Kind != yaml.MappingNode && !w.coerce(typ, n) {
		w.errorf(n, "%s must be an object, not %s", what, kindOf(n))
		return false
	}
	if before := w.forms[n]; before != "" {
		if before != typ { // an anchor that is used in two places of different kinds
			return w.visit(f, typ, n)
		}
		return true
	}
	w.forms[n] = typ
	if k, v := child(n, "$ref"); k != nil {
		if ok, done := w.reference(f, typ, what, n, v); done {
			return ok
		}
	}
	return w.visit(f, typ, n)
}

// visit reads the fields of an object.
func (w *walker) visit(f *form, typ string, n *yaml.Node) bool {
	if typ == "schema" {
		w.order = append(w.order, n)
	}
	w.each(n, func(k, v *yaml.Node) bool {
		field, known := f.fields[k.Value]
		switch {
		case known:
		case strings.HasPrefix(k.Value, "x-"), f.rest == "", k.Value == "$ref":
			return true
		default:
			field = f.rest
		}
		w.keys[v] = k
		return w.value(field, k.Value, v)
	})
	if typ == "schema" {
		w.schema(n)
	}
	return true
}

// reference notes a $ref. done is false if the object's other fields are to be read too.
func (w *walker) reference(f *form, typ, what string, n, v *yaml.Node) (ok, done bool) {
	if v.Kind != yaml.ScalarNode || v.Tag != tagString {
		w.errorf(v, "$ref must be the text of a reference")
		return false, true
	}
	if typ == "pathItem" {
		if target, _ := w.outside(n); target != nil {
			w.join(n)
			delete(w.forms, n)
			return w.object(typ, what, n), true
		}
	}
	if !f.ref {
		delete(w.forms, n)
		if !w.inline(what, n) {
			return false, true
		}
		return w.object(typ, what, n), true
	}
	w.refs = append(w.refs, refSite{n, v, typ})
	if typ == "schema" {
		w.order = append(w.order, n)
	}
	if typ == "pathItem" || typ == "schema" && !w.v30 {
		return true, false
	}
	return true, true
}

// inline puts in the place of a $ref, where OpenAPI allows none, what it refers to.
func (w *walker) inline(what string, n *yaml.Node) bool {
	for range maxAliases {
		k, v := child(n, "$ref")
		if k == nil || v.Kind != yaml.ScalarNode {
			return false
		}
		_, target, _, _ := w.target(v)
		if target == nil {
			return false
		}
		if holds(target, n, make(map[*yaml.Node]bool)) {
			w.errorf(v, "%s refers to an object that contains it", what)
			return false
		}
		w.warnf(v, "OpenAPI allows no $ref as %s; read as what it refers to", what)
		at := *n
		*n = *target
		diag.Moved(n, &at)
		if again, _ := child(n, "$ref"); again == nil {
			return true
		}
	}
	w.errorf(n, "%s is a reference to itself", what)
	return false
}

// holds reports whether n is in the tree below top, so that the tree would hold itself with top put
// in n's place.
func holds(top, n *yaml.Node, seen map[*yaml.Node]bool) bool {
	if top == n {
		return true
	}
	if seen[top] {
		return false
	}
	seen[top] = true
	return slices.ContainsFunc(top.Content, func(c *yaml.Node) bool { return holds(c, n, seen) })
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	return map[string]string{
		tagBool: "true or false", tagInt: "a number", tagFloat: "a number", tagNull: "null",
	}[n.Tag] +
		map[bool]string{true: "text"}[n.Tag == tagString]
}
