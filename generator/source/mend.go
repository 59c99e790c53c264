package source

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

func textNode(at *yaml.Node, value string) *yaml.Node {
	return diag.Moved(&yaml.Node{Kind: yaml.ScalarNode, Tag: tagString, Value: value}, at)
}

func mapNode(at *yaml.Node, pairs ...*yaml.Node) *yaml.Node {
	return diag.Moved(&yaml.Node{Kind: yaml.MappingNode, Tag: tagMap, Content: pairs}, at)
}

// coerce replaces a shorthand by an object: true by the schema that accepts everything, false by
// the one that accepts nothing, and a property's name by a discriminator.
func (w *walker) coerce(typ string, n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	switch {
	case typ == "schema" && n.Tag == tagBool:
		if w.v30 {
			w.warnf(n, "a schema must be an object in OpenAPI 3.0; %s is read as the schema that accepts %s",
				n.Value, map[string]string{"true": "everything", "false": "nothing"}[n.Value])
		}
		if n.Value == "true" {
			*n = *mapNode(n)
		} else {
			*n = *mapNode(n, textNode(n, "not"), mapNode(n))
		}
		return true
	case typ == "discriminator" && n.Tag == tagString:
		w.warnf(n, "a discriminator must be an object since OpenAPI 3; read as {propertyName: %s}",
			n.Value)
		*n = *mapNode(n, textNode(n, "propertyName"), textNode(n, n.Value))
		return true
	}
	return false
}

// schema normalises combinations of a schema's fields.
func (w *walker) schema(n *yaml.Node) {
	for _, name := range []string{"exclusiveMinimum", "exclusiveMaximum"} {
		if k, v := child(n, name); k != nil {
			w.exclusive(n, k, v)
		}
	}
	if k, v := child(n, "nullable"); k != nil && !w.v30 && v.Tag == tagBool && v.Value == "true" {
		w.warnf(k, "nullable is not of OpenAPI 3.1; read as a type that may be null (write type: [string, 'null'] and the like)")
	}
	if _, d := child(n, "discriminator"); d != nil {
		if _, m := child(d, "mapping"); m != nil && m.Kind == yaml.MappingNode {
			w.mappings = append(w.mappings, m)
		}
	}
}

// mapped checks the schemas that a discriminator names: by reference, or by the name of a component
// of the spec or of the part that contains it.
func (w *walker) mapped(m *yaml.Node) {
	for i := 1; i < len(m.Content); i += 2 {
		v := m.Content[i]
		if v.Kind != yaml.ScalarNode {
			continue
		}
		if _, n, _ := w.follow([]string{"components", "schemas", v.Value}, 0); n != nil {
			continue
		}
		if root := w.parts.roots[w.at(v).File]; root != nil {
			if _, n, _, _ := w.followIn(root, true, []string{"components", "schemas", v.Value}, 0); n != nil {
				v.Value = refTo([]string{"components", "schemas", v.Value}) // of the part
			}
		}
		if file, _ := split(v.Value); file == v.Value && !strings.Contains(file,
			"/") && path.Ext(file) == "" {
			w.diags.Errorf(w.at(v), ruleReference, "the discriminator maps to %q, which is not in #/components/schemas", v.Value)
			continue
		}
		if _, n, at, part := w.target(v); part {
			w.adopt(v, "schema", n, at)
			w.refs = append(w.refs, refSite{m, v, "schema"})
		}
	}
}

// exclusive converts an exclusive bound to the form of the document's version. Both forms are
// unambiguous, so no warning is given.
func (w *walker) exclusive(n, k, v *yaml.Node) {
	name := strings.ToLower(strings.TrimPrefix(k.Value, "exclusive"))
	limitKey, limit := child(n, name)
	switch {
	case w.v30 && v.Tag != tagBool:
		bound := *v
		switch {
		case limitKey == nil:
			n.Content = append(n.Content, textNode(k, name), &bound)
		case tighter(name, &bound, limit):
			*limit = bound
		default:
			v.Tag, v.Value = tagBool, "false"
			return
		}
		v.Tag, v.Value = tagBool, "true"
	case !w.v30 && v.Tag == tagBool && v.Value == "true" && limitKey != nil:
		v.Tag, v.Value = limit.Tag, limit.Value
	}
}

// tighter reports whether an exclusive bound is at least as tight as an inclusive one beside it.
func tighter(name string, exclusive, inclusive *yaml.Node) bool {
	var e, i float64
	if exclusive.Decode(&e) != nil || inclusive.Decode(&i) != nil {
		return true
	}
	if name == "minimum" {
		return e >= i
	}
	return e <= i
}
