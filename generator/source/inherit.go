package source

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/limitgen/limitgen/generator/diag"
)

// Inheritance that is written in both directions is a circle of schemas: a base that is one of its
// children, each of which is the base and more. That is what people mean by a base class, so the
// children are made of what the base says itself.

// inherit replaces references to a base in its children by the base's own keywords, if the base has
// them as alternatives.
func (w *walker) inherit() {
	for _, base := range w.order {
		for _, word := range []string{"oneOf", "anyOf"} {
			_, list := child(base, word)
			if list == nil || list.Kind != yaml.SequenceNode {
				continue
			}
			family := make(map[*yaml.Node]heir)
			heirs := make([]heir, len(list.Content))
			for i, c := range list.Content {
				heirs[i] = w.child(base, c, make(map[*yaml.Node]bool))
				family[heirs[i].node] = heirs[i]
			}
			for _, h := range heirs {
				w.descend(base, h, family)
			}
			seen := make(map[*yaml.Node]bool)
			for i, c := range list.Content {
				w.loosen(base, family[heirs[i].node], family, c, seen)
			}
		}
	}
}

// descend gives the values that mean a child to the other children that it is made of, too: a
// poodle is a dog.
func (w *walker) descend(base *yaml.Node, h heir, family map[*yaml.Node]heir) {
	seen := map[*yaml.Node]bool{base: true}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if of, ok := family[n]; ok && n != h.node {
			of.values = slices.Concat(of.values, h.values)
			family[n] = of
		}
		for _, a := range w.arms(n) {
			if a.word == "$ref" || a.word == "allOf" {
				visit(a.node)
			}
		}
	}
	visit(h.node)
}

// heir is one alternative of a base, and its values of the discriminator.
type heir struct {
	node     *yaml.Node // of the child itself, behind references
	property string     // of the discriminator; "" if there is none
	values   []*yaml.Node
}

// child reads the discriminator values of one alternative: those mapped to it, or of its own
// alternatives, or the name of its schema.
func (w *walker) child(base, alternative *yaml.Node, seen map[*yaml.Node]bool) heir {
	h := heir{node: alternative}
	_, ref := child(alternative, "$ref")
	if ref == nil {
		return h
	}
	path := w.pathOf(ref)
	if _, h.node, _ = w.follow(path, 0); h.node == nil || len(path) == 0 {
		return heir{node: alternative}
	}
	_, d := child(base, "discriminator")
	if d == nil {
		return h
	}
	if _, name := child(d, "propertyName"); name != nil && name.Kind == yaml.ScalarNode {
		h.property = name.Value
	}
	if _, m := child(d, "mapping"); m != nil && m.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(m.Content); i += 2 {
			to := Pointer(m.Content[i+1].Value)
			if to == nil {
				to = []string{"components", "schemas", m.Content[i+1].Value}
			}
			if _, n, _ := w.follow(to, 0); n == h.node {
				h.values = append(h.values, textNode(m.Content[i], m.Content[i].Value))
			}
		}
	}
	if len(h.values) == 0 && !seen[h.node] {
		seen[h.node] = true
		h.values = w.grandchildren(h, seen)
	}
	if len(h.values) == 0 {
		h.values = []*yaml.Node{textNode(ref, path[len(path)-1])}
	}
	return h
}

// grandchildren returns the values of the alternatives of a child that has the same discriminator.
func (w *walker) grandchildren(h heir, seen map[*yaml.Node]bool) []*yaml.Node {
	_, d := child(h.node, "discriminator")
	if d == nil {
		return nil
	}
	if _, name := child(d, "propertyName"); name == nil || name.Value != h.property {
		return nil
	}
	var out []*yaml.Node
	for _, word := range []string{"oneOf", "anyOf"} {
		if _, list := child(h.node, word); list != nil && list.Kind == yaml.SequenceNode {
			for _, c := range list.Content {
				out = append(out, w.child(h.node, c, seen).values...)
			}
		}
	}
	return out
}

// loosen walks what an alternative of the base is made of; where it comes upon the base in an
// allOf, it puts the base's own words.
func (w *walker) loosen(
	base *yaml.Node, h heir, family map[*yaml.Node]heir, n *yaml.Node, seen map[*yaml.Node]bool,
) {
	if seen[n] || n == base || n.Kind != yaml.MappingNode {
		return
	}
	seen[n] = true
	for _, a := range w.arms(n) {
		if a.word == "allOf" && a.node != base {
			if _, v := child(a.node, "$ref"); v != nil && w.leads(a.node, base) && (says(base) || adds(n)) {
				of := h
				if n != h.node {
					of = family[n] // of another child, or none: what several children are made of
				}
				w.makeBase(a.node, base, v, of)
				continue
			}
		}
		w.loosen(base, h, family, a.node, seen)
	}
}

// says reports whether a base says anything beyond its alternatives.
func says(base *yaml.Node) bool {
	for i := 0; i+1 < len(base.Content); i += 2 {
		switch k := base.Content[i].Value; {
		case k == "oneOf", k == "anyOf", k == "discriminator", describes[k], strings.HasPrefix(k, "x-"):
		default:
			return true
		}
	}
	return false
}

// adds reports whether a schema is more than one member of an allOf.
func adds(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch k := n.Content[i].Value; {
		case k == "allOf" && len(n.Content[i+1].Content) < 2, describes[k], strings.HasPrefix(k, "x-"):
		default:
			return true
		}
	}
	return false
}

// describes are the keywords that do not restrict values.
var describes = map[string]bool{"title": true, "description": true, "example": true, "examples": true, "default": true,
	"externalDocs": true, "deprecated": true, "$comment": true}

// leads reports whether a reference leads to the base, perhaps by way of others.
func (w *walker) leads(n, base *yaml.Node) bool {
	for range maxAliases {
		_, v := child(n, "$ref")
		if v == nil {
			return false
		}
		if _, n, _ = w.follow(Pointer(v.Value), 0); n == base {
			return true
		} else if n == nil {
			return false
		}
	}
	return false
}

// makeBase rewrites a reference to the base as the base without its alternatives. Properties stay
// references to the base's own, so that they are one and the same schema wherever they are
// inherited. The discriminator's is bound to the values that mean the child: by them a value is one
// of the children and no other.
func (w *walker) makeBase(n, base, ref *yaml.Node, of heir) {
	ptr := refTo(w.pathOf(ref))
	out := mapNode(n)
	for i := 0; i+1 < len(base.Content); i += 2 {
		k, v := base.Content[i], base.Content[i+1]
		switch {
		case k.Value == "oneOf", k.Value == "anyOf", k.Value == "discriminator", describes[k.Value]:
			continue
		case k.Value == "properties" && v.Kind == yaml.MappingNode:
			props := mapNode(v)
			for j := 0; j+1 < len(v.Content); j += 2 {
				p, s := v.Content[j], v.Content[j+1]
				if _, own := child(s, "$ref"); own == nil {
					s = mapNode(s, textNode(s, "$ref"), textNode(s,
						ptr+strings.TrimPrefix(refTo([]string{"properties", p.Value}), "#")))
					w.order = append(w.order, s)
				}
				if p.Value == of.property && len(of.values) > 0 {
					s = w.bind(s, of)
				}
				props.Content = append(props.Content, p, s)
			}
			v = props
		}
		out.Content = append(out.Content, k, v)
	}
	if of.property != "" && len(of.values) > 0 {
		_, props := child(out, "properties")
		if props == nil {
			props = mapNode(n)
			out.Content = append(out.Content, textNode(n, "properties"), props)
		}
		if k, _ := child(props, of.property); k == nil && props.Kind == yaml.MappingNode {
			text := mapNode(n, textNode(n, "type"), textNode(n, "string"))
			props.Content = append(props.Content, textNode(n, of.property), w.bind(text, of))
		}
	}
	if !holds(out, n, make(map[*yaml.Node]bool)) {
		*n = *out
	}
}

// bind returns the schema of a discriminator's property in one child.
func (w *walker) bind(s *yaml.Node, of heir) *yaml.Node {
	list := diag.Moved(&yaml.Node{Kind: yaml.SequenceNode, Tag: tagList, Content: []*yaml.Node{s}}, s)
	values := diag.Moved(&yaml.Node{Kind: yaml.SequenceNode, Tag: tagList, Content: of.values}, s)
	out := mapNode(s, textNode(s, "allOf"), list, textNode(s, "enum"), values)
	w.order = append(w.order, out)
	return out
}
